// title: DS and ES are not reloaded
// engine: vmx
// expect: host_segs_test DS_SELECTOR zero
// commit: b2da15ac26a0 moved the reload
// file: arch/x86/kvm/vmx/vmx.c
//
// VM exit leaves them null.  64-bit code does not care; a 32-bit program that
// runs after the exit faults at its first access.

@@
expression sel;
@@
(
-loadsegment(ds, sel);
|
-loadsegment(es, sel);
)
