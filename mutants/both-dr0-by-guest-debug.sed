# title: KVM_SET_GUEST_DEBUG takes effect in the host
# engine: both
# expect: host_debug_regs_test DR0
# file: arch/x86/kvm/x86.c
#
# What a thread watches itself is not in DR0 any more, but what it wants to watch in its
# guest.

s/^\t\tvcpu->arch.guest_debug_dr7 = dbg->arch.debugreg\[7\];$/&\n\t\tset_debugreg(dbg->arch.debugreg[0], 0);/
