// title: nobody is told that an exit of L2 cut the TSS limit
// engine: vmx
// expect: host_ioperm_test TR_LIMIT
// commit: b7ffc44d5b2e deferred the reload of TR
// file: arch/x86/kvm/vmx/vmx.c
//
// A KVM_RUN that ends in L2 leaves TR's limit at 0x67, and an ioperm() of that thread
// comes to nothing: the next access faults.

@@
@@
+if (!is_guest_mode(&vmx->vcpu))
 invalidate_tss_limit();
