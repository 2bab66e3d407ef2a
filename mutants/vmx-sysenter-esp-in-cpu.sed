# title: KVM_SET_MSRS writes the guest's SYSENTER_ESP into the CPU
# engine: vmx
# expect: host_msrs_test SYSENTER_ESP
# file: arch/x86/kvm/vmx/vmx.c
#
# The next exit on that CPU loads the host's, but until then each SYSENTER of a 32-bit
# process there enters the kernel on the guest's stack.

/^int vmx_set_msr(/,/^}$/s/^\t\tvmcs_writel(GUEST_SYSENTER_ESP, data);$/&\n\t\twrmsr(MSR_IA32_SYSENTER_ESP, (u32)data, (u32)(data >> 32));/
