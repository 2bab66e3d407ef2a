// title: HOST_IDTR_BASE is one page too high
// engine: vmx
// expect: host_desc_tables_test HOST_IDTR_BASE off-by
// file: arch/x86/kvm/vmx/vmx.c
//
// The page after the IDT belongs to the first CPU's entry area: the first
// interrupt after an exit takes its GDT for gates.

@@
@@
 vmcs_writel(HOST_IDTR_BASE,
-	     host_idt_base
+	     host_idt_base + PAGE_SIZE
	    );
