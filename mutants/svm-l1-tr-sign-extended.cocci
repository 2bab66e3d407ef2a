// title: L1's TR base is sign-extended by its VMLOAD
// engine: svm
// expect: nested_host_tr_test TR_BASE sign-extended
// commit: 5ccd35287eda the twin of 7fe9f5366bd5
// file: arch/x86/kvm/svm/nested.c
//
// What the story's hypervisor did to its host, done to a hypervisor in a guest:
// L1 comes back from L2 with its TSS at the wrong place.

@@
@@
 to_vmcb->save.tr = from_vmcb->save.tr;
+to_vmcb->save.tr.base = (int)from_vmcb->save.tr.base;
