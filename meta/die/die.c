// SPDX-License-Identifier: GPL-2.0-only
/*
 * Makes a host die, in one of the ways that the lab must tell apart:
 * `insmod die.ko how=oops`.  For VMs that are made for it, and nothing else.
 */
#include <linux/cpu.h>
#include <linux/delay.h>
#include <linux/kdebug.h>
#include <linux/kthread.h>
#include <linux/module.h>
#include <linux/smp.h>

#include <asm/desc.h>

static char *how = "";
module_param(how, charp, 0);
MODULE_PARM_DESC(how, "oops, panic, warn, zombie, lockup, hang or triple");

static void spin(void *unused)
{
	local_irq_disable();
	for (;;)
		cpu_relax();
}

static int spin_thread(void *unused)
{
	spin(NULL);
	return 0;
}

/* The CPU that oopses never comes back: it is what the others then wait for. */
static int stay_dead(struct notifier_block *nb, unsigned long action, void *data)
{
	if (action == DIE_OOPS)
		spin(NULL);
	return NOTIFY_DONE;
}

static struct notifier_block dead = { .notifier_call = stay_dead };

static void oops(void)
{
	WRITE_ONCE(*(int *)8, 1);
}

static int zombie_thread(void *unused)
{
	local_irq_disable();
	oops();
	return 0;
}

static void nothing(void *unused)
{
}

static void zombie(void)
{
	struct task_struct *task;

	register_die_notifier(&dead);
	task = kthread_create(zombie_thread, NULL, "die");
	if (IS_ERR(task))
		return;
	kthread_bind(task, cpumask_last(cpu_online_mask));
	wake_up_process(task);
	msleep(1000);
	/* The wait for the acknowledgements that never come. */
	on_each_cpu(nothing, NULL, 1);
}

static void hang(void)
{
	smp_call_function(spin, NULL, 0);
	spin(NULL);
}

static void lockup(void)
{
	struct task_struct *task = kthread_create(spin_thread, NULL, "die");

	if (IS_ERR(task))
		return;
	kthread_bind(task, cpumask_last(cpu_online_mask));
	wake_up_process(task);
	msleep(1000);
	synchronize_rcu();
}

static void triple(void)
{
	static const struct desc_ptr none;

	local_irq_disable();
	load_idt(&none);
	asm volatile("int3");
}

static int __init die_init(void)
{
	if (!strcmp(how, "oops"))
		oops();
	else if (!strcmp(how, "panic"))
		panic("as asked for");
	else if (!strcmp(how, "warn"))
		WARN(1, "as asked for\n");
	else if (!strcmp(how, "zombie"))
		zombie();
	else if (!strcmp(how, "lockup"))
		lockup();
	else if (!strcmp(how, "hang"))
		hang();
	else if (!strcmp(how, "triple"))
		triple();
	else
		return -EINVAL;
	return 0;
}
module_init(die_init);

static void __exit die_exit(void)
{
}
module_exit(die_exit);

MODULE_DESCRIPTION("Makes a host die, to test the triage");
MODULE_LICENSE("GPL");
