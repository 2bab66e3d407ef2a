// SPDX-License-Identifier: GPL-2.0-only
/*
 * The entry guard, which the module puts on every VM entry and exit of this
 * process: its mode, its counts, and what it found wrong.
 */
#include <pthread.h>
#include <sys/ioctl.h>

#include "host_state_compare.h"
#include "kvm_util.h"
#include "observer.h"
#include "x86/processor.h"

/* Its counts since test_init(); a change of mode clears the module's own. */
static struct {
	bool set;
	u32 mode;
	u32 whom;
	struct host_state_guard before;		/* totals before the last change of mode */
	u64 subtest_entries;			/* total when the subtest began */
	u64 *seen;				/* of each record, collected so far */
	u32 nr_seen;
	u64 seen_lost, seen_wrong;
} guard;

/** host_state_guard_mode() - enum host_state_guard_mode; off without the module */
u32 host_state_guard_mode(void)
{
	return guard.mode;
}

/** host_state_require_guard() - in main(): skips the test where no guard looks */
void host_state_require_guard(void)
{
	TEST_REQUIRE(host_state_available(), "%s", host_state_why_not());
	TEST_REQUIRE(guard.mode != HOST_STATE_GUARD_OFF,
		     "the guard is off: nothing looks at the host during a run");
}

/**
 * host_state_guard_whom() - before host_state_open(): whose entries count
 * @whom: enum host_state_guard_whom; this process alone if nobody says so
 */
void host_state_guard_whom(u32 whom)
{
	guard.whom = whom;
}

static void guard_get(struct host_state_guard *now)
{
	memset(now, 0, sizeof(*now));
	if (host_state_available())
		TEST_ASSERT_OK(ioctl(host_state_fd(), HOST_STATE_GUARD_GET, now));
}

/**
 * host_state_guard_totals() - what the guard did since test_init()
 * @totals: counts and fields are those over all changes of mode
 */
void host_state_guard_totals(struct host_state_guard *totals)
{
	const struct host_state_guard *before = &guard.before;

	guard_get(totals);
	totals->entries += before->entries;
	totals->exits += before->exits;
	totals->exits_irqs_on += before->exits_irqs_on;
	totals->exits_missed += before->exits_missed;
	totals->refused += before->refused;
	totals->unread += before->unread;
	totals->others += before->others;
	totals->error = totals->error ?: before->error;
	totals->blind = totals->blind ?: before->blind;
	totals->wrong += before->wrong;
	totals->lost += before->lost;
	totals->hops += before->hops;
	totals->cross_node += before->cross_node;
	totals->nested += before->nested;
	for (int i = 0; i < HOST_STATE_MASK_WORDS; i++) {
		totals->entry_fields[i] |= before->entry_fields[i];
		totals->exit_fields[i] |= before->exit_fields[i];
	}
}

/** host_state_entries() - VM entries checked since the subtest began */
u64 host_state_entries(void)
{
	struct host_state_guard totals;

	host_state_guard_totals(&totals);
	return totals.entries - guard.subtest_entries;
}

/**
 * host_state_guard() - set the entry guard's mode; no effect without the module
 * @mode: enum host_state_guard_mode
 *
 * Returns whether it is set now; if not, errno says why.
 */
bool host_state_guard(u32 mode)
{
	struct host_state_guard_set set = { .mode = mode, .whom = guard.whom };
	struct host_state_guard totals;

	if (!host_state_available())
		return true;
	/* At first the counts are still those of somebody before. */
	memset(&totals, 0, sizeof(totals));
	if (guard.set) {
		host_state_collect();
		host_state_guard_totals(&totals);
	}
	if (ioctl(host_state_fd(), HOST_STATE_GUARD_SET, &set))
		return false;
	guard.set = true;
	guard.mode = mode;
	guard.before = totals;
	free(guard.seen);
	guard.seen = NULL;
	guard.nr_seen = 0;
	guard.seen_lost = 0;
	guard.seen_wrong = 0;
	return true;
}

/**
 * host_state_hops() - the guard's matrix of hops since its mode was last set
 * @hops: receives it, by hop_index(); NULL: a new one, for free()
 */
