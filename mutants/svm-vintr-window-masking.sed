# title: V_INTR_MASKING is lost when an interrupt window closes
# engine: svm
# expect: host_cr8_test CR8 guest's
# commit: CVE-2021-3653 and CVE-2017-12154 int_ctl without V_INTR_MASKING, and CR8
# file: arch/x86/kvm/svm/svm.c
#
# A list of what to keep, in place of what to drop, without the one that KVM relies
# on.  From then on MOV to CR8 changes the host's task priority (no interrupt below
# it comes after the exit), and the guest's IF masks the host's interrupts.  Needs
# an interrupt window (interrupt pending or request_interrupt_window with IF=0, then
# STI), and then a MOV to CR8.

/^static void svm_clear_vintr(/,/^}/ {
	s/svm->vmcb->control\.int_ctl &= ~V_IRQ_INJECTION_BITS_MASK;/svm->vmcb->control.int_ctl \&= V_TPR_MASK | V_GIF_ENABLE_MASK | V_GIF_MASK;/
}
