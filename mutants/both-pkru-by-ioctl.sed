# title: KVM_SET_XSAVE takes effect in the host
# engine: both
# expect: host_fpu_test PKRU
# file: arch/x86/kvm/x86.c

/r = kvm_vcpu_ioctl_x86_set_xsave(vcpu, u.xsave);/a\
		if (!r && cpu_feature_enabled(X86_FEATURE_OSPKE))\
			write_pkru(vcpu->arch.pkru);
