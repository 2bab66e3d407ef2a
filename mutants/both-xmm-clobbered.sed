# title: an SSE register is used without kernel_fpu_begin()
# engine: both
# expect: host_fpu_test XMM7
# commit: xen 437211cb69 registers that the hypervisor's own code changed
# file: arch/x86/kvm/x86.c arch/x86/kvm/fpu.h
#
# The thread's registers are back already, and go to user mode as they are.

s/^\tfpu_swap_kvm_fpstate(&vcpu->arch.guest_fpu, false);$/&\n\tasm volatile("pcmpeqd %xmm7, %xmm7");/
