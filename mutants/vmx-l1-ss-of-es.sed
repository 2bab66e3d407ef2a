# title: L1's SS after an exit of its L2 is what its ES is
# engine: vmx
# expect: nested_l1_state_test SS_SELECTOR
# file: arch/x86/kvm/vmx/nested.c

/seg.selector = vmcs12->host_ss_selector;/d
