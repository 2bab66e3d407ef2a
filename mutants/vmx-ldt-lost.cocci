// title: LDTR is not restored after a VM exit
// engine: vmx
// expect: host_ldt_test LDTR_SELECTOR zero
// commit: 9581d442b905 CVE-2010-3698 (same function)
// file: arch/x86/kvm/vmx/vmx.c
//
// VM exit makes LDTR null.  A program with an LDT (Wine, DOS emulators) faults as
// soon as it loads a segment from it.

@@
expression sel;
@@
(
-kvm_load_ldt(sel);
|
-vmx_load_ldt(sel);
)
