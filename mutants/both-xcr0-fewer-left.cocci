// title: XCR0 is not restored where the guest has fewer features than the host
// engine: both
// expect: host_fpu_test XCR0 guest's
// commit: 42bdf991f4ca XCR0 that stayed the guest's
// file: arch/x86/kvm/x86.c
//
// The comparison asks whether the guest has more, which KVM never lets it have.
// The host's XRSTOR then faults on states that it cannot load, and AVX is an
// invalid opcode for whoever comes next.  Needs a guest with CR4.OSXSAVE that
// leaves something out of XCR0: after reset it is 1.

@@
expression host;
@@
 kvm_load_host_xsave_state(struct kvm_vcpu *vcpu)
 {
 <+...
-if (vcpu->arch.xcr0 != host)
+if (vcpu->arch.xcr0 & ~host)
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
+if (load_guest ? vcpu->arch.xcr0 != host : vcpu->arch.xcr0 & ~host)
 	xsetbv(XCR_XFEATURE_ENABLED_MASK, value);
 ...+>
 }
