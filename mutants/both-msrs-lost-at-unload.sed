# title: KVM leaves a CPU without the host's user-return MSRs
# engine: both
# expect: host_unload_test TSC_AUX
# commit: 3548bab501ab KVM: Drop user return notifier when disabling virtualization on a cpu
# file: arch/x86/kvm/x86.c arch/x86/kvm/msrs.c
#
# After a process was killed in KVM_RUN they are the guest's, and would be the host's at the
# next return to user mode.  But that does not call KVM any more.

/drop_user_return_notifiers(void)$/,/^}/s/kvm_on_user_return(&msrs->urn);/user_return_notifier_unregister(\&msrs->urn), msrs->registered = false;/
