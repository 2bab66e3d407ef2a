# title: LDTR is not restored after a VM exit
# engine: svm
# expect: host_ldt_test LDTR_SELECTOR zero
# commit: e61ab42de874 moved VMSAVE and VMLOAD
# file: arch/x86/kvm/svm/vmenter.S
#
# The host's VMLOAD restores all but LDTR.  A program with an LDT faults as soon
# as it loads a segment from it.

/^7:[[:space:]]*vmload/,/^8:/ {
	/^8:/a\
	xor %eax, %eax\
	lldt %ax
}
