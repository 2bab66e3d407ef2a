# title: KVM_SET_MSRS writes the guest's FS base into the field of the host
# engine: vmx
# expect: host_msrs_test HOST_FS_BASE guest's
# file: arch/x86/kvm/vmx/vmx.c
#
# The guest itself writes its own, with no exit.

s/vmcs_writel(GUEST_FS_BASE, data);/vmcs_writel(HOST_FS_BASE, data);/
