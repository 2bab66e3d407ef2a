// title: XCR0 stays the guest's where that has AVX
// engine: svm
// expect: host_fpu_test XCR0 guest's
// commit: fc5b7f3bf1e1 another XCR0 that was the wrong one's
// file: arch/x86/kvm/x86.c
//
// AVX goes on to work for the host; the protection keys' state is not saved any
// more.

@@
expression host;
@@
 kvm_load_host_xsave_state(struct kvm_vcpu *vcpu)
 {
 <+...
-if (vcpu->arch.xcr0 != host)
+if (vcpu->arch.xcr0 != host && !(vcpu->arch.xcr0 & XFEATURE_MASK_YMM))
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
+if (vcpu->arch.xcr0 != host && (load_guest || !(vcpu->arch.xcr0 & XFEATURE_MASK_YMM)))
 	xsetbv(XCR_XFEATURE_ENABLED_MASK, value);
 ...+>
 }
