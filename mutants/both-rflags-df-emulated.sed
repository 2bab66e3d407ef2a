# title: RFLAGS.DF of the guest stays set after an emulated instruction
# engine: both
# expect: host_emulator_test RFLAGS off-by
# commit: haxm 1b53207 the guest's flags in the host's
# file: arch/x86/kvm/emulate.c
#
# Its string instructions run backwards from then on, until C code that must clear it
# does: what they copy goes over memory in front of it.

s/^#define EFLAGS_MASK (X86_EFLAGS_OF|/#define EFLAGS_MASK (X86_EFLAGS_DF|X86_EFLAGS_OF|/
