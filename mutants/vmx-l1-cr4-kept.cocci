// title: L1 has L2's CR4 after an exit
// engine: vmx
// expect: nested_l1_state_test CR4 off-by
// file: arch/x86/kvm/vmx/nested.c
//
// KVM has one variable for both levels.

@@
@@
 load_vmcs12_host_state(...)
 {
 <...
-vmx_set_cr4(vcpu, vmcs12->host_cr4);
 ...>
 }
