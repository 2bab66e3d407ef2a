// title: L1's SYSENTER_ESP is what it was at the entry to L2
// engine: vmx
// expect: nested_host_segs_test SYSENTER_ESP unknown
// file: arch/x86/kvm/vmx/nested.c
//
// L1's own VMCS keeps it while L2 runs, and most hypervisors want it back: but what
// an exit loads is the host field.

@@
@@
 load_vmcs12_host_state(...)
 {
 <...
-vmcs_writel(GUEST_SYSENTER_ESP, ...);
 ...>
 }
