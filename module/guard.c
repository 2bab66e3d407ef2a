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
#include <linux/percpu.h>
#include <linux/sched.h>
#include <linux/string.h>
#include <linux/topology.h>

#include "kvm_host_state.h"

#define NR_WHERE	(HOST_STATE_AT_READ + 1)
#define NO_SLOT		0xff

struct guard_cpu {
	u64 entries;
	u64 exits;
	u64 wrong;
	u64 hops;
	u64 cross_node;
	u64 nested;
	u64 entry_fields;
	u64 exit_fields;
	const struct kvm_vcpu *inside;	/* entered here, exit not seen yet */
	struct hs_values want;		/* what that exit must leave behind */
	struct hs_values held;		/* scratch: too big for the stack */
	struct hs_values loads;
	u8 slot[NR_WHERE][HS_NR_FIELDS]; /* 1 + index into records, or NO_SLOT */
};

static DEFINE_PER_CPU(struct guard_cpu, guard_cpu);

/* Records are claimed by any CPU and then written by that one alone. */
static struct host_state_record records[HOST_STATE_MAX_RECORDS];
static u8 record_ready[HOST_STATE_MAX_RECORDS];
static atomic_t nr_claimed;
static struct host_state_hops hops;	/* hops[][cpu] is written by cpu alone */

/* Written while no probe runs. */
static bool guard_repairs;
static pid_t guard_tgid;

static struct host_state_record *new_record(u8 *slot)
{
	int i = atomic_fetch_add_unless(&nr_claimed, 1, HOST_STATE_MAX_RECORDS);

	*slot = i < HOST_STATE_MAX_RECORDS ? (u8)(i + 1) : NO_SLOT;
	return i < HOST_STATE_MAX_RECORDS ? &records[i] : NULL;
}

static void record(struct guard_cpu *g, const struct kvm_vcpu *vcpu,
		   unsigned int where, unsigned int field, u64 got, u64 want)
{
	u8 *slot = &g->slot[where][field];
	struct host_state_record *r;

	g->wrong++;
	if (*slot == NO_SLOT)
		return;
	if (*slot) {
		r = &records[*slot - 1];
		WRITE_ONCE(r->count, r->count + 1);
		return;
	}
	r = new_record(slot);
	if (!r)
		return;
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
	/* Pairs with hs_guard_get(): the record first, then the flag. */
	smp_store_release(&record_ready[*slot - 1], 1);
}

static void record_all(struct guard_cpu *g, const struct kvm_vcpu *vcpu,
		       unsigned int where, const struct hs_values *got,
		       const struct hs_values *want, u64 fields)
{
	unsigned int f;

	for (; fields; fields &= fields - 1) {
		f = (unsigned int)__ffs64(fields);
		record(g, vcpu, where, f, got->value[f], want->value[f]);
	}
}

/* Returns the mask of those of @fields where @got is not what @want says. */
static u64 compare(struct guard_cpu *g, const struct kvm_vcpu *vcpu,
		   unsigned int where, const struct hs_values *got,
		   const struct hs_values *want, u64 fields)
{
	u64 wrong = 0;
	unsigned int f;

	fields &= got->mask & want->mask;
	if (where == HOST_STATE_AT_EXIT)
		g->exit_fields |= fields;
	else
		g->entry_fields |= fields;
	for (; fields; fields &= fields - 1) {
		f = (unsigned int)__ffs64(fields);
		if (got->value[f] != want->value[f])
			wrong |= BIT_ULL(f);
	}
	if (unlikely(wrong))
		record_all(g, vcpu, where, got, want, wrong);
	return wrong;
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
	if (from < 0 || from == cpu)
		return;
	g->hops++;
	if (cpu_to_node(from) != cpu_to_node(cpu))
		g->cross_node++;
	if (from < HOST_STATE_MAX_CPUS && cpu < HOST_STATE_MAX_CPUS)
		hops.hops[from][cpu]++;
}

