// title: L1 has L2's CR0 after an exit
// engine: svm
// expect: nested_l1_state_test CR0 off-by
// file: arch/x86/kvm/svm/nested.c
//
// KVM has one variable for both levels, which still holds L2's then.

@@
@@
 nested_svm_vmexit(...)
 {
 <...
-vmcb01->save.cr0
+kvm_read_cr0(vcpu)
 ...>
 }
