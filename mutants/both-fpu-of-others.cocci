// title: a vCPU that was preempted goes on with another thread's FPU registers
// engine: both
// expect: host_fpu_test
// commit: e751732486eb such a KVM
// file: arch/x86/kvm/x86.c
//
// The scheduler leaves the registers of whoever ran in between where they are,
// and sets TIF_NEED_FPU_LOAD.  Without a look at it the guest computes in them,
// and their owner finds the guest's when it runs again: they are still its own, as
// far as the kernel knows.

@@
@@
-if (test_thread_flag(TIF_NEED_FPU_LOAD))
-	switch_fpu_return();
