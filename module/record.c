// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the guard found wrong: a record for each kind, for the device to hand out,
 * and one line for each in the kernel's log.
 *
 * The probes claim and fill records with interrupts off.  The log, and the taint
 * for a repair, follow from a work item that looks for new ones: a console may take
 * its time, and a CPU whose state is wrong has none.
 */
#include <linux/atomic.h>
#include <linux/jiffies.h>
#include <linux/ktime.h>
#include <linux/mm.h>
#include <linux/panic.h>
#include <linux/printk.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/topology.h>
#include <linux/vmalloc.h>
#include <linux/workqueue.h>

#include "kvm_host_state.h"

#define MIN_RECORDS	64	/* a CPU brings four more */

/* Claimed by any CPU and then written by that one alone. */
static struct host_state_record *records;
static u8 *record_ready;
static int max_records;
static atomic_t nr_claimed;
static int nr_told;
static bool repairs;

#define HS_NAME(name)	#name,
static const char * const hs_names[] = { HOST_STATE_FIELDS(HS_NAME) };

static const char * const where_names[] = {
	[HOST_STATE_AT_ENTRY] = "what a VM exit will load",
	[HOST_STATE_AT_EXIT] = "what a VM exit left",
	[HOST_STATE_AT_READ] = "what a VM entry found",
	[HOST_STATE_AT_HANDLING] = "what KVM handles an exit with",
	[HOST_STATE_AT_USER] = "what goes to user mode",
};

/**
 * hs_record_new - begin a record
 * @slot: gets its number, from 1, or HS_NO_SLOT
 *
 * Return: the record, for hs_record_done(), or NULL if there is no room.
 */
struct host_state_record *hs_record_new(u16 *slot)
{
	int i = atomic_fetch_add_unless(&nr_claimed, 1, max_records);

	*slot = i < max_records ? (u16)(i + 1) : HS_NO_SLOT;
	return i < max_records ? &records[i] : NULL;
}

/* It is complete but for later ones of its kind. */
void hs_record_done(u16 slot)
{
	struct host_state_record *r = &records[slot - 1];

	r->cpu = (u32)raw_smp_processor_id();
	r->tgid = current->tgid;
	r->count = 1;
	r->first_ns = ktime_get_ns();
	strscpy(r->comm, current->comm, sizeof(r->comm));
	/* Pairs with hs_records() and tell(): the record first, then the flag. */
	smp_store_release(&record_ready[slot - 1], 1);
}

/* One more of its kind, seen by the CPU that began it. */
void hs_record_again(u16 slot)
{
	struct host_state_record *r = &records[slot - 1];

	WRITE_ONCE(r->count, r->count + 1);
}

static bool is_ready(int i)
{
	/* Pairs with hs_record_done(): no half-written record. */
	return i < max_records && smp_load_acquire(&record_ready[i]);
}

/* The values stay in the device: a log is no place for kernel addresses. */
static void tell(struct work_struct *work);
static DECLARE_DELAYED_WORK(tell_work, tell);

static void tell_new(void)
{
	const struct host_state_record *r;

	for (; is_ready(nr_told); nr_told++) {
		r = &records[nr_told];
		pr_warn_ratelimited("kvm_host_state: wrong %s in %s, cpu %u, vCPU %d of %s[%d], from cpu %d%s\n",
				    hs_names[r->field], where_names[r->where],
				    r->cpu, r->vcpu_id, r->comm, r->tgid,
				    r->from_cpu, repairs ? "; repaired" : "");
		/* What a WRMSR by user mode is marked with (arch/x86/kernel/msr.c). */
		if (repairs)
			add_taint(TAINT_CPU_OUT_OF_SPEC, LOCKDEP_STILL_OK);
	}
}

static void tell(struct work_struct *work)
{
	tell_new();
	schedule_delayed_work(&tell_work, HZ);
}

/* What was found is told from now on. */
void hs_records_tell(void)
{
	schedule_delayed_work(&tell_work, HZ);
}

/* No probe runs any more: what was found is told now, and nothing after that. */
void hs_records_told(void)
{
	cancel_delayed_work_sync(&tell_work);
	tell_new();
}

/**
 * hs_records - a copy of the records that there are
 * @nr: gets how many; the place of one does not change
 *
 * Return: the records, for kvfree(), or NULL.
 */
struct host_state_record *hs_records(u32 *nr)
{
	int i, claimed = min(atomic_read(&nr_claimed), max_records);
	struct host_state_record *copy;

	*nr = (u32)claimed;
	copy = kvcalloc((size_t)max_records, sizeof(*copy), GFP_KERNEL);
	for (i = 0; copy && i < claimed; i++)
		if (is_ready(i))
			copy[i] = records[i];
	return copy;
}

/* Forget all; while no probe runs. */
void hs_records_clear(bool repaired)
{
	memset(record_ready, 0, (size_t)max_records);
	atomic_set(&nr_claimed, 0);
	nr_told = 0;
	repairs = repaired;
}

int hs_records_init(void)
{
	max_records = (int)min(MIN_RECORDS + 4 * nr_cpu_ids, HS_NO_SLOT - 1U);
	records = vzalloc(array_size((size_t)max_records, sizeof(*records)));
	record_ready = vzalloc((size_t)max_records);
	if (records && record_ready)
		return 0;
	hs_records_free();
	return -ENOMEM;
}

void hs_records_free(void)
{
	vfree(records);
	vfree(record_ready);
}
