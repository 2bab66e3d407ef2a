// title: HOST_TR_BASE put together from the descriptor with a signed shift
// engine: vmx
// expect: host_tr_test HOST_TR_BASE sign-extended
// commit: 7fe9f5366bd5 get_desc64_base() of the KVM selftests
// needs: bit31
// equivalent: 6.1 cpu_entry_area is linear there: no TSS base has bit 31 set
// file: arch/x86/kvm/vmx/vmx.c
//
// base2 << 24 is an int: with bit 7 of base2 set it is negative, and or-ing it
// in turns bits 63..32 into ones.  The next interrupt reads its stack pointer
// from there.

@@
expression base;
@@
 void *gdt = get_current_gdt_ro();
+struct ldttss_desc *tss = gdt + GDT_ENTRY_TSS * 8;
 ...
 vmcs_writel(HOST_TR_BASE,
-	     base
+	     tss->base0 | (tss->base1 << 16) | (tss->base2 << 24) | ((unsigned long)tss->base3 << 32)
	    );
