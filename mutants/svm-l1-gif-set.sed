# title: GIF of L1 is set after an exit of its L2
# engine: svm
# expect: nested_interrupt_test GIF off-by
# file: arch/x86/kvm/svm/nested.c
#
# #VMEXIT clears it: an NMI or interrupt of L1's now comes before L1's VMLOAD, with TR, GS
# and the system call MSRs of L2.

/no event can be injected in L1\.$/,/^\tvmcb01->control.exit_int_info = 0;$/s/svm_set_gif(svm, false);/svm_set_gif(svm, true);/