/* Probe on kvm_entry. */
#ifdef KVM_ENTRY_HAS_IMMEDIATE_EXIT
static void guard_entry(void *data, struct kvm_vcpu *vcpu, bool immediate_exit)
#else
static void guard_entry(void *data, struct kvm_vcpu *vcpu)
#endif
{
	struct guard_cpu *g;
	u64 wrong;

	if (!irqs_disabled())
		return;
	g = this_cpu_ptr(&guard_cpu);

	g->inside = NULL;
	if (!has_vmcs_or_vmcb(vcpu))
		return;
	g->held.mask = 0;
	g->loads.mask = 0;
	g->want.mask = 0;
	hs_vendor->guard_held(&g->held);
	if (!hs_vendor->guard_loads(&g->held, &g->loads))
		return;
	hs_vendor->want(&g->held, &g->want);

	wrong = compare(g, vcpu, HOST_STATE_AT_ENTRY, &g->loads, &g->want, ~0ULL);
	if (wrong && guard_repairs)
		hs_vendor->repair_loads(wrong, &g->want);
	wrong = compare(g, vcpu, HOST_STATE_AT_READ, &g->held, &g->want,
			hs_vendor->held_now);
	if (wrong && guard_repairs)
		hs_repair_cpu(wrong, &g->want);

	g->inside = vcpu;
	if (current->tgid == guard_tgid)
		count_entry(g, vcpu);
}

/* Probe on kvm_exit. */
static void guard_exit(void *data, struct kvm_vcpu *vcpu, u32 isa)
{
	struct guard_cpu *g;
	u64 wrong;

	/* Before 6.2, SVM traces the exit when this may be another CPU. */
	if (!irqs_disabled())
		return;
	g = this_cpu_ptr(&guard_cpu);
	if (g->inside != vcpu)
		return;
	g->inside = NULL;

	g->held.mask = 0;
	hs_vendor->guard_held(&g->held);
	wrong = compare(g, vcpu, HOST_STATE_AT_EXIT, &g->held, &g->want, ~0ULL);
	if (wrong && guard_repairs)
		hs_repair_cpu(wrong, &g->want);

	if (hs_vendor->guard_late) {
		g->loads.mask = 0;
		hs_vendor->guard_late(&g->loads);
		wrong = compare(g, vcpu, HOST_STATE_AT_ENTRY, &g->loads,
				&g->want, ~0ULL);
		if (wrong && guard_repairs)
			hs_vendor->repair_loads(wrong, &g->want);
	}
	if (current->tgid == guard_tgid)
		g->exits++;
}

void * const hs_guard_entry = guard_entry, * const hs_guard_exit = guard_exit;

/**
 * hs_guard_reset - clear all counts
 * @repair: whether the probes shall put right what is wrong
 * @tgid: whose entries, exits and hops they count
 *
 * To be called while no probe runs.
 */
void hs_guard_reset(bool repair, pid_t tgid)
{
	int cpu;

	for_each_possible_cpu(cpu)
		memset(per_cpu_ptr(&guard_cpu, cpu), 0, sizeof(struct guard_cpu));
	memset(records, 0, sizeof(records));
	memset(record_ready, 0, sizeof(record_ready));
	memset(&hops, 0, sizeof(hops));
	atomic_set(&nr_claimed, 0);
	guard_repairs = repair;
	guard_tgid = tgid;
}

/**
 * hs_guard_get - what the probes found since the last reset
 * @guard: all zero; gets everything but the mode
 */
void hs_guard_get(struct host_state_guard *guard)
{
	const struct guard_cpu *g;
	int cpu, i;

	for_each_possible_cpu(cpu) {
		g = per_cpu_ptr(&guard_cpu, cpu);
		guard->entries += READ_ONCE(g->entries);
		guard->exits += READ_ONCE(g->exits);
		guard->wrong += READ_ONCE(g->wrong);
		guard->hops += READ_ONCE(g->hops);
		guard->cross_node += READ_ONCE(g->cross_node);
		guard->nested += READ_ONCE(g->nested);
		guard->entry_fields |= READ_ONCE(g->entry_fields);
		guard->exit_fields |= READ_ONCE(g->exit_fields);
	}
	for (i = 0; i < HOST_STATE_MAX_RECORDS; i++) {
		/* Pairs with record(): no half-written record. */
		if (smp_load_acquire(&record_ready[i]))
			guard->record[guard->nr_records++] = records[i];
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

const struct host_state_hops *hs_guard_hops(void)
{
	return &hops;
}
