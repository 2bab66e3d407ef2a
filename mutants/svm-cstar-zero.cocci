// title: CSTAR is 0 after a VM exit
// engine: svm
// expect: host_segs_test CSTAR zero
// file: arch/x86/kvm/svm/svm.c
//
// 32-bit system calls use SYSCALL on AMD: the next one jumps to 0, in kernel mode.

@@
@@
 svm_prepare_switch_to_guest(...)
 {
 ...
 vmsave(sd->save_area_pa);
+{
+	struct vmcb *here = __va(__sme_clr(sd->save_area_pa));
+
+	here->save.cstar = 0;
+}
 ...
 }
