// title: L1 has L2's EFER after an exit
// engine: svm
// expect: nested_l1_state_test EFER off-by
// file: arch/x86/kvm/svm/nested.c
//
// As svm-l1-cr4-kept.

@@
@@
 nested_svm_vmexit(...)
 {
 <...
-svm_set_efer(...);
 ...>
 }
