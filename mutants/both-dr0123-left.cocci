// title: the host gets its DR7 back, and not the addresses in DR0 to DR3
// engine: both
// expect: host_debug_regs_test DR0
// commit: 42dbaa5a0577 switched them for the first time
// file: arch/x86/kvm/x86.c
//
// A shortcut: DR7 alone decides what is active.  Where the guest has a
// breakpoint of its own, the host's watchpoint is at the guest's address then:
// it misses its own and fires at somebody else's.  Needs a host with an active
// breakpoint and a guest that has written DR0 and DR7.

@@
@@
 if (hw_breakpoint_active())
-	hw_breakpoint_restore();
+	set_debugreg(__this_cpu_read(cpu_dr7), 7);
