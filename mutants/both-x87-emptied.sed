# title: MMX code without kernel_fpu_begin()
# engine: both
# expect: host_fpu_test FTW
# commit: xen 437211cb69 registers that the hypervisor's own code changed
# file: arch/x86/kvm/x86.c arch/x86/kvm/fpu.h
#
# Its EMMS tags all registers of the x87 unit as empty.  What the thread held in
# one of them is an invalid operand now.

s/^\tfpu_swap_kvm_fpstate(&vcpu->arch.guest_fpu, false);$/&\n\tasm volatile("emms");/
