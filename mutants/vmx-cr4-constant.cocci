// title: CR4 is taken for a constant
// engine: vmx
// expect: host_preempt_test HOST_CR4
// commit: d974baa398f3 CVE-2014-3690
// file: arch/x86/kvm/vmx/vmx.c arch/x86/kvm/vmx/nested.c
//
// HOST_CR4 keeps what CR4 was when the vCPU was created.  Bits that the kernel
// changes for each task (TSD, PCE) are wrong after the exit.

@@
@@
-if (unlikely(cr4 != vmx->loaded_vmcs->host_state.cr4)) {
-	vmcs_writel(HOST_CR4, cr4);
-	vmx->loaded_vmcs->host_state.cr4 = cr4;
-}
