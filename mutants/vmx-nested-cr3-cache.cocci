// title: one cache of CR3 for both VMCSs of a vCPU
// engine: vmx
// expect: nested_migration_test HOST_CR3
// file: arch/x86/kvm/vmx/vmx.c
//
// A change of CR3 while L2 runs is written to vmcs02 and remembered for both, so
// vmcs01 keeps the old one.

@@
@@
 vmx_vcpu_run(...)
 {
 <...
-vmx->loaded_vmcs->host_state.cr3
+vmx->vmcs01.host_state.cr3
 ...>
 }
