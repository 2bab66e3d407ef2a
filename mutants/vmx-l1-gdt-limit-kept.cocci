// title: L1's GDT limit is what it was at the entry to L2
// engine: vmx
// expect: nested_l1_state_test GDTR_LIMIT off-by
// file: arch/x86/kvm/vmx/nested.c
//
// The exit of a real CPU leaves 0xffff, whatever it was.  A hypervisor whose GDT is
// longer than the one that it entered with faults at its next segment.

@@
@@
 load_vmcs12_host_state(...)
 {
 <...
-vmcs_write32(GUEST_GDTR_LIMIT, ...);
 ...>
 }
