// title: L1 has L2's CR0 after an exit
// engine: vmx
// expect: nested_l1_state_test CR0 off-by
// file: arch/x86/kvm/vmx/nested.c
//
// KVM has one variable for both levels.

@@
@@
 load_vmcs12_host_state(...)
 {
 <...
-vmx_set_cr0(vcpu, vmcs12->host_cr0);
 ...>
 }
