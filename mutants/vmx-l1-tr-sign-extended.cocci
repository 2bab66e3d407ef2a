// title: L1's TR base is sign-extended after an exit from L2
// engine: vmx
// expect: nested_host_tr_test TR_BASE sign-extended
// commit: 5ccd35287eda the twin of 7fe9f5366bd5
// file: arch/x86/kvm/vmx/nested.c
//
// What the story's hypervisor did to its host, done to a hypervisor in a guest:
// L1 comes back from L2 with its TSS at the wrong place.

@@
@@
 load_vmcs12_host_state(...)
 {
 <...
-vmcs12->host_tr_base
+(int)vmcs12->host_tr_base
 ...>
 }