u32 *host_state_hops(u32 *hops)
{
	u32 all = (u32)hop_index(nr_cpu_ids(), 0), nr;

	if (!hops)
		hops = malloc(all * sizeof(*hops));
	TEST_RESOURCE(hops, "not enough memory for hops of %d CPUs", nr_cpu_ids());
	memset(hops, 0, all * sizeof(*hops));
	nr = host_state_fetch(HOST_STATE_HOPS_GET, hops, all);
	TEST_ASSERT(!nr || nr == all, "a matrix of %u hops; want %u", nr, all);
	return hops;
}

/** host_state_guard_saw() - whether the count in a snapshot is one that we know */
void host_state_guard_saw(u64 wrong)
{
	/* Same mode, so the count only grows. */
	if (wrong != READ_ONCE(guard.seen_wrong))
		host_state_collect();
}

/**
 * host_state_user() - look at returns to user mode, of all CPUs, or not any more
 *
 * No effect without the module, or while the guard is off.
 */
void host_state_user(bool on)
{
	u32 arg = on;

	if (host_state_available() && guard.mode != HOST_STATE_GUARD_OFF)
		TEST_ASSERT_OK(ioctl(host_state_fd(), HOST_STATE_USER_SET, &arg));
}

static void collect_record(const struct host_state_record *r, u64 *seen)
{
	static const char * const observers[] = {
		[HOST_STATE_AT_ENTRY] = "entry guard",
		[HOST_STATE_AT_EXIT] = "exit guard",
		[HOST_STATE_AT_READ] = "entry guard, held",
		[HOST_STATE_AT_HANDLING] = "guard while KVM handles an exit",
		[HOST_STATE_AT_USER] = "guard at the return to user mode",
	};
	bool entry = r->where == HOST_STATE_AT_ENTRY;
	bool vmcs = entry && kvm_vendor() == HOST_STATE_VMX;
	struct violation v = {
		.observer = observers[r->where],
		.cpu = (int)r->cpu, .from_cpu = r->from_cpu,
		.got = r->got, .want = r->want, .count = r->count - *seen,
	};

	if (!v.count)
		return;
	snprintf(v.field, sizeof(v.field), "%s%s", vmcs ? "HOST_" : "",
		 host_state_field_name(r->field));
	host_state_violation(&v);
	*seen = r->count;
}

static void collect_records(void)
{
	u32 nr = host_state_fetch(HOST_STATE_RECORDS_GET, NULL, 0), got;
	struct host_state_record *records = calloc(nr, sizeof(*records));
	u64 *seen = realloc(guard.seen, (nr ?: 1) * sizeof(*seen));

	TEST_RESOURCE((records || !nr) && seen, "not enough memory for %u violations", nr);
	guard.seen = seen;
	for (; guard.nr_seen < nr; guard.nr_seen++)
		seen[guard.nr_seen] = 0;
	got = host_state_fetch(HOST_STATE_RECORDS_GET, records, nr);
	for (u32 i = 0; i < nr && i < got; i++)
		collect_record(&records[i], &seen[i]);
	free(records);
}

/** host_state_collect() - fetch what the guard found since the last time */
void host_state_collect(void)
{
	static pthread_mutex_t collecting = PTHREAD_MUTEX_INITIALIZER;
	struct host_state_guard now;

	if (!host_state_available())
		return;
	/*
	 * A thread that holds it is fetching the same.  It may be this one, whose own
	 * assertion failed on the way: then waiting would be for ever.
	 */
	if (pthread_mutex_trylock(&collecting))
		return;
	guard_get(&now);
	WRITE_ONCE(guard.seen_wrong, now.wrong);
	collect_records();
	if (now.lost > guard.seen_lost)
		host_state_violations_lost(now.lost - guard.seen_lost);
	guard.seen_lost = now.lost;
	pthread_mutex_unlock(&collecting);
}

/** host_state_must_compare() - inconclusive if @field was compared nowhere so far */
void host_state_must_compare(u32 field)
{
	struct host_state_guard totals;

	host_state_guard_totals(&totals);
	if (!host_state_has(totals.entry_fields, field) &&
	    !host_state_has(totals.exit_fields, field))
		subtest_inconclusive("%s was not compared", host_state_field_name(field));
}

/** host_state_subtest_begins() - host_state_entries() counts from here */
void host_state_subtest_begins(void)
{
	struct host_state_guard totals;

	host_state_guard_totals(&totals);
	guard.subtest_entries = totals.entries;
}

