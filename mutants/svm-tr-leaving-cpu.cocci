// title: a vCPU that is pushed off a CPU brings that CPU's TR along
// engine: svm
// expect: host_hotplug_run_test TR_BASE stale
// file: arch/x86/kvm/svm/svm.c
//
// Only where the old CPU is on its way offline and still there: the thread was in
// the middle of a run.  One that sleeps until the CPU has gone is handled
// correctly.

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
+	if (last >= 0 && cpu_online(last) && !cpu_active(last)) {
+		there = __va(__sme_clr(per_cpu(svm_data, last).save_area_pa));
+		here->save.tr = there->save.tr;
+	}
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
