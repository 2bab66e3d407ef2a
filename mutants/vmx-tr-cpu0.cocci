// title: HOST_TR_BASE is CPU 0's TSS on every CPU
// engine: vmx
// expect: host_tr_test HOST_TR_BASE stale
// file: arch/x86/kvm/vmx/vmx.c
//
// Right on the CPU where it was tried.  Everywhere else each exit leaves the CPU
// with CPU 0's stacks.

@@
expression base;
@@
 vmcs_writel(HOST_TR_BASE,
-	     base
+	     (unsigned long)&get_cpu_entry_area(0)->tss.x86_tss
	    );
