# title: L1 goes on after an exit of its L2 with its flags of the entry
# engine: vmx
# expect: nested_l1_state_test RFLAGS
# file: arch/x86/kvm/vmx/nested.c

/^\tvmx_set_rflags(vcpu, X86_EFLAGS_FIXED);/d
