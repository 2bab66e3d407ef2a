// title: L1's IDTR is what it was at the entry to L2
// engine: vmx
// expect: nested_l1_state_test IDTR_BASE unknown
// file: arch/x86/kvm/vmx/nested.c
//
// L1's own VMCS keeps it while L2 runs.  The host field is what counts: a hypervisor may
// enter with another table than it wants to come back to.

@@
@@
 load_vmcs12_host_state(...)
 {
 <...
-vmcs_writel(GUEST_IDTR_BASE, ...);
 ...>
 }
