# title: RFLAGS.AC stays set where a preempted vCPU is marked in its steal time
# engine: both
# expect: host_preempt_test RFLAGS off-by
# file: arch/x86/kvm/x86.c
#
# As record_steal_time() does it, but without the end: user memory is open to whatever
# kernel code the scheduler switches to.

/^static void kvm_steal_time_set_preempted(/,/^}$/{
s/^\tif (!copy_to_user_nofault(&st->preempted, &preempted, sizeof(preempted)))$/\tpagefault_disable();\n\tif (!user_access_begin(st, sizeof(*st)))\n\t\tgoto fault;\n\tunsafe_put_user(preempted, \&st->preempted, fault);/
s/^\t\tvcpu->arch.st.preempted = KVM_VCPU_PREEMPTED;$/\tvcpu->arch.st.preempted = KVM_VCPU_PREEMPTED;\nfault:\n\tpagefault_enable();/
}
