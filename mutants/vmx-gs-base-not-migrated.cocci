// title: HOST_GS_BASE is written once, not when the vCPU moves
// engine: vmx
// expect: host_segs_test HOST_GS_BASE stale
// file: arch/x86/kvm/vmx/vmx.c
//
// After a hop an exit leaves the kernel with another CPU's per-CPU data: two CPUs
// believe to be the same one.

@@
@@
 vmx_set_host_fs_gs(...)
 {
 <...
-if (unlikely(gs_base != host->gs_base))
+if (unlikely(!host->gs_base))
 {
 ...
 }
 ...>
 }
