// title: the GDT limit stays 0xffff where a vCPU sleeps in HLT
// engine: vmx
// expect: host_halt_test GDTR_LIMIT off-by
// file: arch/x86/kvm/vmx/vmx.c
// equivalent: 6.1 nothing tells there whether a vCPU is put because its thread sleeps
//
// Whoever runs there next can load selectors beyond the GDT's end.

@@
expression cpu;
@@
 vmx_prepare_switch_to_host(...)
 {
 ...
+if (!vmx->vcpu.scheduled_out || vmx->vcpu.preempted)
 load_fixmap_gdt(cpu);
 ...
 }
