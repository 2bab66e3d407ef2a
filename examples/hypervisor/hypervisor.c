// SPDX-License-Identifier: GPL-2.0-only
/*
 * A small type-2 hypervisor for VMX, as an example for the host-state guard: a
 * device, whose every open file is a virtual machine with one virtual CPU, and a
 * thread that runs it on whichever CPU the scheduler puts it.
 */
#include <linux/cpumask.h>
#include <linux/fs.h>
#include <linux/gfp.h>
#include <linux/io.h>
#include <linux/miscdevice.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/percpu.h>
#include <linux/preempt.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/uaccess.h>
#include <asm/cpufeature.h>
#include <asm/pgtable_types.h>

#include "vm.h"

static DEFINE_PER_CPU(void *, vmxon_area);
static atomic_t failed;

/* inc %rax; vmcall; jmp to the start: the guest's whole program. */
static const u8 guest_code[] = { 0x48, 0xff, 0xc0, 0x0f, 0x01, 0xc1, 0xeb, 0xf8 };

/* Four levels of page tables that map one page, at 0x1000. */
static int make_guest(struct vm *vm)
{
	static const unsigned int index[] = { 0, 0, 0, 1 };
	unsigned int i;
	u64 *table;

	for (i = 0; i < ARRAY_SIZE(vm->pages); i++) {
		vm->pages[i] = get_zeroed_page(GFP_KERNEL);
		if (!vm->pages[i])
			return -ENOMEM;
	}
	for (i = 0; i < ARRAY_SIZE(index); i++) {
		table = (u64 *)vm->pages[i];
		table[index[i]] = virt_to_phys((void *)vm->pages[i + 1]) | _PAGE_PRESENT | _PAGE_RW;
	}
	memcpy((void *)vm->pages[4], guest_code, sizeof(guest_code));
	return 0;
}

static void free_vm(struct vm *vm)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(vm->pages); i++)
		free_page(vm->pages[i]);
	free_page((unsigned long)vm->vmcs);
	kfree(vm);
}

static int hv_open(struct inode *inode, struct file *file)
{
	struct vm *vm = kzalloc(sizeof(*vm), GFP_KERNEL);
	int ret = -ENOMEM;

	if (!vm)
		return ret;
	mutex_init(&vm->lock);
	vm->cpu = -1;
	vm->last_cpu = -1;
	vm->vmcs = (void *)get_zeroed_page(GFP_KERNEL);
	if (vm->vmcs)
		ret = make_guest(vm);
	if (!ret)
		ret = vmcs_setup(vm);
	if (ret) {
		free_vm(vm);
		return ret;
	}
	file->private_data = vm;
	return nonseekable_open(inode, file);
}

static int hv_release(struct inode *inode, struct file *file)
{
	free_vm(file->private_data);
	return 0;
}

/* The thread loses its CPU, maybe for another: its VMCS leaves this one. */
static void sched_out(struct preempt_notifier *notifier, struct task_struct *next)
{
	struct vm *vm = container_of(notifier, struct vm, notifier);

	if (vm->cpu >= 0)
		vmcs_clear(vm);
}

static void sched_in(struct preempt_notifier *notifier, int cpu)
{
	struct vm *vm = container_of(notifier, struct vm, notifier);

	if (vmcs_load(vm))
		pr_err_ratelimited("hypervisor_example: VMPTRLD failed on cpu %d\n", cpu);
}

static struct preempt_ops preempt_ops = {
	.sched_in = sched_in,
	.sched_out = sched_out,
};

static int run(struct vm *vm, u64 calls)
{
	u64 end = vm->count.calls + calls;
	int ret;

	preempt_notifier_inc();
	preempt_disable();
	preempt_notifier_init(&vm->notifier, &preempt_ops);
	preempt_notifier_register(&vm->notifier);
	ret = vmcs_load(vm);
	preempt_enable();
	while (!ret && vm->count.calls < end) {
		preempt_disable();
		ret = vmcs_run_once(vm);
		preempt_enable();
		cond_resched();
		if (!ret && signal_pending(current))
			ret = -EINTR;
	}
	preempt_disable();
	preempt_notifier_unregister(&vm->notifier);
	if (vm->cpu >= 0)
		vmcs_clear(vm);
	preempt_enable();
	preempt_notifier_dec();
	return ret;
}

static long hv_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	struct vm *vm = file->private_data;
	struct hv_run request;
	int ret;

	if (cmd != HV_RUN)
		return -ENOTTY;
	if (copy_from_user(&request, (void __user *)arg, sizeof(request)))
		return -EFAULT;
	if (mutex_lock_interruptible(&vm->lock))
		return -EINTR;
	ret = run(vm, request.calls);
	request = vm->count;
	mutex_unlock(&vm->lock);
	return copy_to_user((void __user *)arg, &request, sizeof(request)) ? -EFAULT : ret;
}

static const struct file_operations hv_fops = {
	.owner = THIS_MODULE,
	.open = hv_open,
	.release = hv_release,
	.unlocked_ioctl = hv_ioctl,
};

static struct miscdevice hv_misc = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "hypervisor_example",
	.fops = &hv_fops,
	.mode = 0600,
};

static void cpu_on(void *unused)
{
	int ret = vmx_on(this_cpu_read(vmxon_area));

	if (ret)
		atomic_set(&failed, ret);
}

static void cpu_off(void *unused)
{
	vmx_off();
}

static void free_areas(void)
{
	int cpu;

	for_each_possible_cpu(cpu)
		free_page((unsigned long)per_cpu(vmxon_area, cpu));
}

static int __init hv_init(void)
{
	int cpu, ret;

	if (!boot_cpu_has(X86_FEATURE_VMX))
		return -ENODEV;
	for_each_possible_cpu(cpu) {
		per_cpu(vmxon_area, cpu) = (void *)get_zeroed_page(GFP_KERNEL);
		if (!per_cpu(vmxon_area, cpu)) {
			free_areas();
			return -ENOMEM;
		}
	}
	/* CPUs that come and go are beyond this example: cpuhp_setup_state(). */
	on_each_cpu(cpu_on, NULL, 1);
	ret = atomic_read(&failed);
	if (!ret)
		ret = misc_register(&hv_misc);
	if (ret) {
		if (!atomic_read(&failed))
			on_each_cpu(cpu_off, NULL, 1);
		free_areas();
	}
	return ret;
}

static void __exit hv_exit(void)
{
	misc_deregister(&hv_misc);
	on_each_cpu(cpu_off, NULL, 1);
	free_areas();
}

module_init(hv_init);
module_exit(hv_exit);
MODULE_DESCRIPTION("A small type-2 hypervisor for VMX, guarded");
MODULE_LICENSE("GPL");
