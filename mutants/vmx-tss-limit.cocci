// title: nobody is told that the VM exit cut the TSS limit
// engine: vmx
// expect: host_tss_limit_test TR_LIMIT
// commit: b7ffc44d5b2e deferred the reload of TR
// file: arch/x86/kvm/vmx/vmx.c
//
// VM exit sets TR's limit to 0x67, which leaves the I/O bitmap out.  Without the
// mark that makes the kernel reload TR, ioperm() succeeds and the access faults.

@@
@@
-invalidate_tss_limit();
