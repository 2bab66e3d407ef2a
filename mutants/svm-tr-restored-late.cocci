// title: TR is put right only after NMIs are let in
// engine: svm
// expect: host_nmi_test TR_BASE stale
// commit: e61ab42de874 moved VMSAVE and VMLOAD
// file: arch/x86/kvm/svm/svm.c
//
// VMLOAD brings the previous CPU's TR.  It is reloaded from the GDT, but after
// STGI: an NMI that was pending runs on the other CPU's IST stack.

@@
@@
 svm_prepare_switch_to_guest(...)
 {
 ...
 vmsave(sd->save_area_pa);
+{
+	int last = vcpu->arch.last_vmentry_cpu;
+	struct vmcb *here = __va(__sme_clr(sd->save_area_pa));
+	struct vmcb *there;
+
+	if (last >= 0) {
+		there = __va(__sme_clr(per_cpu(svm_data, last).save_area_pa));
+		here->save.tr = there->save.tr;
+	}
+}
 ...
 }

@@
@@
 svm_vcpu_run(...)
 {
 ...
 stgi();
+force_reload_TR();
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
