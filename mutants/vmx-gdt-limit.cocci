// title: the GDT limit stays 0xffff after a VM exit
// engine: vmx
// expect: host_desc_tables_test GDTR_LIMIT off-by
// commit: 3444d7da1839 CVE-2018-10901
// file: arch/x86/kvm/vmx/vmx.c
//
// VM exit sets the limit to 0xffff; nobody puts it right.  User mode then can load
// selectors beyond the GDT's end, from whatever page comes next.

@@
expression cpu;
@@
-load_fixmap_gdt(cpu);
