# title: L1 has its L2's EFER after an entry that the CPU refused
# engine: vmx
# expect: nested_refused_test EFER
# file: arch/x86/kvm/vmx/nested.c

/vmx_set_efer(vcpu, nested_vmx_get_vmcs01_guest_efer(vmx));/d
