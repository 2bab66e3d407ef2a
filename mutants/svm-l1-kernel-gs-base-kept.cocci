// title: L1's VMLOAD does not load KERNEL_GS_BASE
// engine: svm
// expect: nested_host_segs_test KERNEL_GS_BASE unknown
// file: arch/x86/kvm/svm/nested.c
//
// After an exit from L2 L1 goes on with what was there before, and returns to its
// user mode with it.

@@
@@
-to_vmcb->save.kernel_gs_base = from_vmcb->save.kernel_gs_base;
