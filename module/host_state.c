// SPDX-License-Identifier: GPL-2.0-only
/*
 * /dev/kvm_host_state: what this CPU holds, and what its next VM exit will load.
 *
 * The selftests read it after a KVM_RUN and between hops; guard.c does the same
 * at every VM entry and exit.  include/host_state.h describes the interface.
 */
#include <linux/capability.h>
#include <linux/cpu.h>
#include <linux/cpumask.h>
#include <linux/fs.h>
#include <linux/kernel.h>
#include <linux/miscdevice.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/sched.h>
#include <linux/security.h>
#include <linux/slab.h>
#include <linux/smp.h>
#include <linux/thread_info.h>
#include <linux/topology.h>
#include <linux/uaccess.h>
#include <asm/cpu_entry_area.h>
#include <asm/cpufeature.h>
#include <asm/desc.h>
#include <asm/processor.h>

#include "kvm_host_state.h"

const struct hs_vendor *hs_vendor;

static bool hs_is_some_gdt(unsigned long base)
{
	int cpu;

	for_each_possible_cpu(cpu)
		if (base == (unsigned long)get_cpu_gdt_ro(cpu) ||
		    base == (unsigned long)get_cpu_gdt_rw((unsigned int)cpu))
			return true;
	return false;
}

/* GDTR may hold anything.  Where it leads to no CPU's GDT, it is not followed. */
static void hs_read_tss_desc(u64 *desc)
{
	struct desc_ptr gdt;
	unsigned long tr, base;

	native_store_gdt(&gdt);
	store_tr(tr);
	base = gdt.address;
	tr &= 0xfff8;
	if (tr + 15 > gdt.size)
		return;
	if (base != (unsigned long)get_cpu_gdt_ro(raw_smp_processor_id()) && !hs_is_some_gdt(base))
		return;
	memcpy(desc, (void *)(base + tr), 2 * sizeof(*desc));
}

static void hs_snapshot(struct host_state *s)
{
	struct hs_values *held = &s->cpu_holds;
	hs_fields msrs = HS_ALL;
	unsigned long flags;
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
	if (hs_user_msrs_wait())
		msrs &= ~(hs_vendor == &hs_vmx ? HS_USER_MSRS : HS_BIT(TSC_AUX));
	hs_read_registers(held);
	if (hs_vendor) {
		hs_vendor->read_hidden(held);
		hs_vendor->read_loads(&s->exit_loads);
	}
	/* VMSAVE has brought most of them already. */
	hs_read_msrs(held, msrs & ~hs_get_mask(held->mask));

	hs_read_tss_desc(s->tss_desc);
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

static long hs_get_tr(void __user *arg)
{
	struct host_state_tr tr = { .guard_wrong = hs_guard_wrong() };
	unsigned long flags;
	int cpu;

	local_irq_save(flags);
	cpu = raw_smp_processor_id();
	tr.cpu = (u32)cpu;
	tr.cea_tss = (unsigned long)&get_cpu_entry_area(cpu)->tss.x86_tss;
	if (hs_vendor)
		hs_vendor->read_tr(&tr);
	hs_read_tss_desc(tr.tss_desc);
	local_irq_restore(flags);
	return copy_to_user(arg, &tr, sizeof(tr)) ? -EFAULT : 0;
}

static long hs_get_guard(void __user *arg)
{
	struct host_state_guard guard = { };

	hs_guard_state(&guard);
	hs_guard_get(&guard);
	return copy_to_user(arg, &guard, sizeof(guard)) ? -EFAULT : 0;
}

/* Fill the caller's array; it learns how many elements there are. */
static long hs_put_array(struct host_state_array __user *arg, const void *from,
			 u32 nr, size_t size)
{
	struct host_state_array array;

	if (copy_from_user(&array, arg, sizeof(array)))
		return -EFAULT;
	if (copy_to_user(u64_to_user_ptr(array.address), from,
			 size * min(array.nr, nr)) ||
	    put_user(nr, &arg->nr))
		return -EFAULT;
	return 0;
}

static long hs_get_records(void __user *arg)
{
	struct host_state_record *records;
	long ret;
	u32 nr;

	records = hs_records(&nr);
	if (!records)
		return -ENOMEM;
	ret = hs_put_array(arg, records, nr, sizeof(*records));
	kvfree(records);
	return ret;
}

static long hs_get_hops(void __user *arg)
{
	const u32 *hops;
	u32 nr;

	hops = hs_guard_hops(&nr);
	return hs_put_array(arg, hops, nr, sizeof(*hops));
}

static long hs_get_tables(void __user *arg)
{
	struct host_state_tables *tables;
	long ret;
	int cpu;

	tables = kvcalloc(nr_cpu_ids, sizeof(*tables), GFP_KERNEL);
	if (!tables)
		return -ENOMEM;
	for_each_possible_cpu(cpu) {
		tables[cpu].tss =
			(unsigned long)&get_cpu_entry_area(cpu)->tss.x86_tss;
		tables[cpu].direct_map_tss =
			(unsigned long)&per_cpu(cpu_tss_rw, cpu).x86_tss;
		tables[cpu].direct_map_gdt =
			(unsigned long)get_cpu_gdt_rw((unsigned int)cpu);
	}
	ret = hs_put_array(arg, tables, nr_cpu_ids, sizeof(*tables));
	kvfree(tables);
	return ret;
}

static long hs_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	void __user *argp = (void __user *)arg;
	struct host_state_guard_set set;
	u32 on;

	switch (cmd) {
	case HOST_STATE_GUARD_SET:
		if (copy_from_user(&set, argp, sizeof(set)))
			return -EFAULT;
		return hs_guard_set(file, &set);
	case HOST_STATE_USER_SET:
		if (get_user(on, (u32 __user *)argp))
			return -EFAULT;
		return hs_guard_user(file, on);
	case HOST_STATE_TR_GET:
		return hs_get_tr(argp);
	case HOST_STATE_GUARD_GET:
		return hs_get_guard(argp);
	case HOST_STATE_RECORDS_GET:
		return hs_get_records(argp);
	case HOST_STATE_HOPS_GET:
		return hs_get_hops(argp);
	case HOST_STATE_TABLES_GET:
		return hs_get_tables(argp);
	default:
		return -ENOTTY;
	}
}

