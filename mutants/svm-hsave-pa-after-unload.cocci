// title: VM_HSAVE_PA leads to a page that was freed
// engine: svm
// expect: host_unload_test VM_HSAVE_PA
// commit: ed72736183c4 what has to be put back when a CPU gives up SVM
// file: arch/x86/kvm/svm/svm.c
//
// KVM's module is gone, and its pages belong to others.  VMRUN of whoever comes next
// writes the host's state there.

@@
@@
(
-wrmsrl(MSR_VM_HSAVE_PA, 0);
|
-wrmsrq(MSR_VM_HSAVE_PA, 0);
)
