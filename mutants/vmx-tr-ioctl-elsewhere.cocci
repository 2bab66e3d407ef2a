// title: HOST_TR_BASE is written only where the vCPU did not run last
// engine: vmx
// expect: host_tr_test HOST_TR_BASE stale
// file: arch/x86/kvm/vmx/vmx.c
//
// An ioctl from another CPU has brought the VMCS there, and its TSS into it.  The
// next run is where the last one was: a vCPU that has not moved.

@@
expression base;
@@
+if (vcpu->arch.last_vmentry_cpu != cpu)
 vmcs_writel(HOST_TR_BASE, base);

@@
expression base;
@@
+if (vcpu->arch.last_vmentry_cpu != cpu)
 vmcs_writel(HOST_GDTR_BASE, base);
