# title: KVM_SET_XCRS takes effect in the host
# engine: both
# expect: host_fpu_test XCR0 guest's
# file: arch/x86/kvm/x86.c

/r = __kvm_set_xcr(vcpu, XCR_XFEATURE_ENABLED_MASK,/{
n
a\
			if (!r)\
				xsetbv(XCR_XFEATURE_ENABLED_MASK, vcpu->arch.xcr0);
}
