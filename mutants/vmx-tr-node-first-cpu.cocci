// title: HOST_TR_BASE is not rewritten on a node's first CPU
// engine: vmx
// expect: host_tr_test HOST_TR_BASE stale
// file: arch/x86/kvm/vmx/vmx.c
//
// A cache for each node that thinks its first CPU up to date: a vCPU that comes
// there brings the TSS of the CPU it left.

@@
identifier loaded;
@@
 bool loaded = vmx->loaded_vmcs->cpu == cpu;
+bool first = vmx->loaded_vmcs->cpu == -1;

@@
expression base;
@@
+if (first || cpu != cpumask_first(cpumask_of_node(cpu_to_node(cpu))))
 vmcs_writel(HOST_TR_BASE, base);
