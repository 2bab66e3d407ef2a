// title: L1's DS selector is null after an exit from L2
// engine: vmx
// expect: nested_l1_state_test DS_SELECTOR zero
// file: arch/x86/kvm/vmx/nested.c
//
// As vmx-l1-es-of-ds.  64-bit code does not miss it; what returns to 32-bit code does.

@@
@@
 load_vmcs12_host_state(...)
 {
 <...
-seg.selector = vmcs12->host_ds_selector;
 ...>
 }
