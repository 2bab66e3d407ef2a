// title: the other VMCS does not get the DS and ES selectors
// engine: vmx
// expect: host_segs_test DS_SELECTOR zero
// file: arch/x86/kvm/vmx/nested.c
//
// As vmx-vmcs02-fs-gs-not-synced: the thread gets back what it had when a run last
// began at the level that this one ended at.

@@
@@
(
-dest->ds_sel = src->ds_sel;
|
-dest->es_sel = src->es_sel;
)
