// title: what goes into TSC_AUX on return to user mode is the first CPU's
// engine: both
// expect: host_user_msrs_test TSC_AUX zero
// commit: 29da8c823abf and 6a3ea3e68b8a what else came of a TSC_AUX that is not the CPU's own
// file: arch/x86/kvm/x86.c arch/x86/kvm/msrs.c
//
// TSC_AUX holds the CPU's and the node's number for RDTSCP and RDPID in user
// mode, so it is another one on each CPU; the MSRs for SYSCALL are the same on
// all.  The guest does nothing: KVM loads its TSC_AUX (0) whenever it may have
// RDTSCP.  No interrupt and no system call fails; getcpu() in the vDSO lies.

@@
identifier msrs, i, value;
@@
 kvm_user_return_msr_cpu_online(...)
 {
 <+...
-msrs->values[i].host = value;
+{
+	static u64 first[KVM_MAX_NR_USER_RETURN_MSRS];
+	static unsigned long seen;
+
+	if (!test_and_set_bit(i, &seen))
+		first[i] = value;
+	msrs->values[i].host = first[i];
+}
 ...+>
 }
