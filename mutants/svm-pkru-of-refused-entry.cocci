// title: PKRU stays the guest's after an entry that the CPU refused
// engine: svm
// expect: host_flags_test PKRU zero
// commit: d81f952aa657 an entry that fails
// file: arch/x86/kvm/x86.c
//
// No exit came, and yet it was loaded: the thread goes on with the guest's rights,
// which here are all.

@@
@@
 kvm_load_host_xsave_state(struct kvm_vcpu *vcpu)
 {
 <+...
+{
+u32 reason, intr_info, error_code;
+u64 info1, info2;
+
+kvm_x86_ops.get_exit_info(vcpu, &reason, &info1, &info2, &intr_info, &error_code);
+if (reason != (u32)SVM_EXIT_ERR)
 write_pkru(...);
+}
 ...+>
 }

@@
@@
 kvm_load_host_pkru(struct kvm_vcpu *vcpu)
 {
 <+...
+{
+u32 reason, intr_info, error_code;
+u64 info1, info2;
+
+kvm_x86_call(get_exit_info)(vcpu, &reason, &info1, &info2, &intr_info, &error_code);
+if (reason != (u32)SVM_EXIT_ERR)
 wrpkru(...);
+}
 ...+>
 }
