// title: the VMCS gets the host's CR4 only when it is launched for the first time on a CPU
// engine: vmx
// expect: host_cr4_test HOST_CR4
// commit: d974baa398f3 (CVE-2014-3690) a host CR4 from the creation of the vCPU in each VM exit
// file: arch/x86/kvm/vmx/vmx.c
//
// As the host's TR and GDT, which also are written when the VMCS comes to a CPU;
// but CR4 has bits of the thread (TSD) and of the mm (PCE).  From the second run on
// a CPU on, VM exits load the old ones: TSD that was cleared or set by prctl() in
// between is as before, and the kernel's copy of CR4 (cpu_tlbstate.cr4) differs.
// Needs PR_SET_TSC in the vCPU's thread between two runs without a hop; guest: nothing.

@@
expression E;
@@
 vmx_vcpu_run(...)
 {
 <+...
-if (unlikely(cr4 != vmx->loaded_vmcs->host_state.cr4))
+if (unlikely(cr4 != vmx->loaded_vmcs->host_state.cr4 && !vmx->loaded_vmcs->launched))
 {
	vmcs_writel(HOST_CR4, cr4);
	vmx->loaded_vmcs->host_state.cr4 = E;
 }
 ...+>
 }
