// title: DR6 stays the guest's after a VM exit
// engine: vmx
// expect: host_debug_regs_test
// commit: efdab992813f such a DR6
// file: arch/x86/kvm/vmx/vmx.c
//
// The host's next debug exception adds its bit to those that the guest has left:
// one watchpoint is hit, and all of them count.

@@
expression reserved;
@@
 vmx_sync_dirty_debug_regs(...)
 {
 ...
-set_debugreg(reserved, 6);
 }
