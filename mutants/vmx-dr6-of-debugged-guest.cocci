// title: the guest's DR6 is loaded for a guest that somebody debugs, too
// engine: vmx
// expect: host_debug_regs_test DR6
// commit: c2fee09fc167 DR6 that was loaded at the wrong time
// file: arch/x86/kvm/x86.c
//
// Such a guest never gets the debug registers for itself, so nobody takes DR6 out
// again after the exit (vmx_sync_dirty_debug_regs()).

@@
@@
 vcpu_enter_guest(...)
 {
 <+...
-	if (unlikely(vcpu->arch.switch_db_regs & KVM_DEBUGREG_WONT_EXIT))
	run_flags |= KVM_RUN_LOAD_GUEST_DR6;
 ...+>
 }
