# title: RFLAGS.AC of the guest stays set after an emulated instruction
# engine: both
# expect: host_emulator_test RFLAGS
# commit: haxm 1b53207 the guest's flags in the host's
# file: arch/x86/kvm/emulate.c
#
# KVM executes the instruction with the guest's flags.  AC among them opens the
# user's memory to the kernel for as long as it stays set (SMAP).

s/^#define EFLAGS_MASK (X86_EFLAGS_OF|/#define EFLAGS_MASK (X86_EFLAGS_AC|X86_EFLAGS_OF|/
