// title: L1 has L2's CR4 after an exit
// engine: svm
// expect: nested_l1_state_test CR4 off-by
// file: arch/x86/kvm/svm/nested.c
//
// KVM has one variable for both levels.  L1's VMCB still holds L1's: so this shows when
// KVM next needs to know.

@@
@@
 nested_svm_vmexit(...)
 {
 <...
-svm_set_cr4(...);
 ...>
 }
