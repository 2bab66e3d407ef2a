// title: HOST_TR_BASE loses its upper half
// engine: vmx
// expect: host_tr_test HOST_TR_BASE truncated
// file: arch/x86/kvm/vmx/vmx.c
//
// As if only base0, base1 and base2 of the 16-byte descriptor had been read: the
// TSS is looked for below 4 GiB.

@@
expression base;
@@
 vmcs_writel(HOST_TR_BASE,
-	     base
+	     (unsigned int)(unsigned long)&get_cpu_entry_area(cpu)->tss.x86_tss
	    );
