// title: DR6 is cleaned only if one of the guest's four breakpoints has hit
// engine: vmx
// expect: host_debug_regs_test DR6
// commit: efdab992813f forgot to clean DR6 after the guest
// file: arch/x86/kvm/vmx/vmx.c
//
// BS, BT and BD stay in the host's DR6, and the next #DB there (a watchpoint)
// looks like a single step too.  Needs a guest that owns its debug registers
// and writes BS without B0 to B3.

@@
@@
 vmx_sync_dirty_debug_regs(...)
 {
 ...
-set_debugreg(DR6_RESERVED, 6);
+if (vcpu->arch.dr6 & DR_TRAP_BITS)
+	set_debugreg(DR6_RESERVED, 6);
 }
