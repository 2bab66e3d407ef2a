// title: user mode's GS base is the guest's
// engine: svm
// expect: host_segs_test KERNEL_GS_BASE zero
// commit: c8770e7ba63b, the same on VMX
// file: arch/x86/kvm/svm/svm.c
//
// The guest's KERNEL_GS_BASE comes back with VMLOAD; the next return to user mode
// swaps it in.

@@
@@
 svm_prepare_switch_to_guest(...)
 {
 ...
 vmsave(sd->save_area_pa);
+{
+	struct vmcb *here = __va(__sme_clr(sd->save_area_pa));
+
+	here->save.kernel_gs_base = svm->vmcb01.ptr->save.kernel_gs_base;
+}
 ...
 }
