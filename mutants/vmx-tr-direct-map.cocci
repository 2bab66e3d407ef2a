// title: HOST_TR_BASE is the TSS's address in the direct map
// engine: vmx
// expect: host_tr_test HOST_TR_BASE direct-map
// file: arch/x86/kvm/vmx/vmx.c
//
// The same memory by the wrong address.  It works until user mode runs on page
// tables that do not map it (page table isolation): then every interrupt is a
// triple fault.

@@
expression base;
@@
 vmcs_writel(HOST_TR_BASE,
-	     base
+	     (unsigned long)&per_cpu(cpu_tss_rw, cpu).x86_tss
	    );
