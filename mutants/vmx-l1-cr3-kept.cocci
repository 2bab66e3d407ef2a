// title: L1 has L2's CR3 after an exit
// engine: vmx
// expect: nested_l1_state_test CR3 off-by
// file: arch/x86/kvm/vmx/nested.c
//
// L1 goes on in the address space of its guest.

@@
@@
 load_vmcs12_host_state(...)
 {
 <...
-vmcs12->host_cr3
+vmcs12->guest_cr3
 ...>
 }
