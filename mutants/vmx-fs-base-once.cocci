// title: HOST_FS_BASE is written once
// engine: vmx
// expect: host_segs_test HOST_FS_BASE unknown
// file: arch/x86/kvm/vmx/vmx.c
//
// The thread that ran the vCPU first leaves its FS base there.  Another thread, or
// the same one after arch_prctl(), comes back from KVM_RUN with the wrong TLS.

@@
@@
 vmx_set_host_fs_gs(...)
 {
 <...
-if (unlikely(fs_base != host->fs_base))
+if (unlikely(!host->fs_base))
 {
 ...
 }
 ...>
 }
