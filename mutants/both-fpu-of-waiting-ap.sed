# title: a signal to a vCPU that waits for its SIPI leaves MXCSR the guest's
# engine: both
# expect: host_wait_test MXCSR guest's
# commit: e751732486eb an FPU state that was another's
# file: arch/x86/kvm/x86.c
#
# KVM_MP_STATE_UNINITIALIZED: KVM_RUN ends with EINTR, by a signal or immediate_exit, and
# no guest has run; but its registers have been loaded.

/^int kvm_arch_vcpu_ioctl_run(/,/^}$/s/^\tkvm_put_guest_fpu(vcpu);$/&\n\tif (r == -EINTR \&\& vcpu->arch.mp_state == KVM_MP_STATE_UNINITIALIZED)\n\t\tasm volatile("ldmxcsr %0" : : "m" (vcpu->arch.guest_fpu.fpstate->regs.fxsave.mxcsr));/
