// SPDX-License-Identifier: GPL-2.0-only
/*
 * The entry guard: at each VM entry and exit it compares, on the CPU in question,
 * what the exit will load with what it has to, and what it left in the CPU with
 * what was there before.
 *
 * It knows nothing of KVM: a client (kvm.c) calls hs_guard_enter() right before an
 * entry and hs_guard_leave() right after the exit, on the same CPU.  Interrupts
 * are off in both and in between, so that each CPU's struct guard_cpu is its own,
 * and nothing here needs a lock, an atomic or an allocation.
 */
#include <linux/mm.h>
#include <linux/overflow.h>
#include <linux/percpu.h>
#include <linux/sched.h>
#include <linux/string.h>
#include <linux/topology.h>
#include <linux/vmalloc.h>

#include "kvm_host_state.h"

#define NR_WHERE	(HOST_STATE_AT_USER + 1)

struct guard_cpu {
	u64 entries;
	u64 exits;
	u64 exits_irqs_on;
	u64 exits_missed;
	u64 refused;
	u64 unread;
	u64 others;
	u64 wrong;
	u64 lost;
	u64 hops;
	u64 cross_node;
	u64 nested;
	u64 entry_fields[HOST_STATE_MASK_WORDS];
	u64 exit_fields[HOST_STATE_MASK_WORDS];
	bool is_inside;			/* entered here, exit not seen yet */
	int hop_from;			/* by that entry; -1: it is no hop */
	struct hs_entry inside;		/* that entry, or the last one */
	pid_t pid;			/* whose it was, and */
	unsigned long switches;		/* how often it had lost a CPU by then */
	struct hs_values want;		/* what that exit must leave behind */
	struct hs_values held;		/* scratch: too big for the stack */
	struct hs_values loads;
	u16 slot[NR_WHERE][HS_NR_FIELDS]; /* of the record, or HS_NO_SLOT */
};

static DEFINE_PER_CPU(struct guard_cpu, guard_cpu);

/* hops[from * nr_cpu_ids + cpu] is written by cpu alone. */
static u32 *hops;

/* Written while nobody calls; but for blind, which only ever goes up. */
static bool guard_repairs;
static u32 guard_whom;
static pid_t guard_tgid;
static u32 blind;

/*
 * Whether kvm_exit comes with interrupts off, right after the exit: not on SVM
 * before 6.2, where it comes when this may even be another CPU.
 */
static bool exits_are_certain(void)
{
#ifdef SVM_EXIT_IS_TRACED_LATE
	return hs_vendor != &hs_svm;
#else
	return true;
#endif
}

static void record(struct guard_cpu *g, const struct hs_entry *e,
		   unsigned int where, unsigned int field, u64 got, u64 want)
{
	u16 *slot = &g->slot[where][field];
	struct host_state_record *r;

	g->wrong++;
	if (*slot && *slot != HS_NO_SLOT) {
		hs_record_again(*slot);
		return;
	}
	r = *slot ? NULL : hs_record_new(slot);
	if (!r) {
		g->lost++;
		return;
	}
	r->field = field;
	r->where = where;
	r->from_cpu = e->from;
	r->vcpu_id = e->vcpu_id;
	r->got = got;
	r->want = want;
	hs_record_done(*slot);
}

static void record_all(struct guard_cpu *g, const struct hs_entry *e,
		       unsigned int where, const struct hs_values *got,
		       const struct hs_values *want, hs_fields fields)
{
	unsigned int f;

	for_each_hs_field(f, fields)
		record(g, e, where, f, got->value[f], want->value[f]);
}

/* Returns those of @fields where @got is not what @want says. */
static hs_fields compare(struct guard_cpu *g, const struct hs_entry *e,
			 unsigned int where, const struct hs_values *got,
			 const struct hs_values *want, hs_fields fields)
{
	hs_fields wrong;

	hs_add_mask(where == HOST_STATE_AT_EXIT ? g->exit_fields : g->entry_fields,
		    hs_both(got, want, fields));
	if (likely(!hs_vendor->may_differ(where, got, want)))
		return 0;
	wrong = hs_differ(got, want, fields);
	if (wrong)
		record_all(g, e, where, got, want, wrong);
	return wrong;
}

/* Whether the running task's VMs are those that the guard was set for. */
bool hs_guard_concerns(void)
{
	const struct task_struct *task;
	bool watched = false;

	if (likely(current->tgid == guard_tgid) || guard_whom == HOST_STATE_EVERYBODY)
		return true;
	if (guard_whom == HOST_STATE_THIS_PROCESS)
		return false;
	rcu_read_lock();
	for (task = current; task->pid > 1 && !watched;
	     task = rcu_dereference(task->real_parent))
		watched = task->tgid == guard_tgid;
	rcu_read_unlock();
	return watched;
}

