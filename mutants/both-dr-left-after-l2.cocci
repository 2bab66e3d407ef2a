// title: the host's debug registers do not come back where L2 has exited
// engine: both
// expect: host_debug_regs_test DR0
// commit: 42dbaa5a0577 switched them for the first time
// file: arch/x86/kvm/x86.c
//
// As if those of a guest with an L2 were L1's to restore.  The host's watchpoints are at
// the guest's addresses, or off, until the thread is scheduled anew.

@@
@@
-if (hw_breakpoint_active())
+if (hw_breakpoint_active() && !is_guest_mode(vcpu))
 	hw_breakpoint_restore();
