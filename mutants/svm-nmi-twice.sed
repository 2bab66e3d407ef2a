# title: an NMI that ends a guest's run is handled twice
# engine: svm
# expect: host_nmi_test NMI
# commit: xen 7dd3b06ff0 an NMI handler that was called by hand
# file: arch/x86/kvm/svm/svm.c
#
# It stays pending after the exit, and comes with STGI.  KVM calls the handler as
# well.

s/^\tstgi();$/&\n\tif (svm->vmcb->control.exit_code == SVM_EXIT_NMI)\n\t\tasm volatile("int $2");/
