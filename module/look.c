// SPDX-License-Identifier: GPL-2.0-only
/*
 * Looks at other places than a VM entry and its exit: in the first interrupt after
 * an exit, while KVM handles it, when KVM_RUN ends, and at the return to user mode.
 *
 * XCR0, PKRU and what user mode alone needs may be the guest's at kvm_exit, in newer
 * kernels.  But no kernel takes an interrupt with the guest's XCR0, for that might
 * save and load FPU state with it, or with its PKRU (kvm_load_host_xsave_state, from
 * 7.3 on kvm_load_xfeatures and kvm_load_host_pkru), or without the host's breakpoints
 * (hw_breakpoint_restore): all of it comes before vcpu_enter_guest() lets interrupts
 * in.  And none returns to user mode with the guest's MSRs.
 */
#include <linux/cpu.h>
#include <linux/irq_work.h>
#include <linux/irqflags.h>
#include <linux/kvm.h>
#include <linux/percpu.h>
#include <linux/smp.h>
#include <linux/string.h>
#include <linux/thread_info.h>
#include <linux/user-return-notifier.h>
#include <linux/workqueue.h>
#include <asm/cpufeature.h>
#include <asm/processor-flags.h>
#include <asm/special_insns.h>

#include "kvm_host_state.h"

/* An interrupt to itself takes a CPU no more than a few instructions. */
#define PATIENCE	10000000UL

/*
 * An interrupt is asked for after the first exit, and then each time after so many.
 * It is a prime, so that of a guest whose exits come in turns each has one.  Once
 * something was wrong and was put right, it is asked for after each: what one exit
 * leaves behind may be the host's death if it stays.
 */
#define INTERRUPT_EVERY	7
static bool after_each;

struct look_cpu {
	struct user_return_notifier urn;
	bool registered;
	struct work_struct change;
	struct hlist_node **first;	/* where this CPU's list begins */
	u64 handled;
	u64 interrupts;
	u64 user;
	struct irq_work work;
	bool worked;
	struct irq_work after;		/* an exit */
	const struct task_struct *task;	/* whose, and */
	u32 pkru;			/* its own */
	unsigned int exits;
	struct hs_values held, want;	/* too big for the stack */
};

static DEFINE_PER_CPU(struct look_cpu, look_cpu);

static struct look_cpu *begin_look(void)
{
	struct look_cpu *l = this_cpu_ptr(&look_cpu);

	hs_clear(&l->held);
	hs_clear(&l->want);
	return l;
}

/* With interrupts off.  Returns whether what was wrong is right now. */
static bool look_handled(struct look_cpu *l)
{
	hs_want_handling(&l->want);
	return hs_guard_look(HOST_STATE_AT_HANDLING, &l->held, &l->want);
}

/* Interrupts are to be on: @flags is what they were before the caller disabled them. */
static void look_irqs_on(struct look_cpu *l, unsigned long flags)
{
	hs_put(&l->held, HS_RFLAGS_IF, !irqs_disabled_flags(flags));
	hs_put(&l->want, HS_RFLAGS_IF, 1);
}

static void after_exit(struct irq_work *work)
{
	struct look_cpu *l = begin_look();

	hs_read_handling(&l->held);
	/* On VMX the interrupt that ended the guest is served before KVM clears it. */
	hs_remove_mask(l->held.mask, HS_BIT(XFD_ERR));
	/*
	 * Where it comes late it may be another task's, or user mode's, which changes its
	 * PKRU; and breakpoints are off for a while (use_temporary_mm()).
	 */
	if (current != l->task) {
		hs_remove_mask(l->held.mask, HS_BIT(DR7));
	} else if (boot_cpu_has(X86_FEATURE_OSPKE)) {
		hs_put(&l->held, HS_PKRU, rdpkru());
		hs_put(&l->want, HS_PKRU, l->pkru);
	}
	if (look_handled(l))
		WRITE_ONCE(after_each, true);
	l->interrupts++;
}

