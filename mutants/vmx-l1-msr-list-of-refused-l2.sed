# title: L1 has the MSRs of L2 after an entry that the CPU refused
# engine: vmx
# expect: nested_refused_test LSTAR
# file: arch/x86/kvm/vmx/nested.c
#
# KVM has loaded them from the entry's list by then (nested_vmx_restore_host_state()).

/^\tfor (i = 0; i < vmcs12->vm_entry_msr_load_count; i++) {/s/vmcs12->vm_entry_msr_load_count/0/
