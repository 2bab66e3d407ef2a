// title: HOST_TR_BASE is not written when KVM switches to the VMCS of L2
// engine: vmx
// expect: nested_host_tr_test HOST_TR_BASE zero
// file: arch/x86/kvm/vmx/vmx.c
//
// Same vCPU, same CPU, so somebody thought that there was nothing to do: the first
// exit from L2 leaves TR with base 0.

@@
expression base;
@@
+if (vmx->loaded_vmcs == &vmx->vmcs01)
 vmcs_writel(HOST_TR_BASE, base);
