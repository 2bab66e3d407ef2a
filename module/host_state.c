// SPDX-License-Identifier: GPL-2.0-only
/*
 * /dev/kvm_host_state: what this CPU holds, and what its next VM exit will load.
 *
 * The selftests read it after a KVM_RUN and between hops; guard.c does the same
 * at every VM entry and exit.  include/host_state.h describes the interface.
 */
#include <linux/cpumask.h>
#include <linux/fs.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/stddef.h>
#include <linux/thread_info.h>
#include <linux/topology.h>
#include <linux/uaccess.h>
#include <asm/cpu_entry_area.h>
#include <asm/cpufeature.h>
#include <asm/desc.h>
#include <asm/processor.h>

#include "kvm_host_state.h"

const struct hs_vendor *hs_vendor;

/* MSRs that may hold a guest's value until the thread returns to user mode. */
#define HS_USER_RETURN_MSRS	(HS_BIT(STAR) | HS_BIT(LSTAR) | HS_BIT(CSTAR) | \
				 HS_BIT(SFMASK) | HS_BIT(EFER))

/* The two halves of a snapshot are struct hs_values: no copying between them. */
static_assert(offsetof(struct host_state, cpu_value) ==
	      offsetof(struct host_state, cpu_mask) +
	      offsetof(struct hs_values, value));
static_assert(offsetof(struct host_state, exit_value) ==
	      offsetof(struct host_state, exit_mask) +
	      offsetof(struct hs_values, value));

static void hs_snapshot(struct host_state *s)
{
	struct hs_values *held = (void *)s + offsetof(struct host_state, cpu_mask);
	struct hs_values *loads = (void *)s + offsetof(struct host_state, exit_mask);
	u64 msrs = ~0ULL;
	unsigned long flags;
	u64 *desc, tr;
	int cpu;

	local_irq_save(flags);
	cpu = raw_smp_processor_id();
	s->cpu = (u32)cpu;
	s->node = (u32)numa_node_id();
	s->cea_tss = (unsigned long)&get_cpu_entry_area(cpu)->tss.x86_tss;

	/*
	 * A vCPU thread that was scheduled out inside KVM_RUN on this CPU may
	 * have left a guest's values to whoever returns to user mode next.
	 */
	if (hs_vendor == &hs_vmx && test_thread_flag(TIF_USER_RETURN_NOTIFY))
		msrs &= ~HS_USER_RETURN_MSRS;
	hs_read_registers(held);
	if (hs_vendor) {
		hs_vendor->read_hidden(held);
		hs_vendor->read_loads(loads);
	}
	/* VMSAVE has brought most of them already. */
	hs_read_msrs(held, msrs & ~held->mask);

	tr = held->value[HS_TR_SELECTOR] & ~7ULL;
	if (tr + 15 <= held->value[HS_GDTR_LIMIT]) {
		desc = (u64 *)(held->value[HS_GDTR_BASE] + tr);
		s->tss_desc[0] = desc[0];
		s->tss_desc[1] = desc[1];
	}
	local_irq_restore(flags);
}

static ssize_t hs_read(struct file *file, char __user *buf, size_t count,
		       loff_t *pos)
{
	struct host_state s = {
		.version = HOST_STATE_VERSION,
		.size = sizeof(s),
		.vendor = hs_vendor ? hs_vendor->id : HOST_STATE_NO_VENDOR,
		.guard_mode = hs_guard_mode(),
		.guard_wrong = hs_guard_wrong(),
	};

	if (count < sizeof(s))
		return -EINVAL;
	hs_snapshot(&s);

	/* Word by word: a REP MOVSB is what a hop on an emulator spends most on. */
	if (!user_write_access_begin(buf, sizeof(s)))
		return -EFAULT;
	unsafe_copy_to_user(buf, (char *)&s, sizeof(s), fault);
	user_write_access_end();
	return sizeof(s);
fault:
	user_write_access_end();
	return -EFAULT;
}

static long hs_get_guard(void __user *arg)
{
	struct host_state_guard *guard;
	long ret = 0;

	guard = kzalloc(sizeof(*guard), GFP_KERNEL);
	if (!guard)
		return -ENOMEM;
	guard->mode = hs_guard_mode();
	hs_guard_get(guard);
	if (copy_to_user(arg, guard, sizeof(*guard)))
		ret = -EFAULT;
	kfree(guard);
	return ret;
}

static long hs_get_tables(void __user *arg)
{
	struct host_state_tables *tables;
	long ret = 0;
	int cpu;

	tables = kzalloc(sizeof(*tables), GFP_KERNEL);
	if (!tables)
		return -ENOMEM;
	tables->nr_cpus = nr_cpu_ids;
	for_each_possible_cpu(cpu) {
		if (cpu >= HOST_STATE_MAX_CPUS)
			break;
		tables->tss[cpu] =
			(unsigned long)&get_cpu_entry_area(cpu)->tss.x86_tss;
		tables->direct_map_tss[cpu] =
			(unsigned long)&per_cpu(cpu_tss_rw, cpu).x86_tss;
		tables->direct_map_gdt[cpu] =
			(unsigned long)get_cpu_gdt_rw((unsigned int)cpu);
	}
	if (copy_to_user(arg, tables, sizeof(*tables)))
		ret = -EFAULT;
	kfree(tables);
	return ret;
}

static long hs_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	void __user *argp = (void __user *)arg;
	u32 mode;

	switch (cmd) {
	case HOST_STATE_GUARD_SET:
		if (get_user(mode, (u32 __user *)argp))
			return -EFAULT;
		return hs_guard_set(file, mode);
	case HOST_STATE_GUARD_GET:
		return hs_get_guard(argp);
	case HOST_STATE_HOPS_GET:
		if (copy_to_user(argp, hs_guard_hops(),
				 sizeof(struct host_state_hops)))
			return -EFAULT;
		return 0;
	case HOST_STATE_TABLES_GET:
		return hs_get_tables(argp);
	default:
		return -ENOTTY;
	}
}

static int hs_open(struct inode *inode, struct file *file)
{
	return nonseekable_open(inode, file);
}

static int hs_release(struct inode *inode, struct file *file)
{
	hs_guard_release(file);
	return 0;
}

static const struct file_operations hs_fops = {
	.owner = THIS_MODULE,
	.open = hs_open,
	.release = hs_release,
	.read = hs_read,
	.unlocked_ioctl = hs_ioctl,
	.compat_ioctl = compat_ptr_ioctl,
};

static struct miscdevice hs_misc = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "kvm_host_state",
	.fops = &hs_fops,
	.mode = 0600,
};

static int __init hs_init(void)
{
	int ret;

	preempt_disable();
	hs_read_constants();
	preempt_enable();
	if (boot_cpu_has(X86_FEATURE_SVM))
		hs_vendor = &hs_svm;
	else if (boot_cpu_has(X86_FEATURE_VMX))
		hs_vendor = &hs_vmx;

	ret = hs_svm_init();
	if (ret)
		return ret;
	ret = hs_control_init();
	if (ret)
		goto out_svm;
	ret = misc_register(&hs_misc);
	if (ret)
		goto out_control;
	return 0;

out_control:
	hs_control_exit();
out_svm:
	hs_svm_exit();
	return ret;
}

static void __exit hs_exit(void)
{
	misc_deregister(&hs_misc);
	hs_control_exit();
	hs_svm_exit();
}

module_init(hs_init);
module_exit(hs_exit);
MODULE_DESCRIPTION("Host state across KVM's VM entries and exits, for selftests");
MODULE_LICENSE("GPL");