/*
 * This tells where the kernel is, and writes MSRs in its name: the same right as for
 * the MSRs themselves.
 */
static int hs_open(struct inode *inode, struct file *file)
{
	int ret;

	if (!capable(CAP_SYS_ADMIN))
		return -EPERM;
	ret = security_locked_down(LOCKDOWN_MSR);
	if (ret)
		return ret;
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

/* By interrupt.  Not where a guest's MSRs wait for the next return to user mode. */
static void __init hs_try_constants(void *done)
{
	if (*(bool *)done) {
		hs_check_constants();
	} else if (!test_thread_flag(TIF_USER_RETURN_NOTIFY)) {
		hs_read_constants();
		*(bool *)done = true;
	}
}

static int __init hs_init(void)
{
	bool done = false;
	int cpu, ret;

	cpus_read_lock();
	for_each_online_cpu(cpu)
		smp_call_function_single(cpu, hs_try_constants, &done, 1);
	cpus_read_unlock();
	if (!done)
		return -EAGAIN;
	if (boot_cpu_has(X86_FEATURE_SVM))
		hs_vendor = &hs_svm;
	else if (boot_cpu_has(X86_FEATURE_VMX))
		hs_vendor = &hs_vmx;

	hs_look_init();
	ret = hs_svm_init();
	if (ret)
		return ret;
	ret = hs_records_init();
	if (ret)
		goto out_svm;
	ret = hs_control_init();
	if (ret)
		goto out_records;
	ret = misc_register(&hs_misc);
	if (ret)
		goto out_control;
	return 0;

out_control:
	hs_control_exit();
out_records:
	hs_records_free();
out_svm:
	hs_svm_exit();
	return ret;
}

static void __exit hs_exit(void)
{
	misc_deregister(&hs_misc);
	hs_control_exit();
	hs_guard_free();
	hs_records_free();
	hs_svm_exit();
}

module_init(hs_init);
module_exit(hs_exit);
MODULE_DESCRIPTION("Host state across KVM's VM entries and exits, for selftests");
MODULE_LICENSE("GPL");
