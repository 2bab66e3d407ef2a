# title: L1 has L2's PAT after an entry that the CPU refused
# engine: vmx
# expect: nested_refused_test PAT
# file: arch/x86/kvm/vmx/nested.c

/^\tvcpu->arch.pat = vmcs_read64(GUEST_IA32_PAT);/d