/*
 * The CPU of the last entry is what the client says.  But KVM goes in again from
 * its fastpath before it notes the first entry: a thread that has not lost its
 * CPU since is where it was.
 */
static int hop_from(struct guard_cpu *g, const struct hs_entry *e)
{
	unsigned long switches = current->nvcsw + current->nivcsw;
	bool stayed = g->inside.vcpu == e->vcpu && g->pid == current->pid &&
		      g->switches == switches;

	g->pid = current->pid;
	g->switches = switches;
	if (stayed || e->from == raw_smp_processor_id() ||
	    (unsigned int)e->from >= nr_cpu_ids)
		return -1;
	return e->from;
}

static void count_hop(struct guard_cpu *g)
{
	int from = g->hop_from, cpu = raw_smp_processor_id();

	if (from < 0)
		return;
	g->hop_from = -1;
	g->hops++;
	if (cpu_to_node(from) != cpu_to_node(cpu))
		g->cross_node++;
	hops[(u32)from * nr_cpu_ids + (u32)cpu]++;
}

/* The guard cannot look, for a reason that will not go away. */
void hs_guard_blind(enum host_state_blind why)
{
	if (READ_ONCE(blind) < why)
		WRITE_ONCE(blind, why);
}

/* Whether the entries of the running task are the guard's business. */
bool hs_guard_watches(void)
{
	if (likely(hs_guard_concerns()))
		return true;
	this_cpu_ptr(&guard_cpu)->others++;
	this_cpu_ptr(&guard_cpu)->is_inside = false;
	return false;
}

/**
 * hs_guard_enter - to be called right before a VM entry, with interrupts off
 * @e: the entry
 *
 * Return: how many values were wrong.
 */
unsigned int hs_guard_enter(const struct hs_entry *e)
{
	struct guard_cpu *g = this_cpu_ptr(&guard_cpu);
	hs_fields wrong, fields = hs_vendor->rules.entry;
	u64 before = g->wrong;

	if (g->is_inside && exits_are_certain())
		g->exits_missed++;
	g->is_inside = false;
	hs_clear(&g->held);
	hs_clear(&g->loads);
	hs_clear(&g->want);
	hs_vendor->guard_held(&g->held);
	hs_vendor->want(&g->held, &g->want);
	if (e->not_kvm)
		hs_vendor->habits(&g->held, &g->want, &fields);
	if (e->breakpoints_off)
		hs_want_no_breakpoint(&g->want);
	wrong = compare(g, e, HOST_STATE_AT_READ, &g->held, &g->want,
			hs_vendor->rules.held & ~hs_not_held);
	if (wrong && guard_repairs)
		hs_repair_cpu(wrong, &g->want);

	if (fields && !hs_vendor->guard_loads(&g->held, &g->loads)) {
		g->unread++;
		return (unsigned int)(g->wrong - before);
	}
	if (e->not_kvm && hs_vendor->guard_late)
		hs_vendor->guard_late(&g->loads);
	wrong = compare(g, e, HOST_STATE_AT_ENTRY, &g->loads, &g->want, fields);
	if (wrong && guard_repairs)
		hs_vendor->repair_loads(wrong, &g->want);

	g->hop_from = hop_from(g, e);
	g->inside = *e;
	g->is_inside = true;
	g->entries++;
	if (e->nested)
		g->nested++;
	if (!exits_are_certain())
		count_hop(g);
	return (unsigned int)(g->wrong - before);
}

/* After an exit: what the CPU holds, and what is only known by now. */
static void look_back(struct guard_cpu *g, bool irqs_on)
{
	const struct hs_entry *e = &g->inside;
	hs_fields wrong;

	hs_clear(&g->held);
	hs_vendor->guard_held(&g->held);
	hs_put(&g->held, HS_RFLAGS_IF, irqs_on);
	hs_put(&g->want, HS_RFLAGS_IF, 0);
	wrong = compare(g, e, HOST_STATE_AT_EXIT, &g->held, &g->want,
			hs_vendor->rules.exit);
	if (wrong && guard_repairs)
		hs_repair_cpu(wrong, &g->want);

	if (!hs_vendor->guard_late)
		return;
	hs_clear(&g->loads);
	hs_vendor->guard_late(&g->loads);
	wrong = compare(g, e, HOST_STATE_AT_ENTRY, &g->loads, &g->want,
			hs_vendor->rules.entry);
	if (wrong && guard_repairs)
		hs_vendor->repair_loads(wrong, &g->want);
}

/**
 * hs_guard_leave - to be called right after a VM exit
 * @vcpu: as in struct hs_entry
 *
 * Interrupts must be off still.  Where they are on, that is a finding: what
 * follows an exit relies on them being off.
 * Return: how many values were wrong.
 */
