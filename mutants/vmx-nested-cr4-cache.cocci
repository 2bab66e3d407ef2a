// title: one cache of CR4 for both VMCSs of a vCPU
// engine: vmx
// expect: nested_migration_test HOST_CR4 off-by
// file: arch/x86/kvm/vmx/vmx.c
//
// As vmx-nested-cr3-cache: a change of CR4 while L2 runs never reaches vmcs01.

@@
@@
 vmx_vcpu_run(...)
 {
 <...
-vmx->loaded_vmcs->host_state.cr4
+vmx->vmcs01.host_state.cr4
 ...>
 }
