# title: the table of shadow stacks that the VMM sets goes into the field of the host
# engine: vmx
# expect: host_msrs_test HOST_INTR_SSP_TABLE guest's
# equivalent: 6.1 KVM lets no guest have CET
# equivalent: 6.12 KVM lets no guest have CET
# file: arch/x86/kvm/vmx/vmx.c

s/vmcs_writel(GUEST_INTR_SSP_TABLE, data);/vmcs_writel(HOST_INTR_SSP_TABLE, data);/
