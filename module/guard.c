// SPDX-License-Identifier: GPL-2.0-only
/*
 * The entry guard: probes on kvm_entry and kvm_exit that compare, on the CPU in
 * question, what the VM exit will load with what it has to, and what it left in
 * the CPU with what was there before.
 *
 * Both tracepoints stand in vmx_vcpu_run() and svm_vcpu_run(), where interrupts
 * are off from one to the other: a probe owns its CPU's struct guard_cpu, and
 * nothing here needs a lock, an atomic or an allocation.
 *
 * The tracepoints' arguments have grown over the years; the vCPU comes first in
 * all of them, and the rest is ignored.  Only a kernel with CFI compares the
 * whole prototype, where a tracepoint has a second probe, and traps.
 */
#include <linux/atomic.h>
#include <linux/ktime.h>
#include <linux/kvm_host.h>
#include <linux/limits.h>
#include <linux/mm.h>
#include <linux/overflow.h>
#include <linux/percpu.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/topology.h>
#include <linux/vmalloc.h>

#include "kvm_host_state.h"

#define NR_WHERE	(HOST_STATE_AT_READ + 1)
#define NO_SLOT		U16_MAX
#define MIN_RECORDS	64	/* a CPU brings four more */

struct guard_cpu {
	u64 entries;
	u64 exits;
	u64 others;
	u64 wrong;
	u64 lost;
	u64 hops;
	u64 cross_node;
	u64 nested;
	u64 entry_fields[HOST_STATE_MASK_WORDS];
	u64 exit_fields[HOST_STATE_MASK_WORDS];
	const struct kvm_vcpu *inside;	/* entered here, exit not seen yet */
	struct hs_values want;		/* what that exit must leave behind */
	struct hs_values held;		/* scratch: too big for the stack */
	struct hs_values loads;
	u16 slot[NR_WHERE][HS_NR_FIELDS]; /* 1 + index into records, or NO_SLOT */
};

static DEFINE_PER_CPU(struct guard_cpu, guard_cpu);

/* Records are claimed by any CPU and then written by that one alone. */
static struct host_state_record *records;
static u8 *record_ready;
static int max_records;
static atomic_t nr_claimed;

/* hops[from * nr_cpu_ids + cpu] is written by cpu alone. */
static u32 *hops;

/* Written while no probe runs. */
static bool guard_repairs;
static u32 guard_whom;
static pid_t guard_tgid;

static struct host_state_record *new_record(u16 *slot)
{
	int i = atomic_fetch_add_unless(&nr_claimed, 1, max_records);

	*slot = i < max_records ? (u16)(i + 1) : NO_SLOT;
	return i < max_records ? &records[i] : NULL;
}

static void record(struct guard_cpu *g, const struct kvm_vcpu *vcpu,
		   unsigned int where, unsigned int field, u64 got, u64 want)
{
	u16 *slot = &g->slot[where][field];
	struct host_state_record *r;

	g->wrong++;
	if (*slot && *slot != NO_SLOT) {
		r = &records[*slot - 1];
		WRITE_ONCE(r->count, r->count + 1);
		return;
	}
	r = *slot ? NULL : new_record(slot);
	if (!r) {
		g->lost++;
		return;
	}
	r->field = field;
	r->where = where;
	r->cpu = (u32)raw_smp_processor_id();
	r->from_cpu = vcpu->arch.last_vmentry_cpu;
	r->tgid = current->tgid;
	r->vcpu_id = vcpu->vcpu_id;
	r->got = got;
	r->want = want;
	r->count = 1;
	r->first_ns = ktime_get_ns();
	strscpy(r->comm, current->comm, sizeof(r->comm));
	/* Pairs with hs_guard_records(): the record first, then the flag. */
	smp_store_release(&record_ready[*slot - 1], 1);
}

static void record_all(struct guard_cpu *g, const struct kvm_vcpu *vcpu,
		       unsigned int where, const struct hs_values *got,
		       const struct hs_values *want, hs_fields fields)
{
	unsigned int f;

	for_each_hs_field(f, fields)
		record(g, vcpu, where, f, got->value[f], want->value[f]);
}

/* Returns those of @fields where @got is not what @want says. */
static hs_fields compare(struct guard_cpu *g, const struct kvm_vcpu *vcpu,
			 unsigned int where, const struct hs_values *got,
			 const struct hs_values *want, hs_fields fields)
{
	hs_fields wrong = 0;
	unsigned int f;

	fields &= hs_get_mask(got->mask) & hs_get_mask(want->mask);
	hs_add_mask(where == HOST_STATE_AT_EXIT ? g->exit_fields : g->entry_fields,
		    fields);
	for_each_hs_field(f, fields)
		if (got->value[f] != want->value[f])
			wrong |= HS_FIELD(f);
	if (unlikely(wrong))
		record_all(g, vcpu, where, got, want, wrong);
	return wrong;
}

/* Whether the running task's VMs are those that the guard was set for. */
static bool is_watched(void)
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

static bool in_guest_mode(const struct kvm_vcpu *vcpu)
{
#ifdef HF_GUEST_MASK
	return vcpu->arch.hflags & HF_GUEST_MASK;
#else
	return false;
#endif
}

/* A TD's host state is the TDX module's; the current VMCS is some other vCPU's. */
static bool has_vmcs_or_vmcb(const struct kvm_vcpu *vcpu)
{
#ifdef KVM_X86_TDX_VM
	return vcpu->kvm->arch.vm_type != KVM_X86_TDX_VM;
#else
	return true;
#endif
}

