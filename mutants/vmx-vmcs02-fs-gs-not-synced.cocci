// title: the VMCS of L2 does not get the FS and GS bases
// engine: vmx
// expect: nested_host_tr_test HOST_GS_BASE zero
// file: arch/x86/kvm/vmx/nested.c
//
// KVM has already set up guest state with vmcs01 and does not do it again: an
// exit from L2 leaves the kernel with a GS base of 0.

@@
@@
-vmx_set_host_fs_gs(dest, ...);
