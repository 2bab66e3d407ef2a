// title: HOST_GDTR_BASE is written once, not when the vCPU moves to another CPU
// engine: vmx
// expect: host_desc_tables_test HOST_GDTR_BASE stale
// commit: dba1c86c31df OpenBSD vmm, the other half
// file: arch/x86/kvm/vmx/vmx.c
//
// One wrong field among right ones.  After a hop the CPU uses the first CPU's
// GDT until the vCPU is put: a TR reload in between marks the wrong TSS busy.

@@
identifier loaded;
@@
 bool loaded = vmx->loaded_vmcs->cpu == cpu;
+bool first = vmx->loaded_vmcs->cpu == -1;

@@
expression base;
@@
+if (first)
 vmcs_writel(HOST_GDTR_BASE, base);
