// title: on a node's first CPU TR is the previous CPU's
// engine: svm
// expect: host_numa_test TR_BASE stale
// file: arch/x86/kvm/svm/svm.c
//
// A cache for each node that its first CPU takes from whoever comes by.

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
+	    && vcpu->cpu == cpumask_first(cpumask_of_node(cpu_to_node(vcpu->cpu)))) {
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
