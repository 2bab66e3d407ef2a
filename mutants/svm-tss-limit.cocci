// title: TR comes back with the limit of a bare TSS
// engine: svm
// expect: host_tss_limit_test TR_LIMIT off-by
// commit: b7ffc44d5b2e, the same on VMX
// file: arch/x86/kvm/svm/svm.c
//
// 0x67 leaves the I/O bitmap out: ioperm() succeeds and the access faults.

@@
@@
 svm_prepare_switch_to_guest(...)
 {
 ...
 vmsave(sd->save_area_pa);
+{
+	struct vmcb *here = __va(__sme_clr(sd->save_area_pa));
+
+	here->save.tr.limit = 0x67;
+}
 ...
 }

@@
@@
 reload_tss(...)
 {
 ...
-sd->tss_desc->type = 9;
-load_TR_desc();
 }
