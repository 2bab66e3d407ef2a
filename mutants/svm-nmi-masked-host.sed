# title: the machine's NMIs are not intercepted while the guest handles one of its own
# engine: svm
# expect: host_nmi_test NMI
# commit: 50011c2a2457 and xen 7dd3b06ff0 NMIs on their way to the host
# file: arch/x86/kvm/svm/svm.c
#
# "NMIs are masked until IRET": the guest's are.  One of the machine goes to the
# guest's vector 2 (or is held until its IRET), and the host never counts it: sent is
# more than taken.  Needs KVM_NMI (without vNMI) and a handler that stays for a while
# before IRET, when NMIs are sent to this CPU.

/^static void svm_inject_nmi(/,/^}/ s/^\t\tsvm_set_iret_intercept(svm);/&\n\t\tsvm_clr_intercept(svm, INTERCEPT_NMI);/
/^static int iret_interception(/,/^}/ s/^\tsvm_clr_iret_intercept(svm);/&\n\tsvm_set_intercept(svm, INTERCEPT_NMI);/
