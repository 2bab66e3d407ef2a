# title: L1 has L2's IDTR after an entry that failed when L2 was loaded
# engine: svm
# expect: nested_refused_test IDTR_BASE
# file: arch/x86/kvm/svm/nested.c
#
# Such an entry ends like an exit (APM volume 2, 15.5.1), from nested_svm_vmrun() itself.

/^int nested_svm_vmrun(/,/^}/s/^\t*nested_svm_vmexit(svm);$/&\n\tvmcb01->save.idtr = svm->nested.vmcb02.ptr->save.idtr;\n\tvmcb_mark_dirty(vmcb01, VMCB_DT);/
