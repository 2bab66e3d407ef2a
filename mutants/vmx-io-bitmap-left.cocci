// title: TR is reloaded after each run, and the I/O bitmap is enabled for anybody
// engine: vmx
// expect: host_ioperm_test IO_MAP_BASE
// commit: cadfad870154 CVE-2020-15852 on Xen: an unrelated task's ports
// file: arch/x86/kvm/vmx/vmx.c
//
// The bitmap in the TSS is still that of the CPU's last owner, whose ports the vCPU's
// thread may use now, and each thread after it.  Without the reload the limit that
// VM exit cut would hide it.

@@
@@
-invalidate_tss_limit();
+force_reload_TR();
+this_cpu_write(cpu_tss_rw.x86_tss.io_bitmap_base, IO_BITMAP_OFFSET_VALID_MAP);
