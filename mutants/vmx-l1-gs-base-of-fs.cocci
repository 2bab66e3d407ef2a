// title: L1 has its FS base in GS after an exit from L2
// engine: vmx
// expect: nested_host_segs_test GS_BASE unknown
// file: arch/x86/kvm/vmx/nested.c
//
// One variable is filled in for each segment in turn.  A hypervisor whose GS leads to
// its per-CPU data does not survive its next instruction.

@@
@@
 load_vmcs12_host_state(...)
 {
 <...
-seg.base = vmcs12->host_gs_base;
 ...>
 }