static const struct hs_rules *rules(void)
{
	static const struct hs_rules vmx = HS_VMX_RULES, svm = HS_SVM_RULES;

	return kvm_vendor() == HOST_STATE_VMX ? &vmx : &svm;
}

/*
 * What this CPU has, and the kernel tells what it must be: without FSGSBASE not FS's base
 * on VMX; and another hypervisor may leave SYSENTER_ESP so (module/vmx.c).
 */
static hs_fields comparable(void)
{
	const struct hs_values *held = &host_state_baseline(allowed_cpu(0))->cpu_holds;
	hs_fields fields = hs_get_mask(held->mask);

	if (kvm_vendor() != HOST_STATE_VMX)
		return fields;
	if (!(held->value[HS_CR4] & X86_CR4_FSGSBASE))
		fields &= ~HS_BIT(FS_BASE);
	if (!held->value[HS_SYSENTER_ESP])
		fields &= ~HS_BIT(SYSENTER_ESP);
	return fields;
}

/** host_state_can_compare() - whether the guard compares @field somewhere on this CPU */
bool host_state_can_compare(u32 field)
{
	const struct hs_rules *r = rules();
	hs_fields fields = r->entry | r->held | r->handled | r->user;
	struct host_state_guard totals;

	host_state_guard_totals(&totals);
	/* SVM before 6.2 traces the exit too late. */
	if (totals.exits_are_certain)
		fields |= r->exit;
	return fields & comparable() & HS_FIELD(field);
}

/* What the table says is compared at kvm_exit, and was not. */
static hs_fields not_compared(const struct host_state_guard *totals)
{
	return rules()->exit & comparable() & ~hs_get_mask(totals->exit_fields);
}

/* What the guard must have compared before its silence means anything. */
static const char *guard_was_blind(const struct host_state_guard *totals)
{
	static char text[80];
	hs_fields missed;

	if (totals->error)
		return "the guard went off when kvm.ko was loaded anew";
	if (totals->blind == HOST_STATE_BLIND_LAYOUT)
		return "the module does not fit the loaded kvm.ko's struct kvm_vcpu: rebuild it";
	if (!totals->entries)
		return totals->unread ? "no VM entry had a VMCS or VMCB to read" :
		       "no VM entry was checked";
	if (!host_state_has(totals->entry_fields, HS_TR_BASE))
		return "no VM entry had a TR base to compare";
	if (totals->exits_are_certain && !totals->exits)
		return "no VM exit was checked";
	/* VMX: these two are compared at the exit. */
	if (kvm_vendor() == HOST_STATE_VMX &&
	    !(host_state_has(totals->entry_fields, HS_CR3) &&
	      host_state_has(totals->entry_fields, HS_CR4)))
		return "HOST_CR3 and HOST_CR4 were not compared";
	missed = totals->exits ? not_compared(totals) : 0;
	if (!missed)
		return NULL;
	snprintf(text, sizeof(text), "%s was not compared at any VM exit",
		 host_state_field_name(hs_first(missed)));
	return text;
}

/** host_state_entry_guard() - the subtest that ends each test with VMs */
void host_state_entry_guard(void)
{
	struct host_state_guard totals;
	const char *blind;

	SUBTEST_REQUIRE(host_state_available(), "%s", host_state_why_not());
	host_state_guard_totals(&totals);
	SUBTEST_REQUIRE(totals.entries || guard.mode != HOST_STATE_GUARD_OFF,
			"the guard is off");
	test_count("entries=%llu exits=%llu hops=%llu wrong=%llu others=%llu", (u64)totals.entries,
		   (u64)totals.exits, (u64)totals.hops, (u64)totals.wrong, (u64)totals.others);
	if (host_state_known_wrong())
		test_diag("%llu of the wrong values are XFAIL: a known bug of this KVM",
			  host_state_known_wrong());
	if (totals.exits_irqs_on)
		test_diag("interrupts were on after %llu of %llu VM exits",
			  (u64)totals.exits_irqs_on, (u64)totals.exits);
	blind = guard_was_blind(&totals);
	if (totals.wrong > host_state_known_wrong())
		subtest_fail("%llu wrong values in %llu VM entries and %llu exits",
			     (u64)totals.wrong, (u64)totals.entries, (u64)totals.exits);
	else if (blind)
		subtest_inconclusive("%s", blind);
}
