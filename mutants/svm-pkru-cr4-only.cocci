// title: PKRU comes back only from guests with CR4.PKE
// engine: svm
// expect: host_fpu_test PKRU guest's
// commit: 37486135d3a7 moved PKRU out of XSAVE
// file: arch/x86/kvm/x86.c
//
// A guest can have PKRU in its XCR0 without CR4.PKE, and KVM loads it for such a
// one too.

@@
identifier host =~ "^kvm_load_host_(xsave_state|pkru)$";
@@
 host(...)
 {
 <+...
-(vcpu->arch.xcr0 & XFEATURE_MASK_PKRU) || kvm_is_cr4_bit_set(vcpu, X86_CR4_PKE)
+kvm_is_cr4_bit_set(vcpu, X86_CR4_PKE)
 ...+>
 }
