// title: TR loses the upper half of its base
// engine: svm
// expect: host_tr_test TR_BASE truncated
// file: arch/x86/kvm/svm/svm.c
//
// As if the save area held the 8-byte descriptor of protected mode.

@@
@@
 svm_prepare_switch_to_guest(...)
 {
 ...
 vmsave(sd->save_area_pa);
+{
+	struct vmcb *here = __va(__sme_clr(sd->save_area_pa));
+
+	here->save.tr.base = (unsigned int)here->save.tr.base;
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
