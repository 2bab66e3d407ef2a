# title: FNCLEX without kernel_fpu_begin()
# engine: both
# expect: host_fpu_test FSW
# file: arch/x86/kvm/x86.c arch/x86/kvm/fpu.h
#
# What fetestexcept() would tell the thread of its own computation is gone.

s/^\tfpu_swap_kvm_fpstate(&vcpu->arch.guest_fpu, false);$/&\n\tasm volatile("fnclex");/
