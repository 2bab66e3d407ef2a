# title: KVM_SET_SREGS writes the guest's CR8 into the CPU
# engine: both
# expect: host_cr8_test CR8
# file: arch/x86/kvm/x86.c arch/x86/kvm/regs.c
#
# The host takes no interrupts of low priority from then on.

s/^\tkvm_set_cr8(vcpu, sregs->cr8);$/&\n\tasm volatile("mov %0, %%cr8" : : "r" ((unsigned long)sregs->cr8) : "memory");/
