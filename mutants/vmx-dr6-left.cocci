// title: DR6 stays the guest's after a VM exit
// engine: vmx
// expect: host_debug_regs_test DR6
// commit: efdab992813f such a DR6
// file: arch/x86/kvm/vmx/vmx.c
//
// The next debug exception on the CPU adds its bit to those that the guest has left:
// one watchpoint is hit, and all of them count, or a thread gets SIGTRAP.

@@
expression reserved;
@@
 vmx_sync_dirty_debug_regs(...)
 {
 ...
-set_debugreg(reserved, 6);
 }
