// title: GIF stays 0 after a shutdown of the guest
// engine: svm
// expect: host_flags_test GIF
// commit: d81f952aa657 the way out after an exit from which the guest does not return
// file: arch/x86/kvm/svm/svm.c
//
// The VMCB is undefined after SHUTDOWN, so what needs it is left out, one line too
// much.  This CPU takes no interrupt and no NMI until the next VMRUN on it.  Needs a
// triple fault; after KVM_EXIT_SHUTDOWN a timer or an IPI for this CPU (from
// another one) does not arrive.

@@
@@
 svm_vcpu_run(...)
 {
 <+...
-stgi();
+if (likely(svm->vmcb->control.exit_code != SVM_EXIT_SHUTDOWN))
+	stgi();
 ...+>
 }
