// title: L1's FS base is 0 after an exit from L2
// engine: vmx
// expect: nested_host_segs_test FS_BASE zero
// file: arch/x86/kvm/vmx/nested.c
//
// As vmx-l1-gs-base-of-fs, for the thread-local data of a hypervisor's process.

@@
@@
 load_vmcs12_host_state(...)
 {
 <...
-seg.base = vmcs12->host_fs_base;
 ...>
 }
