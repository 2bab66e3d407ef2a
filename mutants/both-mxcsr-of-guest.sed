# title: MXCSR is still the guest's in user mode
# engine: both
# expect: host_fpu_test MXCSR
# commit: e751732486eb an FPU state that was another's
# file: arch/x86/kvm/x86.c arch/x86/kvm/fpu.h
#
# Rounding and flush-to-zero are a guest's then: nothing faults, the thread
# computes something else.

s/^\tfpu_swap_kvm_fpstate(&vcpu->arch.guest_fpu, false);$/\tu32 mxcsr;\n\n\tasm volatile("stmxcsr %0" : "=m" (mxcsr));\n&\n\tasm volatile("ldmxcsr %0" : : "m" (mxcsr));/
