// title: L1 has L2's CR3 after an exit
// engine: svm
// expect: nested_l1_state_test CR3 off-by
// file: arch/x86/kvm/svm/nested.c
//
// L1 goes on in the address space of its guest.

@@
@@
 nested_svm_vmexit(...)
 {
 <...
-vmcb01->save.cr3
+kvm_read_cr3(vcpu)
 ...>
 }
