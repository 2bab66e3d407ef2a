// title: XCR0 stays the guest's after an entry that the CPU refused
// engine: svm
// expect: host_flags_test XCR0 guest's
// commit: d81f952aa657 an entry that fails
// file: arch/x86/kvm/x86.c arch/x86/kvm/svm/svm.c
//
// No exit came, and yet it was loaded.  A host with XSAVES dies of its next XRSTORS:
// that is why it is for SVM alone, where the emulated CPU has none.

@@
typedef u32, u64;
@@
 svm_vcpu_run(...)
 {
 <+...
+if ((u32)svm->vmcb->control.exit_code != (u32)SVM_EXIT_ERR)
 kvm_load_host_xsave_state(vcpu);
 ...+>
 }

@@
@@
 vcpu_enter_guest(...)
 {
 <+...
+{
+u32 reason, intr_info, error_code;
+u64 info1, info2;
+
+kvm_x86_call(get_exit_info)(vcpu, &reason, &info1, &info2, &intr_info, &error_code);
+if (reason != (u32)SVM_EXIT_ERR)
 kvm_load_xfeatures(vcpu, false);
+}
 ...+>
 }
