// title: TR's base is the TSS's address in the direct map
// engine: svm
// expect: host_tr_test TR_BASE direct-map
// file: arch/x86/kvm/svm/svm.c
//
// The same memory by the wrong address.  It works until user mode runs on page
// tables that do not map it.

@@
@@
 svm_prepare_switch_to_guest(...)
 {
 ...
 vmsave(sd->save_area_pa);
+{
+	struct vmcb *here = __va(__sme_clr(sd->save_area_pa));
+
+	here->save.tr.base = (unsigned long)&per_cpu(cpu_tss_rw, vcpu->cpu).x86_tss;
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
