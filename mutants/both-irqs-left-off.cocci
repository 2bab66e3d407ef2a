// title: interrupts stay off when the exit is handled
// engine: both
// expect: host_flags_test RFLAGS_IF
// file: arch/x86/kvm/x86.c
//
// They are let in for a moment, to be served, and then for good.  Without the
// second the exit is handled with interrupts off, until something that sleeps,
// or the next entry, happens to turn them on.

@@
@@
 vcpu_enter_guest(...)
 {
 <...
 guest_timing_exit_irqoff();
-local_irq_enable();
 preempt_enable();
 ...>
 }
