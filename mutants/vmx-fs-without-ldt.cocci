// title: an FS selector is restored only where the process has an LDT
// engine: vmx
// expect: host_segs_test FS_SELECTOR zero
// commit: 9581d442b905 CVE-2010-3698
// file: arch/x86/kvm/vmx/vmx.c
//
// As vmx-gs-without-ldt, with FS, whose selector is restored by itself.

@@
expression state;
statement S;
@@
-if (state->fs_sel & 7)
+if (state->ldt_sel && (state->fs_sel & 7))
 S
