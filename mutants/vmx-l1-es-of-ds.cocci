// title: L1 has its DS in ES after an exit from L2
// engine: vmx
// expect: nested_l1_state_test ES_SELECTOR off-by
// file: arch/x86/kvm/vmx/nested.c
//
// One variable is filled in for each segment in turn.

@@
@@
 load_vmcs12_host_state(...)
 {
 <...
-seg.selector = vmcs12->host_es_selector;
 ...>
 }
