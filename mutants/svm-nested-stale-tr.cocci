// title: TR travels with the vCPU while L2 runs
// engine: svm
// expect: nested_migration_test TR_BASE stale
// file: arch/x86/kvm/svm/svm.c
//
// As svm-stale-tr, but only where the vCPU moves with L2 active.

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
+	if (last >= 0
+	    && is_guest_mode(vcpu)) {
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
