// title: what the VMM writes into TSC_AUX is left for KVM_RUN to take out again
// engine: both
// expect: host_user_msrs_test TSC_AUX guest's
// commit: 18863bdd60f8 whoever loads such an MSR has the CPU restored
// file: arch/x86/kvm/x86.c arch/x86/kvm/msrs.c
//
// KVM_SET_MSRS writes the CPU's, and the thread returns to user mode with it.  The next
// KVM_RUN finds it there already, and has nothing restored either.

@@
@@
 kvm_set_user_return_msr(...)
 {
 <+...
(
-	if (!msrs->registered) {
+	if (!msrs->registered && kvm_get_running_vcpu()->arch.guest_fpu.fpstate->in_use) {
	...
	}
|
+	if (kvm_get_running_vcpu()->arch.guest_fpu.fpstate->in_use)
	kvm_user_return_register_notifier(msrs);
)
 ...+>
 }
