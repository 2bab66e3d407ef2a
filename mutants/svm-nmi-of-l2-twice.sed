# title: an NMI that ends a run of L2 is handled twice
# engine: svm
# expect: host_nmi_test NMI
# commit: xen 7dd3b06ff0 an NMI handler that was called by hand
# file: arch/x86/kvm/svm/svm.c
#
# As svm-nmi-twice, but only where the guest's guest was running.

s/^\tstgi();$/&\n\tif (is_guest_mode(vcpu) \&\& svm->vmcb->control.exit_code == SVM_EXIT_NMI)\n\t\tasm volatile("int $2");/
