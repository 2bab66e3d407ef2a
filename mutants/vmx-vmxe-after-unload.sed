# title: CR4.VMXE stays set after VMXOFF
# engine: vmx
# expect: host_unload_test CR4
# commit: xen 04f5be6e1d and jailhouse beb3ae8a CR4.VMXE that was left or lost
# file: arch/x86/kvm/vmx/vmx.c
# equivalent: 6.1 a header outside of KVM does it there
# equivalent: 7.3 the kernel outside of KVM does it there
#
# Only the path where VMXOFF faults clears it.  After rmmod kvm_intel each CPU
# still has it; the next kvm_intel, or another hypervisor, says that the CPU is in
# use.  The guest does nothing: unload the module, look at CR4, load it again.

/^static int kvm_cpu_vmxoff(void)$/,/^}/ {
	/cr4_clear_bits(X86_CR4_VMXE);/ {
		N
		s/.*\n\([[:space:]]*return 0;\)/\1/
	}
}
