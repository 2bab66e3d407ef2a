// title: what user mode needs comes back only after a guest that wrote a large value
// engine: both
// expect: host_user_msrs_test TSC_AUX guest's
// commit: 33f9c505ed5c the MSRs that user mode alone needs, and who restores them
// file: arch/x86/kvm/x86.c arch/x86/kvm/msrs.c
//
// TSC_AUX is small, and the guest's stays: getcpu() in the vDSO returns what the
// guest wrote.

@@
identifier values, slot;
expression msr;
@@
 kvm_on_user_return(...)
 {
 <+...
 if (values->host != values->curr) {
+	if (values->curr >> 32)
(
 	wrmsrl(msr, values->host);
|
 	wrmsrq(msr, values->host);
)
 	...
 }
 ...+>
 }
