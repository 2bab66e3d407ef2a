// title: after an INIT the guest's FPU state is not loaded again
// engine: vmx
// expect: host_init_test FCW guest's
// commit: 6.18 clears the guest's CET state with an INIT
// file: arch/x86/kvm/x86.c
// equivalent: 6.1 an INIT clears the FPU state of guests with MPX only
// equivalent: 6.12 an INIT clears the FPU state of guests with MPX only
//
// The guest runs with the registers of the thread, which finds the guest's in them.

@@
@@
 kvm_xstate_reset(...)
 {
 ...
-	if (fpu_in_use)
-		kvm_load_guest_fpu(vcpu);
 }
