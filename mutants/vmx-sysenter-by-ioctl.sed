# title: KVM_SET_MSRS writes the guest's SYSENTER_ESP into the field of the host
# engine: vmx
# expect: host_msrs_test HOST_SYSENTER_ESP guest's
# file: arch/x86/kvm/vmx/vmx.c
#
# KVM writes it anew where the vCPU comes to another CPU: it shows in a run on the same.

s/vmcs_writel(GUEST_SYSENTER_ESP, data);/vmcs_writel(HOST_IA32_SYSENTER_ESP, data);/
