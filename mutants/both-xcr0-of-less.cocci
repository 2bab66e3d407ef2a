// title: XCR0 is not restored where the guest has enabled all that it may have
// engine: both
// expect: host_xstate_test XCR0 guest's
// commit: 42bdf991f4ca XCR0 that stayed the guest's
// file: arch/x86/kvm/x86.c
//
// All of the guest's features are all of the host's with the usual CPUID, and not
// with less in leaf 0xD (no AVX, no PKRU).  Needs such a CPUID, CR4.OSXSAVE, and
// an XCR0 of exactly that (XSETBV or KVM_SET_XCRS).

@@
expression host;
@@
 kvm_load_host_xsave_state(struct kvm_vcpu *vcpu)
 {
 <+...
-if (vcpu->arch.xcr0 != host)
+if (vcpu->arch.xcr0 != vcpu->arch.guest_supported_xcr0)
 	xsetbv(XCR_XFEATURE_ENABLED_MASK, host);
 ...+>
 }

@@
expression host, value;
@@
 kvm_load_xfeatures(struct kvm_vcpu *vcpu, bool load_guest)
 {
 <+...
-if (vcpu->arch.xcr0 != host)
+if (vcpu->arch.xcr0 != (load_guest ? host : vcpu->arch.guest_supported_xcr0))
 	xsetbv(XCR_XFEATURE_ENABLED_MASK, value);
 ...+>
 }
