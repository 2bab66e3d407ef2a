// SPDX-License-Identifier: GPL-2.0-only
/*
 * For an emulator on which a guest can keep all interrupts from a CPU: each CPU watches
 * the next one, and where that gives no sign of life sends it an NMI, which ends the
 * guest.  Then it takes the interrupts that wait.
 *
 * By a timer's softirq: the CPU that watches may wait for that very CPU, with preemption
 * off (smp_call_function_many()), so that no thread could do it.
 */
#include <linux/cpuhotplug.h>
#include <linux/cpumask.h>
#include <linux/module.h>
#include <linux/percpu.h>
#include <linux/timer.h>
#include <asm/apic.h>
#include <asm/nmi.h>

#define BEAT		(HZ / 4)
#define QUIET_BEATS	4		/* one second without a sign of life */

struct watcher {
	struct timer_list timer;
	bool started;
	unsigned int cpu;
	unsigned int beats;
	unsigned int next_beats;	/* of the next CPU, when it was looked at last */
	unsigned int quiet;
	bool nudged;
};

static DEFINE_PER_CPU(struct watcher, watchers);

static unsigned int next_online(unsigned int cpu)
{
	unsigned int next = cpumask_next((int)cpu, cpu_online_mask);

	return next < nr_cpu_ids ? next : cpumask_first(cpu_online_mask);
}

static void beat(struct timer_list *timer)
{
	struct watcher *w = container_of(timer, struct watcher, timer);
	unsigned int cpu = next_online(w->cpu);
	struct watcher *next = per_cpu_ptr(&watchers, cpu);

	WRITE_ONCE(w->beats, w->beats + 1);
	if (READ_ONCE(next->beats) != w->next_beats) {
		w->next_beats = READ_ONCE(next->beats);
		w->quiet = 0;
	} else if (++w->quiet == QUIET_BEATS) {
		w->quiet = 0;
		pr_warn("nudge: CPU %u gives no sign of life: an NMI\n", cpu);
		WRITE_ONCE(next->nudged, true);
		apic->send_IPI_mask(cpumask_of(cpu), NMI_VECTOR);
	}
	timer->expires = jiffies + BEAT;
	add_timer_on(timer, cpu_online(w->cpu) ? (int)w->cpu : smp_processor_id());
}

static int take_nmi(unsigned int type, struct pt_regs *regs)
{
	struct watcher *w = this_cpu_ptr(&watchers);

	return xchg(&w->nudged, false) ? NMI_HANDLED : NMI_DONE;
}

/* Of a CPU that goes offline the timer goes on elsewhere, until that is back. */
static int start(unsigned int cpu)
{
	struct watcher *w = per_cpu_ptr(&watchers, cpu);

	if (w->started)
		return 0;
	w->started = true;
	w->cpu = cpu;
	timer_setup(&w->timer, beat, TIMER_PINNED);
	w->timer.expires = jiffies + BEAT;
	add_timer_on(&w->timer, (int)cpu);
	return 0;
}

static int __init nudge_init(void)
{
	int err = register_nmi_handler(NMI_LOCAL, take_nmi, 0, "nudge");

	if (!err)
		err = cpuhp_setup_state(CPUHP_AP_ONLINE_DYN, "nudge", start, NULL);
	return err < 0 ? err : 0;
}
module_init(nudge_init);

MODULE_DESCRIPTION("NMIs for CPUs that a guest keeps from all interrupts");
MODULE_LICENSE("GPL");
