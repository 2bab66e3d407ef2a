// title: HOST_CR0 of vmcs02 is written by L1's first entry alone
// engine: vmx
// expect: nested_restore_test HOST_CR0 unknown
// file: arch/x86/kvm/vmx/vmx.c
//
// L1 launched L2 long ago, but in another vCPU: a live migration makes vmcs02 anew.

@@
identifier vmx;
expression value;
@@
 vmx_set_constant_host_state(struct vcpu_vmx *vmx)
 {
 <...
+if (vmx->loaded_vmcs == &vmx->vmcs01 || !get_vmcs12(&vmx->vcpu)->launch_state)
 vmcs_writel(HOST_CR0, value);
 ...>
 }
