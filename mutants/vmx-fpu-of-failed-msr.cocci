// title: KVM_GET_MSRS that ends early does not give the thread its FPU state back
// engine: vmx
// expect: host_fpu_test MXCSR guest's
// commit: 6.18 loads the guest's for MSRs that XSAVE manages
// file: arch/x86/kvm/x86.c arch/x86/kvm/msrs.c
// equivalent: 6.1 KVM has no MSR that XSAVE manages
// equivalent: 6.12 KVM has no MSR that XSAVE manages
//
// The guest's registers stay in the CPU, and the thread goes on with them.  Needs a guest
// with CET.

@@
@@
 __msr_io(...)
 {
 ...
-if (fpu_loaded)
+if (fpu_loaded && i == msrs->nmsrs)
 	kvm_put_guest_fpu(vcpu);
 ...
 }
