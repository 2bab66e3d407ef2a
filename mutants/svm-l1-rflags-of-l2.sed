# title: L1 goes on after an exit with its L2's RFLAGS
# engine: svm
# expect: nested_l1_state_test RFLAGS
# file: arch/x86/kvm/svm/nested.c
#
# #VMEXIT loads what VMRUN has saved (APM volume 2, 15.6).

s/^\tkvm_set_rflags(vcpu, vmcb01->save.rflags);$/\tkvm_set_rflags(vcpu, vmcb02->save.rflags);/
