// title: an L2 whose TPR shadow has no page is entered without one
// engine: vmx
// expect: host_cr8_test CR8 guest's
// commit: 51aa68e7d57e CVE-2017-12154: L2 reads and writes the CR8 of the host
// file: arch/x86/kvm/vmx/nested.c
//
// That is right only where each MOV to and from CR8 exits.

@@
expression vmcs12;
@@
 nested_get_vmcs12_pages(...)
 {
 <...
-nested_cpu_has(vmcs12, CPU_BASED_CR8_LOAD_EXITING) &&
-nested_cpu_has(vmcs12, CPU_BASED_CR8_STORE_EXITING) &&
 !nested_cpu_has2(vmcs12, SECONDARY_EXEC_VIRTUALIZE_APIC_ACCESSES)
 ...>
 }
