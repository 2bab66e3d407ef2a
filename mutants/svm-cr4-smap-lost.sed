# title: CR4.SMAP is off on a CPU once a vCPU has left it
# engine: svm
# expect: host_user_msrs_test CR4
# expect: host_cr4_test CR4
# commit: d974baa398f3 CVE-2014-3690, another CR4 that was not the host's
# file: arch/x86/kvm/svm/svm.c
#
# Before and after each later entry CR4 is the same, and wrong.

s/^\tto_svm(vcpu)->guest_state_loaded = false;$/&\n\tasm volatile("mov %0, %%cr4" : : "r" (native_read_cr4() \& ~X86_CR4_SMAP));/
