// title: HOST_TR_BASE is one page too high
// engine: vmx
// expect: host_tr_test HOST_TR_BASE off-by
// file: arch/x86/kvm/vmx/vmx.c
//
// A wrong idea of the layout of cpu_entry_area: the CPU takes the I/O bitmap for
// a TSS.

@@
expression base;
@@
 vmcs_writel(HOST_TR_BASE,
-	     base
+	     (unsigned long)&get_cpu_entry_area(cpu)->tss.x86_tss + PAGE_SIZE
	    );
