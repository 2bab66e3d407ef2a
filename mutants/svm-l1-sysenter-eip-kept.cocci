// title: L1's VMLOAD does not load SYSENTER_EIP
// engine: svm
// expect: nested_host_segs_test SYSENTER_EIP unknown
// file: arch/x86/kvm/svm/nested.c
//
// As svm-l1-lstar-kept, for 32-bit code.

@@
@@
-to_vmcb->save.sysenter_eip = from_vmcb->save.sysenter_eip;
