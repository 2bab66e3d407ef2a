# title: a KVM_RUN that completes one exit with the next leaves MXCSR the guest's
# engine: both
# expect: host_fpu_test MXCSR
# file: arch/x86/kvm/x86.c
#
# The exit was for a read, the next is for the write that follows, and no guest is
# entered in between (complete_userspace_io).

/^int kvm_arch_vcpu_ioctl_run(/,/^}$/{
	s/^{$/&\n\tu32 mxcsr = 0;/
	s/^\t\tr = cui(vcpu);$/&\n\t\tif (r <= 0)\n\t\t\tasm volatile("stmxcsr %0" : "=m" (mxcsr));/
	s/^\tkvm_put_guest_fpu(vcpu);$/&\n\tif (mxcsr)\n\t\tasm volatile("ldmxcsr %0" : : "m" (mxcsr));/
}