/**
 * hs_look_after_exit - ask for an interrupt, which will look
 * @host_pkru: the running thread's own
 *
 * To be called after a VM exit, with interrupts off.  Should it come late, it looks
 * only at what holds everywhere.
 *
 * Not where KVM may enter again at once, on VMX.  There nobody would take the interrupt but the
 * next exit, which it would cause: the host's fastpath would be none any more.  And
 * Bochs 3.0 leaves an interrupt that waits at the entry until something else ends a
 * guest that has its own disabled.
 */
void hs_look_after_exit(u32 host_pkru)
{
	struct look_cpu *l = this_cpu_ptr(&look_cpu);

	l->task = current;
	l->pkru = host_pkru;
	if (hs_vendor->goes_in_again && hs_vendor->goes_in_again())
		return;
	if (l->exits++ % INTERRUPT_EVERY == 0 || READ_ONCE(after_each))
		irq_work_queue(&l->after);
}

/* Probe on kvm_pio: an exit by an I/O port, as all tests' guests do it. */
static void look_handling(void *data, unsigned int rw, unsigned int port,
			  unsigned int size, unsigned int count, const void *val)
{
	unsigned long flags;
	struct look_cpu *l;

	if (!hs_guard_concerns())
		return;
	local_irq_save(flags);
	l = begin_look();
	hs_read_handling(&l->held);
	look_irqs_on(l, flags);
	if (look_handled(l))
		flags |= X86_EFLAGS_IF;
	l->handled++;
	local_irq_restore(flags);
}

static void note_interrupt(struct irq_work *work)
{
	this_cpu_write(look_cpu.worked, true);
}

/*
 * Whether an interrupt comes: with GIF clear none does, whatever RFLAGS.IF says.
 * The interrupt of an irq_work is one to the CPU itself.
 */
static bool interrupt_comes(void)
{
	unsigned long i;

	this_cpu_write(look_cpu.worked, false);
	if (!irq_work_queue(this_cpu_ptr(&look_cpu.work)))
		return true;
	for (i = 0; i < PATIENCE && !this_cpu_read(look_cpu.worked); i++)
		cpu_relax();
	return this_cpu_read(look_cpu.worked);
}

/* Probe on kvm_userspace_exit, which every KVM_RUN ends with. */
static void look_userspace_exit(void *data, __u32 reason, int error)
{
	bool asked, came = false;
	unsigned long flags;
	struct look_cpu *l;

	if (!hs_guard_concerns())
		return;
	preempt_disable();
	this_cpu_write(look_cpu.task, NULL);
	/* After an entry that the CPU refused, or a shutdown, which leaves no VMCB to go by. */
	asked = (reason == KVM_EXIT_FAIL_ENTRY || reason == KVM_EXIT_SHUTDOWN) &&
		hs_vendor == &hs_svm && !irqs_disabled();
	if (asked)
		came = interrupt_comes();
	local_irq_save(flags);
	l = begin_look();
	look_irqs_on(l, flags);
	if (asked) {
		hs_put(&l->held, HS_GIF, came);
		hs_put(&l->want, HS_GIF, 1);
	}
	if (hs_guard_look(HOST_STATE_AT_HANDLING, &l->held, &l->want))
		flags |= X86_EFLAGS_IF;
	local_irq_restore(flags);
	preempt_enable();
}

void * const hs_look_handling = look_handling;
void * const hs_look_userspace_exit = look_userspace_exit;

/*
 * The last thing before user mode, with interrupts off.  Who registers first runs
 * last, and KVM's own notifier goes with each run and comes back in front: so it
 * has run by now.  But for one that was there before ours came, for a vCPU that
 * sleeps or was preempted inside KVM_RUN: then the guest's MSRs are still there.
 */
static void look_user(struct user_return_notifier *urn)
{
	unsigned long flags;
	struct look_cpu *l;

	if (urn->link.next)
		return;
	local_irq_save(flags);
	l = begin_look();
	hs_read_user(&l->held);
	hs_want_user(&l->want);
	hs_guard_look(HOST_STATE_AT_USER, &l->held, &l->want);
	l->user++;
	local_irq_restore(flags);
}

