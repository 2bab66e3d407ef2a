// title: the GDT limit stays 0xffff after a run that ends with L2 active
// engine: vmx
// expect: nested_migration_test GDTR_LIMIT off-by
// commit: 3444d7da1839 CVE-2018-10901
// file: arch/x86/kvm/vmx/vmx.c
//
// As vmx-gdt-limit, but a guest that is no hypervisor does not show it.

@@
expression cpu;
@@
 vmx_prepare_switch_to_host(...)
 {
 ...
+if (!is_guest_mode(&vmx->vcpu))
 load_fixmap_gdt(cpu);
 ...
 }
