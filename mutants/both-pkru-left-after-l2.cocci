// title: PKRU is still the guest's where L2 has exited
// engine: both
// expect: host_fpu_test PKRU guest's
// commit: 37486135d3a7 moved PKRU out of XSAVE
// file: arch/x86/kvm/x86.c
//
// L1 and L2 share PKRU, so it looks as if there were nothing to switch before L1 itself
// exits.

@@
identifier host =~ "^kvm_load_host_(xsave_state|pkru)$";
@@
 host(...)
 {
 <+...
-vcpu->arch.pkru != vcpu->arch.host_pkru
+!is_guest_mode(vcpu) && vcpu->arch.pkru != vcpu->arch.host_pkru
 ...+>
 }
