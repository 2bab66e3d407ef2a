// title: EFER.SVME stays set when SVM is not used any more
// engine: svm
// expect: host_unload_test EFER
// commit: 6a3236580b0b an EFER.SVME that was not right
// file: arch/x86/kvm/svm/svm.c
// equivalent: 7.3 the kernel outside of KVM does it there
//
// The next hypervisor says that the CPU is in use.

@@
expression efer;
@@
-wrmsrl(MSR_EFER, efer & ~EFER_SVME);
