# title: interrupts after an exit come while PKRU is still the guest's
# engine: both
# expect: host_fpu_test PKRU guest's
# commit: 37486135d3a7 kvm: x86: PKRU is restored with XCR0, before interrupts come
# file: arch/x86/kvm/x86.c
#
# A handler that reads the thread's memory faults by the guest's keys.  By the time
# that the exit is handled all is well.

s/^\t\t\t\(write_pkru\|wrpkru\)(vcpu->arch\.host_pkru);/\t\t\t(void)0;/
s/^\tguest_timing_exit_irqoff();/&\n\tif (boot_cpu_has(X86_FEATURE_OSPKE))\n\t\twrpkru(vcpu->arch.host_pkru);/
