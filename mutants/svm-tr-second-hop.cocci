// title: the first hop is right, after the second one TR is the previous CPU's
// engine: svm
// expect: host_tr_test TR_BASE stale
// file: arch/x86/kvm/svm/svm.h arch/x86/kvm/svm/svm.c
//
// As svm-stale-tr, for those that test one move only.

@@
@@
 struct kvm_vmcb_info {
 ...
 int cpu;
+int hops;
 ...
 };

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
+	    && last != vcpu->cpu && svm->vmcb01.hops++) {
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
