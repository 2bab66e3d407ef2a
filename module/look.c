// SPDX-License-Identifier: GPL-2.0-only
/*
 * Looks at other places than a VM entry and its exit: while KVM handles an exit,
 * when KVM_RUN ends, and at the return to user mode.
 *
 * XCR0 and what user mode alone needs may be the guest's at kvm_exit, in newer
 * kernels.  But no kernel handles an exit with the guest's XCR0, for an interrupt
 * that came then would save and load FPU state with it; and none returns to user
 * mode with the guest's MSRs.
 */
#include <linux/cpu.h>
#include <linux/irq_work.h>
#include <linux/kvm.h>
#include <linux/percpu.h>
#include <linux/smp.h>
#include <linux/string.h>
#include <linux/user-return-notifier.h>

#include "kvm_host_state.h"

/* An interrupt to itself takes a CPU no more than a few instructions. */
#define PATIENCE	10000000UL

struct look_cpu {
	struct user_return_notifier urn;
	bool registered;
	u64 handled;
	u64 user;
	struct irq_work work;
	bool worked;
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
	/* The rest of what user mode needs may still be the guest's. */
	hs_read_handling(&l->held);
	hs_want_user(&l->want);
	hs_guard_look(HOST_STATE_AT_HANDLING, &l->held, &l->want);
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

/* Probe on kvm_userspace_exit, after an entry that the CPU refused. */
static void look_userspace_exit(void *data, __u32 reason, int error)
{
	unsigned long flags;
	struct look_cpu *l;

	if (reason != KVM_EXIT_FAIL_ENTRY || hs_vendor != &hs_svm || irqs_disabled() ||
	    !hs_guard_concerns())
		return;
	preempt_disable();
	local_irq_save(flags);
	l = begin_look();
	local_irq_restore(flags);
	hs_put(&l->held, HS_GIF, interrupt_comes());
	hs_put(&l->want, HS_GIF, 1);
	local_irq_save(flags);
	hs_guard_look(HOST_STATE_AT_HANDLING, &l->held, &l->want);
	local_irq_restore(flags);
	preempt_enable();
}

void * const hs_look_handling = look_handling;
void * const hs_look_userspace_exit = look_userspace_exit;

/*
 * The last thing before user mode, with interrupts off.  KVM's own notifier was
 * registered later, each time, and so it has run before.
 */
static void look_user(struct user_return_notifier *urn)
{
	unsigned long flags;
	struct look_cpu *l;

	local_irq_save(flags);
	l = begin_look();
	hs_read_user(&l->held);
	hs_want_user(&l->want);
	hs_guard_look(HOST_STATE_AT_USER, &l->held, &l->want);
	l->user++;
	local_irq_restore(flags);
}

static void user_on(void *unused)
{
	struct look_cpu *l = this_cpu_ptr(&look_cpu);

	if (l->registered)
		return;
	l->urn.on_user_return = look_user;
	user_return_notifier_register(&l->urn);
	l->registered = true;
}

static void user_off(void *unused)
{
	struct look_cpu *l = this_cpu_ptr(&look_cpu);

	if (!l->registered)
		return;
	user_return_notifier_unregister(&l->urn);
	l->registered = false;
}

/**
 * hs_user_set - look at each return to user mode, or do not
 * @on: on the CPUs that are online now, or not any more
 */
void hs_user_set(bool on)
{
	struct look_cpu *l;
	int cpu;

	cpus_read_lock();
	on_each_cpu(on ? user_on : user_off, NULL, 1);
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

void hs_look_reset(void)
{
	struct look_cpu *l;
	int cpu;

	for_each_possible_cpu(cpu) {
		l = per_cpu_ptr(&look_cpu, cpu);
		l->handled = 0;
		l->user = 0;
		init_irq_work(&l->work, note_interrupt);
	}
}

void hs_look_get(struct host_state_guard *guard)
{
	const struct look_cpu *l;
	int cpu;

	for_each_possible_cpu(cpu) {
		l = per_cpu_ptr(&look_cpu, cpu);
		guard->handled += READ_ONCE(l->handled);
		guard->user += READ_ONCE(l->user);
	}
}
