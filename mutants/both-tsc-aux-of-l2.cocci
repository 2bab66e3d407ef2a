// title: what user mode needs does not come back where KVM_RUN began with L2 active
// engine: both
// expect: nested_migration_test TSC_AUX zero
// commit: 33f9c505ed5c the MSRs that user mode alone needs, and who restores them
// file: arch/x86/kvm/x86.c arch/x86/kvm/msrs.c
//
// The guest's TSC_AUX is loaded with each run on another CPU, and nobody is told to give
// it back.  A guest that is no hypervisor is served right.

@@
@@
 kvm_set_user_return_msr(...)
 {
 ...
+if (!is_guest_mode(kvm_get_running_vcpu()))
 kvm_user_return_register_notifier(msrs);
 ...
 }

@@
statement S;
@@
 kvm_set_user_return_msr(...)
 {
 ...
+if (!is_guest_mode(kvm_get_running_vcpu()))
 if (!msrs->registered) S
 ...
 }
