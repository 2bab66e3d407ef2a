// title: L1's VMLOAD does not load LSTAR
// engine: svm
// expect: nested_host_segs_test LSTAR unknown
// file: arch/x86/kvm/svm/nested.c
//
// The next system call of L1's user mode ends in whatever was there before.

@@
@@
-to_vmcb->save.lstar = from_vmcb->save.lstar;
