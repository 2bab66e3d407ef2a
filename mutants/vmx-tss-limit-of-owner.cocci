// title: the cut TSS limit is marked only where the vCPU's own thread has ioperm
// engine: vmx
// expect: host_ioperm_test TR_LIMIT
// commit: b7ffc44d5b2e deferred the reload of TR
// file: arch/x86/kvm/vmx/vmx.c
//
// The limit is the CPU's, and no thread's.  Whoever has a port and runs there next
// finds no mark, does not reload TR, and faults.

@@
@@
+if (test_thread_flag(TIF_IO_BITMAP))
 invalidate_tss_limit();
