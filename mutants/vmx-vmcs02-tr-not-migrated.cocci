// title: HOST_TR_BASE is not rewritten in the VMCS that runs L2
// engine: vmx
// expect: nested_migration_test HOST_TR_BASE stale
// file: arch/x86/kvm/vmx/vmx.c
//
// vmcs01 is right.  The VMCS for L2 keeps the TSS of the CPU where L2 started, so
// the vCPU must move while L2 is active.

@@
identifier loaded;
@@
 bool loaded = vmx->loaded_vmcs->cpu == cpu;
+bool first = vmx->loaded_vmcs->cpu == -1;

@@
expression base;
@@
+if (first || vmx->loaded_vmcs == &vmx->vmcs01)
 vmcs_writel(HOST_TR_BASE, base);
