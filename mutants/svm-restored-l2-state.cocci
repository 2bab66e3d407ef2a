// title: a restored L2 has the state of L1
// engine: svm
// expect: nested_restore_test GDTR_BASE zero
// file: arch/x86/kvm/svm/nested.c
//
// KVM_SET_NESTED_STATE forgets that KVM_SET_SREGS has set L2's registers.

@@
expression svm;
@@
-svm->nested.vmcb02.ptr->save = svm->vmcb01.ptr->save;
+;
