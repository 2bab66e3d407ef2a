# title: L2 sets XCR0 of the host where L1 does not intercept it
# engine: svm
# expect: host_fpu_test XCR0 guest's
# file: arch/x86/kvm/svm/nested.c
#
# KVM then restores nothing, for L1's XCR0 may be the host's.

/intercepts\[i\] |= .*->intercepts\[i\];/a\
	vmcb_clr_intercept(\&svm->nested.vmcb02.ptr->control, INTERCEPT_XSETBV);
