# title: RFLAGS.NT of the guest stays set after an emulated instruction
# engine: both
# expect: host_emulator_test RFLAGS off-by
# commit: haxm 1b53207 the guest's flags in the host's
# file: arch/x86/kvm/emulate.c
#
# Its next IRET in this state is refused (#GP).  Each way into the kernel clears it,
# and the next VM exit on VMX; on SVM it stays for what handles the exit, too.

s/^#define EFLAGS_MASK (X86_EFLAGS_OF|/#define EFLAGS_MASK (X86_EFLAGS_NT|X86_EFLAGS_OF|/
