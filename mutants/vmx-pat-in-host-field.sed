# title: the PAT that a guest writes goes into the field of the host
# engine: vmx
# expect: host_msrs_test HOST_PAT guest's
# file: arch/x86/kvm/vmx/vmx.c
#
# Each exit then loads the guest's memory types, and nothing complains.

s/vmcs_write64(GUEST_IA32_PAT, data);/vmcs_write64(HOST_IA32_PAT, data);/
