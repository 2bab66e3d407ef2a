// title: L1's LDTR is what it was at the entry to L2
// engine: vmx
// expect: nested_l1_state_test LDTR_SELECTOR off-by
// file: arch/x86/kvm/vmx/nested.c
//
// An exit of a real CPU leaves none.

@@
@@
 load_vmcs12_host_state(...)
 {
 <...
-__vmx_set_segment(vcpu, &seg, VCPU_SREG_LDTR);
 ...>
 }
