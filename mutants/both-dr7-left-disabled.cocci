// title: the host's watchpoints stay off where the guest has none
// engine: both
// expect: host_debug_regs_test DR0
// commit: f85d40160691 turns them off around every entry
// file: arch/x86/kvm/x86.c
//
// KVM disables DR7 before it enters any guest, so that the host's addresses do not
// fire in there.  Here it comes back only after a guest that has breakpoints too.

@@
@@
-if (hw_breakpoint_active())
+if (vcpu->arch.switch_db_regs && hw_breakpoint_active())
 	hw_breakpoint_restore();
