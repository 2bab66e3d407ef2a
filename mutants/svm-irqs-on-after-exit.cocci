// title: interrupts are on after a VM exit
// engine: svm
// expect: host_flags_test RFLAGS_IF
// commit: be45bc4eff33 moved STI and CLI from assembly to C
// file: arch/x86/kvm/svm/svm.c
//
// IF must be set while VMRUN runs, and cleared again before STGI.  Here
// interrupts come in as soon as STGI is done, in the middle of what believes
// that it cannot be interrupted.  The guest does nothing.  An observer that
// trusts irqs_disabled() at kvm_exit sees no exit at all.

@@
@@
 svm_vcpu_enter_exit(...)
 {
 ...
-raw_local_irq_disable();
 ...
 }
