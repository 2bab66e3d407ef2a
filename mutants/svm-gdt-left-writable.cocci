// title: the CPU is left on the writable GDT
// engine: svm
// expect: host_desc_tables_test GDTR_BASE direct-map
// commit: 45fc8757d1d2 made the GDT read-only
// file: arch/x86/kvm/svm/svm.c
//
// Whoever reloads TR has to mark it available first, in the writable GDT, and then
// to go back to the read-only alias.

@@
@@
 svm_vcpu_run(...)
 {
 ...
 svm_vcpu_enter_exit(...);
+load_direct_gdt(vcpu->cpu);
 ...
 }
