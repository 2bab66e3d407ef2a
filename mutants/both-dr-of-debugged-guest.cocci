// title: after a guest that is debugged the host's breakpoints do not come back
// engine: both
// expect: host_debug_regs_test DR0 unknown
// commit: 42dbaa5a0577 switched them for the first time
// file: arch/x86/kvm/x86.c
//
// They are disabled, and hold the addresses of who debugs the guest.

@@
@@
-if (hw_breakpoint_active())
+if (hw_breakpoint_active() && !(vcpu->guest_debug & KVM_GUESTDBG_USE_HW_BP))
 	hw_breakpoint_restore();
