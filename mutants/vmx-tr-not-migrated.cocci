// title: HOST_TR_BASE is written once, not when the vCPU moves to another CPU
// engine: vmx
// expect: host_tr_test HOST_TR_BASE stale
// commit: dba1c86c31df OpenBSD vmm, the half of it that kills
// file: arch/x86/kvm/vmx/vmx.c
//
// The first CPU's TSS stays in the VMCS.  After a hop each exit leaves the new
// CPU with the stacks of the first one.

@@
identifier loaded;
@@
 bool loaded = vmx->loaded_vmcs->cpu == cpu;
+bool first = vmx->loaded_vmcs->cpu == -1;

@@
expression base;
@@
+if (first)
 vmcs_writel(HOST_TR_BASE, base);
