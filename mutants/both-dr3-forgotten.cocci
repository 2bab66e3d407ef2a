// title: three of the four addresses of watchpoints come back
// engine: both
// expect: host_debug_regs_test DR3
// commit: 42dbaa5a0577 switched them for the first time
// file: arch/x86/kvm/x86.c
//
// The fourth is the guest's then.  Only a host that uses all four has it at all.
// The compiler may read a DR later than it says, but for the barrier.

@@
@@
 if (hw_breakpoint_active())
+{
+	unsigned long dr3 = 0;
+
+	get_debugreg(dr3, 3);
+	barrier_data(&dr3);
 	hw_breakpoint_restore();
+	set_debugreg(dr3, 3);
+}
