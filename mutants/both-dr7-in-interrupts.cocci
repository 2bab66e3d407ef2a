// title: interrupts after an exit come while the host's breakpoints are off
// engine: both
// expect: host_debug_regs_test DR7
// commit: 24f1e32c60c4 hw_breakpoint_restore() right after the exit
// file: arch/x86/kvm/x86.c
//
// What an interrupt's handler does is not seen by who watches it.  By the time that
// the exit is handled all is well.

@@
@@
-if (hw_breakpoint_active())
-	hw_breakpoint_restore();

@@
@@
 guest_timing_exit_irqoff();
+if (hw_breakpoint_active())
+	hw_breakpoint_restore();
