# title: an instruction that KVM emulates turns the host's interrupts off
# engine: both
# expect: host_emulator_test RFLAGS_IF zero
# file: arch/x86/kvm/emulate.c
#
# It is executed with the guest's arithmetic flags and the host's IF, which is missing.
# Where the next VM entry turns them on again nobody can tell; where the thread leaves
# KVM_RUN instead, the way there has no interrupts.

s/(\(ctxt->eflags\|flags\) & EFLAGS_MASK) | X86_EFLAGS_IF;/(\1 \& EFLAGS_MASK);/
