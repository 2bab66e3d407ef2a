# title: XSS is 0 in the host after a guest that has XSAVE and no XSAVES
# engine: vmx
# expect: host_xstate_test XSS zero
# equivalent: 6.1 no user shadow stacks: the host's XSS is 0, as the guest's
# file: arch/x86/kvm/x86.c
#
# Loaded for each guest, restored after those alone that have the MSR.  The host's XSAVES
# leaves out the user's shadow stack from then on: at the next switch a thread has
# another's SSP.

/^static void kvm_load_xfeatures(/,/^}$/s/^\tif (guest_cpu_cap_has(vcpu, X86_FEATURE_XSAVES) &&$/\tif (cpu_feature_enabled(X86_FEATURE_XSAVES) \&\&\n\t    (load_guest || guest_cpu_cap_has(vcpu, X86_FEATURE_XSAVES)) \&\&/
/^void kvm_load_guest_xsave_state(/,/^}$/s/guest_\(can_use\|cpu_cap_has\)(vcpu, X86_FEATURE_XSAVES)/cpu_feature_enabled(X86_FEATURE_XSAVES)/
