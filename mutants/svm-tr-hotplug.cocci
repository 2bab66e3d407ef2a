// title: after a CPU came back, TR there is CPU 0's
// engine: svm
// expect: host_hotplug_test TR_BASE stale
// file: arch/x86/kvm/svm/svm.c
//
// A CPU that was offline while KVM was in use is set up by the CPU that brings it
// up, and so gets that one's TSS.  No test without hotplug can see it.

@@
identifier f =~ "^svm_(hardware_enable|enable_virtualization_cpu)$";
@@
+static int svm_enables[NR_CPUS];
+
 f(...)
 {
 ...
 int me = raw_smp_processor_id();
 ...
+svm_enables[me]++;
 return 0;
 }

@@
@@
 svm_prepare_switch_to_guest(...)
 {
 ...
 vmsave(sd->save_area_pa);
+{
+	struct vmcb *here = __va(__sme_clr(sd->save_area_pa));
+
+	if (svm_enables[vcpu->cpu] > svm_enables[0])
+		here->save.tr.base = (unsigned long)&get_cpu_entry_area(0)->tss.x86_tss;
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