/*
 * KVM itself keeps the CPU of the last entry: -1 in a new vCPU, set after each
 * exit.  A table of our own would mix up vCPUs that reuse freed memory.
 */
static void count_entry(struct guard_cpu *g, const struct kvm_vcpu *vcpu)
{
	int from = vcpu->arch.last_vmentry_cpu;
	int cpu = raw_smp_processor_id();

	g->entries++;
	if (in_guest_mode(vcpu))
		g->nested++;
	if (from < 0 || from == cpu || (u32)from >= nr_cpu_ids)
		return;
	g->hops++;
	if (cpu_to_node(from) != cpu_to_node(cpu))
		g->cross_node++;
	hops[(u32)from * nr_cpu_ids + (u32)cpu]++;
}

/* Probe on kvm_entry. */
#ifdef KVM_ENTRY_HAS_IMMEDIATE_EXIT
static void guard_entry(void *data, struct kvm_vcpu *vcpu, bool immediate_exit)
#else
static void guard_entry(void *data, struct kvm_vcpu *vcpu)
#endif
{
	struct guard_cpu *g;
	hs_fields wrong;

	if (!irqs_disabled())
		return;
	g = this_cpu_ptr(&guard_cpu);

	g->inside = NULL;
	if (!is_watched()) {
		g->others++;
		return;
	}
	if (!has_vmcs_or_vmcb(vcpu))
		return;
	hs_clear(&g->held);
	hs_clear(&g->loads);
	hs_clear(&g->want);
	hs_vendor->guard_held(&g->held);
	if (!hs_vendor->guard_loads(&g->held, &g->loads))
		return;
	hs_vendor->want(&g->held, &g->want);

	wrong = compare(g, vcpu, HOST_STATE_AT_ENTRY, &g->loads, &g->want, HS_ALL);
	if (wrong && guard_repairs)
		hs_vendor->repair_loads(wrong, &g->want);
	wrong = compare(g, vcpu, HOST_STATE_AT_READ, &g->held, &g->want,
			hs_vendor->held_now);
	if (wrong && guard_repairs)
		hs_repair_cpu(wrong, &g->want);

	g->inside = vcpu;
	count_entry(g, vcpu);
}

/* Probe on kvm_exit. */
static void guard_exit(void *data, struct kvm_vcpu *vcpu, u32 isa)
{
	struct guard_cpu *g;
	hs_fields wrong;

	/* Before 6.2, SVM traces the exit when this may be another CPU. */
	if (!irqs_disabled())
		return;
	g = this_cpu_ptr(&guard_cpu);
	if (g->inside != vcpu)
		return;
	g->inside = NULL;

	hs_clear(&g->held);
	hs_vendor->guard_held(&g->held);
	wrong = compare(g, vcpu, HOST_STATE_AT_EXIT, &g->held, &g->want, HS_ALL);
	if (wrong && guard_repairs)
		hs_repair_cpu(wrong, &g->want);

	if (hs_vendor->guard_late) {
		hs_clear(&g->loads);
		hs_vendor->guard_late(&g->loads);
		wrong = compare(g, vcpu, HOST_STATE_AT_ENTRY, &g->loads,
				&g->want, HS_ALL);
		if (wrong && guard_repairs)
			hs_vendor->repair_loads(wrong, &g->want);
	}
	g->exits++;
}

void * const hs_guard_entry = guard_entry, * const hs_guard_exit = guard_exit;

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
	for_each_possible_cpu(cpu)
		memset(per_cpu_ptr(&guard_cpu, cpu), 0, sizeof(struct guard_cpu));
	memset(record_ready, 0, (size_t)max_records);
	atomic_set(&nr_claimed, 0);
	guard_repairs = set->mode == HOST_STATE_GUARD_REPAIR;
	guard_whom = set->whom;
	guard_tgid = current->tgid;
	return 0;
}

/**
 * hs_guard_get - what the probes found since the last reset
 * @guard: all zero; gets everything but the mode
 */
void hs_guard_get(struct host_state_guard *guard)
{
	const struct guard_cpu *g;
	unsigned int i;
	int cpu;

	guard->whom = guard_whom;
	for_each_possible_cpu(cpu) {
		g = per_cpu_ptr(&guard_cpu, cpu);
		guard->entries += READ_ONCE(g->entries);
		guard->exits += READ_ONCE(g->exits);
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

/**
 * hs_guard_records - a copy of the records that there are
 * @nr: gets how many; the place of one does not change
 *
 * Return: the records, for kvfree(), or NULL.
 */
struct host_state_record *hs_guard_records(u32 *nr)
{
	int i, claimed = min(atomic_read(&nr_claimed), max_records);
	struct host_state_record *copy;

	*nr = (u32)claimed;
	copy = kvcalloc((size_t)max_records, sizeof(*copy), GFP_KERNEL);
	for (i = 0; copy && i < claimed; i++) {
		/* Pairs with record(): no half-written record. */
		if (smp_load_acquire(&record_ready[i]))
			copy[i] = records[i];
	}
	return copy;
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
	vfree(records);
	vfree(record_ready);
}

int hs_guard_init(void)
{
	max_records = (int)min(MIN_RECORDS + 4 * nr_cpu_ids, NO_SLOT - 1U);
	records = vzalloc(array_size((size_t)max_records, sizeof(*records)));
	record_ready = vzalloc((size_t)max_records);
	if (records && record_ready)
		return 0;
	hs_guard_free();
	return -ENOMEM;
}