unsigned int hs_guard_leave(const void *vcpu)
{
	bool irqs_on = !irqs_disabled();
	unsigned int nr_wrong = 0;
	struct guard_cpu *g;
	unsigned long flags;
	u64 before;

	if (irqs_on && !exits_are_certain())
		return 0;
	local_irq_save(flags);
	g = this_cpu_ptr(&guard_cpu);
	if (g->is_inside && g->inside.vcpu == vcpu) {
		g->is_inside = false;
		g->exits++;
		before = g->wrong;
		if (irqs_on)
			g->exits_irqs_on++;
		look_back(g, irqs_on);
		if (hs_vendor->refused && g->hop_from >= 0 && hs_vendor->refused())
			g->refused++;
		else
			count_hop(g);
		nr_wrong = (unsigned int)(g->wrong - before);
	}
	local_irq_restore(flags);
	return nr_wrong;
}

/**
 * hs_guard_look - compare what the CPU holds at another place
 * @where: enum host_state_where
 * @held: what it holds
 * @want: what it must hold
 *
 * To be called with interrupts off, and not between an entry and its exit.  Not
 * without VMX or SVM: then there is no guard.
 * Return: whether something was wrong, and was put right.
 */
bool hs_guard_look(unsigned int where, const struct hs_values *held,
		   const struct hs_values *want)
{
	const struct hs_entry e = { .vcpu_id = -1, .from = -1 };
	hs_fields wrong;

	wrong = compare(this_cpu_ptr(&guard_cpu), &e, where, held, want,
			where == HOST_STATE_AT_USER ? hs_vendor->rules.user :
						      hs_vendor->rules.handled);
	if (!wrong || !guard_repairs)
		return false;
	hs_repair_cpu(wrong, want);
	return true;
}

/**
 * hs_guard_reset - clear all counts
 * @set: what the probes shall do from now on
 *
 * To be called while no probe runs, by the process that sets the guard.
 * Return: 0 or -ENOMEM.
 */
int hs_guard_reset(const struct host_state_guard_set *set)
{
	size_t size = array3_size(nr_cpu_ids, nr_cpu_ids, sizeof(*hops));
	int cpu;

	if (!hops)
		hops = vzalloc(size);
	if (!hops)
		return -ENOMEM;
	memset(hops, 0, size);
	hs_look_reset();
	for_each_possible_cpu(cpu)
		memset(per_cpu_ptr(&guard_cpu, cpu), 0, sizeof(struct guard_cpu));
	hs_records_clear(set->mode == HOST_STATE_GUARD_REPAIR);
	blind = HOST_STATE_NOT_BLIND;
	guard_repairs = set->mode == HOST_STATE_GUARD_REPAIR;
	guard_whom = set->whom;
	guard_tgid = current->tgid;
	return 0;
}

/**
 * hs_guard_get - what the probes found since the last reset
 * @guard: all zero; gets everything but the mode and its error
 */
void hs_guard_get(struct host_state_guard *guard)
{
	const struct guard_cpu *g;
	unsigned int i;
	int cpu;

	guard->whom = guard_whom;
	guard->blind = READ_ONCE(blind);
	guard->exits_are_certain = exits_are_certain();
	hs_look_get(guard);
	for_each_possible_cpu(cpu) {
		g = per_cpu_ptr(&guard_cpu, cpu);
		guard->entries += READ_ONCE(g->entries);
		guard->exits += READ_ONCE(g->exits);
		guard->exits_irqs_on += READ_ONCE(g->exits_irqs_on);
		guard->exits_missed += READ_ONCE(g->exits_missed);
		guard->refused += READ_ONCE(g->refused);
		guard->unread += READ_ONCE(g->unread);
		guard->others += READ_ONCE(g->others);
		guard->wrong += READ_ONCE(g->wrong);
		guard->lost += READ_ONCE(g->lost);
		guard->hops += READ_ONCE(g->hops);
		guard->cross_node += READ_ONCE(g->cross_node);
		guard->nested += READ_ONCE(g->nested);
		for (i = 0; i < HOST_STATE_MASK_WORDS; i++) {
			guard->entry_fields[i] |= READ_ONCE(g->entry_fields[i]);
			guard->exit_fields[i] |= READ_ONCE(g->exit_fields[i]);
		}
	}
}

u64 hs_guard_wrong(void)
{
	u64 wrong = 0;
	int cpu;

	for_each_possible_cpu(cpu)
		wrong += READ_ONCE(per_cpu_ptr(&guard_cpu, cpu)->wrong);
	return wrong;
}

/* The matrix of hops, @nr elements of it; empty before the first reset. */
const u32 *hs_guard_hops(u32 *nr)
{
	*nr = hops ? nr_cpu_ids * nr_cpu_ids : 0;
	return hops;
}

void hs_guard_free(void)
{
	vfree(hops);
}
