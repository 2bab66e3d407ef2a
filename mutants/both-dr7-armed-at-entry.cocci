// title: the host's breakpoints are armed until the entry itself
// engine: both
// expect: host_debug_regs_test DR7
// commit: f85d40160691 turns them off around every entry
// file: arch/x86/kvm/x86.c
//
// The entry disables them, and so it works; but one that is hit right before it is
// handled where no exception may come.

@@
expression fixed;
@@
-if (unlikely(hw_breakpoint_active())) {
-	set_debugreg(fixed, 7);
-}
+{ }
