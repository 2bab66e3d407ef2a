// title: HOST_GDTR_BASE is the writable GDT
// engine: vmx
// expect: host_desc_tables_test HOST_GDTR_BASE direct-map
// commit: 45fc8757d1d2 made the GDT read-only
// file: arch/x86/kvm/vmx/vmx.c
//
// The right table by the wrong address: from an exit until the vCPU is put the
// CPU runs on the writable GDT, which the read-only alias is there to hide.

@@
@@
 void *gdt =
-	get_current_gdt_ro()
+	get_current_gdt_rw()
 ;
