# title: L1 takes interrupts right after an exit of its L2
# engine: vmx
# expect: nested_interrupt_test RFLAGS_IF
# file: arch/x86/kvm/vmx/nested.c
#
# A VM exit clears IF (SDM 28.5.3).  L1 has L2's registers still, and no stack but its VMCS's.

s/^\tvmx_set_rflags(vcpu, X86_EFLAGS_FIXED);$/\tvmx_set_rflags(vcpu, X86_EFLAGS_FIXED | X86_EFLAGS_IF);/
