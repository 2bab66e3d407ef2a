// title: HOST_TR_BASE and HOST_GDTR_BASE are not rewritten when the vCPU moves
// engine: vmx
// expect: host_tr_test HOST_TR_BASE stale
// commit: dba1c86c31df OpenBSD vmm
// file: arch/x86/kvm/vmx/vmx.c
//
// Both tables of the first CPU stay in the VMCS.  They agree with each other, so
// whatever compares TR with the GDT finds nothing.

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

@@
expression base;
@@
+if (first)
 vmcs_writel(HOST_GDTR_BASE, base);