/**
 * hs_user_msrs_wait - whether MSRs that user mode needs wait for the way there
 *
 * Then this CPU may hold a guest's, of whichever vCPU thread was last scheduled out
 * inside KVM_RUN.  To be called with preemption off.
 */
bool hs_user_msrs_wait(void)
{
	const struct look_cpu *l = this_cpu_ptr(&look_cpu);

	if (!test_thread_flag(TIF_USER_RETURN_NOTIFY))
		return false;
	/* It is set for our own notifier too. */
	return !l->registered || l->urn.link.next || l->urn.link.pprev != l->first;
}

/*
 * KVM changes a CPU's list in a task with preemption off, and in an interrupt that
 * makes it leave a CPU: so this is no interrupt, and has them off.
 */
static void user_on(struct work_struct *unused)
{
	struct look_cpu *l;
	unsigned long flags;

	local_irq_save(flags);
	l = this_cpu_ptr(&look_cpu);
	l->exits = 0;
	if (!l->registered) {
		l->urn.on_user_return = look_user;
		user_return_notifier_register(&l->urn);
		l->first = l->urn.link.pprev;
		l->registered = true;
	}
	local_irq_restore(flags);
}

static void user_off(struct work_struct *unused)
{
	struct look_cpu *l;
	unsigned long flags;

	local_irq_save(flags);
	l = this_cpu_ptr(&look_cpu);
	if (l->registered) {
		user_return_notifier_unregister(&l->urn);
		l->registered = false;
	}
	local_irq_restore(flags);
}

/**
 * hs_user_set - look at each return to user mode, or do not
 * @on: on the CPUs that are online now, or not any more
 *
 * To be called where one may sleep.
 */
void hs_user_set(bool on)
{
	struct look_cpu *l;
	int cpu;

	cpus_read_lock();
	for_each_online_cpu(cpu) {
		l = per_cpu_ptr(&look_cpu, cpu);
		INIT_WORK(&l->change, on ? user_on : user_off);
		/* Where there is nothing to do nobody is to wait for a CPU. */
		if (on || l->registered)
			schedule_work_on(cpu, &l->change);
	}
	for_each_online_cpu(cpu)
		flush_work(&per_cpu_ptr(&look_cpu, cpu)->change);
	/* Nobody else looks at the list of a CPU that is offline. */
	for_each_possible_cpu(cpu) {
		l = per_cpu_ptr(&look_cpu, cpu);
		if (on || !l->registered)
			continue;
		hlist_del(&l->urn.link);
		l->registered = false;
	}
	cpus_read_unlock();
}

/* Wait for interrupts that were asked for: later the module's code may be gone. */
void hs_look_end(void)
{
	int cpu;

	for_each_possible_cpu(cpu) {
		irq_work_sync(per_cpu_ptr(&look_cpu.work, cpu));
		irq_work_sync(per_cpu_ptr(&look_cpu.after, cpu));
	}
}

void hs_look_init(void)
{
	struct look_cpu *l;
	int cpu;

	/* Real interrupts on PREEMPT_RT too, where others are a thread's. */
	for_each_possible_cpu(cpu) {
		l = per_cpu_ptr(&look_cpu, cpu);
		l->work = IRQ_WORK_INIT_HARD(note_interrupt);
		l->after = IRQ_WORK_INIT_HARD(after_exit);
	}
}

void hs_look_reset(void)
{
	struct look_cpu *l;
	int cpu;

	after_each = false;
	for_each_possible_cpu(cpu) {
		l = per_cpu_ptr(&look_cpu, cpu);
		l->exits = 0;
		l->handled = 0;
		l->interrupts = 0;
		l->user = 0;
	}
}

void hs_look_get(struct host_state_guard *guard)
{
	const struct look_cpu *l;
	int cpu;

	for_each_possible_cpu(cpu) {
		l = per_cpu_ptr(&look_cpu, cpu);
		guard->handled += READ_ONCE(l->handled);
		guard->interrupts += READ_ONCE(l->interrupts);
		guard->user += READ_ONCE(l->user);
	}
}
