# title: KVM_SET_DEBUGREGS takes effect in the host
# engine: both
# expect: host_debug_regs_test DR0
# file: arch/x86/kvm/x86.c
#
# The thread's watchpoint is on the guest's address until the thread is switched to again.

/kvm_vcpu_ioctl_x86_set_debugregs(vcpu, &dbgregs);/a\
		set_debugreg(dbgregs.db[0], 0);
