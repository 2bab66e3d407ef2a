// title: after a CPU came back, HOST_TR_BASE there is CPU 0's TSS
// engine: vmx
// expect: host_hotplug_test HOST_TR_BASE stale
// file: arch/x86/kvm/vmx/vmx.c
//
// A CPU that was offline while KVM was in use is set up by the CPU that brings it
// up, and so gets that one's TSS.  No test without hotplug can see it.

@@
@@
+static int vmx_enables[NR_CPUS];
+
+static int vmx_count_enable(void)
+{
+	int cpu = raw_smp_processor_id();
+
+	vmx_enables[cpu]++;
+	return cpu;
+}
+
 void vmx_vcpu_load_vmcs(...)
 {
 ...
 }

@@
identifier f =~ "^vmx_(hardware_enable|enable_virtualization_cpu)$";
@@
 f(...)
 {
 <...
-raw_smp_processor_id()
+vmx_count_enable()
 ...>
 }

@@
expression base;
@@
 vmcs_writel(HOST_TR_BASE,
-	     base
+	     (unsigned long)&get_cpu_entry_area(vmx_enables[cpu] > vmx_enables[0] ? 0 : cpu)->tss.x86_tss
	    );
