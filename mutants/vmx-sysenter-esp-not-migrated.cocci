// title: HOST_SYSENTER_ESP is written once, not when the vCPU moves
// engine: vmx
// expect: host_segs_test HOST_SYSENTER_ESP stale
// file: arch/x86/kvm/vmx/vmx.c
//
// After a hop a 32-bit system call enters the kernel on another CPU's entry stack.

@@
identifier loaded;
@@
 bool loaded = vmx->loaded_vmcs->cpu == cpu;
+bool first = vmx->loaded_vmcs->cpu == -1;

@@
@@
+if (first)
 vmcs_writel(HOST_IA32_SYSENTER_ESP, (unsigned long)(cpu_entry_stack(cpu) + 1));
