// title: ES is reloaded only where DS is not null
// engine: vmx
// expect: host_segs_test ES_SELECTOR zero
// commit: b2da15ac26a0 moved the reload, and its condition
// file: arch/x86/kvm/vmx/vmx.c
//
// VM exit leaves both null.  A thread that has ES alone gets it back null.

@@
expression state;
@@
-state->ds_sel | state->es_sel
+state->ds_sel
