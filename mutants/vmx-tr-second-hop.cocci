// title: HOST_TR_BASE follows the vCPU to its second CPU and no further
// engine: vmx
// expect: host_tr_test HOST_TR_BASE stale
// file: arch/x86/kvm/vmx/vmcs.h arch/x86/kvm/vmx/vmx.c
//
// One move there is right, so is a test that makes one.  From the second hop on
// the CPU gets the TSS of an earlier CPU.

@@
@@
 struct loaded_vmcs {
 ...
 struct vmcs_host_state host_state;
+int loads;
 ...
 };

@@
expression base;
@@
+if (vmx->loaded_vmcs->loads++ < 2)
 vmcs_writel(HOST_TR_BASE, base);
