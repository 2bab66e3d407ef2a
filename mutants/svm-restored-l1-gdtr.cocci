// title: a restored L1 has its L2's GDTR after an exit
// engine: svm
// expect: nested_l1_state_test GDTR_BASE unknown
// file: arch/x86/kvm/svm/nested.c
//
// KVM_SET_SREGS has put L2's there before, and KVM_SET_NESTED_STATE forgets L1's.

@@
expression to, from;
@@
 svm_copy_vmrun_state(...)
 {
 <...
-to->gdtr = from->gdtr;
 ...>
 }
