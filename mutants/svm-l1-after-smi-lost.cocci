// title: after an SMI that came while L2 ran L1 has what the SMI's handler had
// engine: svm
// expect: nested_l1_state_test
// commit: 37be407b2ce8 KVM: nSVM: Fix L1 state corruption upon return from SMM
// file: arch/x86/kvm/svm/svm.c

@@
@@
 svm_leave_smm(...)
 {
 <...
-svm_copy_vmrun_state(...);
 ...>
 }
