# title: an exit to L1 loads none of the MSRs in its list
# engine: vmx
# expect: nested_host_segs_test LSTAR
# expect: nested_l1_state_test LSTAR
# file: arch/x86/kvm/vmx/nested.c
#
# L1 goes on with the MSRs of SYSCALL that its L2 was given at the entry.

/vmcs12->vm_exit_msr_load_count))/s/vmcs12->vm_exit_msr_load_count/0/
