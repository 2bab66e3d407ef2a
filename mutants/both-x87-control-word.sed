# title: the x87 control word is set without kernel_fpu_begin()
# engine: both
# expect: host_fpu_test FCW
# commit: xen 437211cb69 registers that the hypervisor's own code changed
# file: arch/x86/kvm/x86.c arch/x86/kvm/fpu.h
#
# The thread's registers are back already: it goes on rounding to 53 bits.

s/^\tfpu_swap_kvm_fpstate(&vcpu->arch.guest_fpu, false);$/&\n\tasm volatile("fldcw %0" : : "m"((u16){ 0x27f }));/
