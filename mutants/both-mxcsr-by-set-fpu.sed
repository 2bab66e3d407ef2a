# title: KVM_SET_FPU takes effect in the host
# engine: both
# expect: host_fpu_test MXCSR
# file: arch/x86/kvm/x86.c
#
# The VMM's thread computes on with the guest's rounding and denormals.

/^int kvm_arch_vcpu_ioctl_set_fpu(/,/^}$/s/^\tmemcpy(fxsave->xmm_space, fpu->xmm, sizeof(fxsave->xmm_space));$/&\n\tasm volatile("ldmxcsr %0" : : "m" (fxsave->mxcsr));/
