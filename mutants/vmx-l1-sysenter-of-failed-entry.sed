# title: L1 has L2's SYSENTER_ESP after an entry that failed on L2's MSRs
# engine: vmx
# expect: nested_refused_test SYSENTER_ESP
# file: arch/x86/kvm/vmx/nested.c
#
# Such an entry ends like an exit (SDM 27.8), but on a path of its own (vmentry_fail_vmexit).

s/^\tvmcs12->vm_exit_reason = exit_reason.full;$/\tvmcs_writel(GUEST_SYSENTER_ESP, vmcs12->guest_sysenter_esp);\n&/
