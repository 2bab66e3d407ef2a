// title: L1 has L2's DR7 after an exit
// engine: svm
// expect: nested_l1_state_test DR7 off-by
// file: arch/x86/kvm/svm/nested.c
//
// L2's breakpoints are armed while its hypervisor runs.

@@
@@
 nested_svm_vmexit(...)
 {
 <...
-svm->vcpu.arch.dr7 = DR7_FIXED_1;
 ...>
 }
