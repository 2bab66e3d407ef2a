// title: the task register travels with the vCPU instead of staying with the CPU
// engine: svm
// expect: host_tr_test TR_BASE stale
// expect: host_tss_limit_test TR_BASE stale
// commit: e79b91bb3c91 VMSAVE and VMLOAD for the host state
// file: arch/x86/kvm/svm/svm.c
//
// After a hop the VMLOAD that follows #VMEXIT loads the TR of the vCPU's previous
// CPU.  The CPU then takes its stacks, and user mode its I/O bitmap, from another
// CPU's TSS.  6.1 reloads TR from the GDT after each exit, which would hide
// this: there that goes too.

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
 reload_tss(...)
 {
 ...
-sd->tss_desc->type = 9;
-load_TR_desc();
 }
