// title: CR3 is taken for a constant
// engine: vmx
// expect: host_preempt_test HOST_CR3
// commit: d6e41f1151fe CR3 isn't a constant
// file: arch/x86/kvm/vmx/vmx.c arch/x86/kvm/vmx/nested.c
//
// HOST_CR3 keeps the address space id that the process had when the vCPU was
// created.  On another CPU, or later, that id is another process's.

@@
@@
-if (unlikely(cr3 != vmx->loaded_vmcs->host_state.cr3)) {
-	vmcs_writel(HOST_CR3, cr3);
-	vmx->loaded_vmcs->host_state.cr3 = cr3;
-}
