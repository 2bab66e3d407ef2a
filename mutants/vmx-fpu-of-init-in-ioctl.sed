# title: an INIT that KVM_GET_MP_STATE finds leaves MXCSR the guest's
# engine: vmx
# expect: host_wait_test MXCSR guest's
# file: arch/x86/kvm/x86.c
# equivalent: 6.1 an INIT clears the FPU state of guests with MPX only
# equivalent: 6.12 an INIT clears the FPU state of guests with MPX only
#
# That ioctl takes INITs too (kvm_apic_accept_events()), outside of KVM_RUN: the guest's FPU
# state is not loaded then, and must not be.  Needs guests with CET.

/^static void kvm_xstate_reset(/,/^}$/{
s/^\t\tkvm_load_guest_fpu(vcpu);$/&\n\telse\n\t\tasm volatile("ldmxcsr %0" : : "m" (fpstate->regs.fxsave.mxcsr));/
}
