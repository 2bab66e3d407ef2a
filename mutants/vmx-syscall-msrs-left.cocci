// title: STAR, LSTAR and SFMASK stay the guest's in user mode
// engine: vmx
// expect: host_user_msrs_test LSTAR guest's
// commit: 33f9c505ed5c the MSRs that user mode alone needs, and who restores them
// file: arch/x86/kvm/x86.c arch/x86/kvm/msrs.c
//
// The next system call of whoever runs on that CPU jumps into nothing, in kernel
// mode.  Needs a guest with EFER.SCE and MSRs of its own.

@@
identifier values, slot;
expression list msr;
@@
 kvm_on_user_return(...)
 {
 <+...
-if (values->host != values->curr) {
+if (values->host != values->curr && !(values->host >> 32)) {
 ...
 }
 ...+>
 }
