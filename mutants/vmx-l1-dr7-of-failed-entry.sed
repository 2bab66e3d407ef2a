# title: L1 has L2's DR7 after an entry that failed on L2's MSRs
# engine: vmx
# expect: nested_refused_test DR7
# file: arch/x86/kvm/vmx/nested.c

s/^\tvmcs12->vm_exit_reason = exit_reason.full;$/\tkvm_set_dr(vcpu, 7, vmcs12->guest_dr7);\n&/
