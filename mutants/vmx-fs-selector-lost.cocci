// title: an FS selector with RPL or TI set is not restored
// engine: vmx
// expect: host_segs_test FS_SELECTOR zero
// commit: 9581d442b905 CVE-2010-3698
// file: arch/x86/kvm/vmx/vmx.c
//
// VM entry refuses such a selector in HOST_FS_SELECTOR, so KVM puts 0 there and
// must load the real one later.  It does not: user mode comes back with FS 0.

@@
expression sel;
@@
-if (sel & 7)
-	loadsegment(fs, sel);
