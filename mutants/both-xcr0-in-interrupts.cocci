// title: interrupts after an exit come while XCR0 is still the guest's
// engine: both
// expect: host_fpu_test XCR0 guest's
// commit: fc5b7f3bf1e1 kvm: x86: XCR0 is restored before interrupts come
// file: arch/x86/kvm/x86.c arch/x86/kvm/vmx/vmx.c arch/x86/kvm/svm/svm.c
//
// An interrupt may use the FPU: it saves what the thread has there, and leaves out
// whatever the guest's XCR0 lacks.  By the time that the exit is handled all is well.

@ newer @
@@
-kvm_load_xfeatures(vcpu, false);

@ depends on newer @
@@
 guest_timing_exit_irqoff();
+kvm_load_xfeatures(vcpu, false);

@ depends on !newer @
@@
 guest_timing_exit_irqoff();
+kvm_load_host_xsave_state(vcpu);

@@
@@
 \(vmx_vcpu_run\|svm_vcpu_run\)(...)
 {
 <...
-kvm_load_host_xsave_state(vcpu);
 ...>
 }
