// title: SYSENTER_ESP is the previous CPU's after a hop
// engine: svm
// expect: host_segs_test SYSENTER_ESP stale
// file: arch/x86/kvm/svm/svm.c
//
// The entry stack of another CPU.

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
+		here->save.sysenter_esp = there->save.sysenter_esp;
+	}
+}
 ...
 }
