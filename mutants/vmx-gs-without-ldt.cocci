// title: a GS selector is restored only where the process has an LDT
// engine: vmx
// expect: host_segs_test GS_SELECTOR zero
// commit: 9581d442b905 CVE-2010-3698 (same function)
// file: arch/x86/kvm/vmx/vmx.c
//
// 32-bit code has its thread area in a GDT entry of its own, by GS, and rarely an
// LDT.  VM entry refuses the selector's RPL in HOST_GS_SELECTOR, so KVM puts 0 there
// and must load the real one later.

@@
expression state;
@@
-state->ldt_sel || (state->gs_sel & 7)
+state->ldt_sel
