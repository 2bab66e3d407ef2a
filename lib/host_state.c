// SPDX-License-Identifier: GPL-2.0-only
/*
 * The observers of the host's state: the module's device, its entry guard and
 * its snapshots.
 */
#include <fcntl.h>
#include <pthread.h>
#include <sys/ioctl.h>

#include "kvm_util.h"
#include "migrate.h"
#include "observer.h"
#include "x86/desc.h"

static int device = -1;
static char why_not[200] = "the observers were not opened";
static struct host_state_tables tables;
static struct host_state baseline[HOST_STATE_MAX_CPUS];

/* The guard's counts since test_init(); its own are cleared by a mode change. */
static struct {
	bool set;
	u32 mode;
	u64 entries, exits, hops, wrong;	/* before the last mode change */
	u64 entry_fields;
	u64 subtest_entries;			/* total when the subtest began */
	u64 seen[HOST_STATE_MAX_RECORDS];	/* of each record, collected so far */
	u64 unlisted;				/* wrong values without a record */
	u64 seen_wrong;
} guard;

/** host_state_available() - whether the module is there */
bool host_state_available(void)
{
	return device >= 0;
}

/** host_state_why_not() - if it is not, the reason */
const char *host_state_why_not(void)
{
	return why_not;
}

/** host_state_tss() - the cpu_entry_area TSS of @cpu; 0: not known */
u64 host_state_tss(int cpu)
{
	return cpu < HOST_STATE_MAX_CPUS ? tables.tss[cpu] : 0;
}

/** host_state_tables() - where all CPUs' tables are; zeroes without the module */
const struct host_state_tables *host_state_tables(void)
{
	return &tables;
}

/** host_state_guard_mode() - enum host_state_guard_mode; off without the module */
u32 host_state_guard_mode(void)
{
	return guard.mode;
}

/* Then KVM's VMCSs are plain memory, for Hyper-V to read: VMREAD finds none. */
static bool vmcs_is_enlightened(void)
{
	FILE *file = fopen("/sys/module/kvm_intel/parameters/enlightened_vmcs", "r");
	bool yes = file && fgetc(file) == 'Y';

	if (file)
		fclose(file);
	return yes;
}

static void guard_get(struct host_state_guard *now)
{
	memset(now, 0, sizeof(*now));
	if (device >= 0)
		TEST_ASSERT_OK(ioctl(device, HOST_STATE_GUARD_GET, now));
}

/**
 * host_state_guard_totals() - what the guard did since test_init()
 * @totals: entries, exits, hops, wrong and entry_fields are those over all changes
 *	of mode
 */
void host_state_guard_totals(struct host_state_guard *totals)
{
	guard_get(totals);
	totals->entries += guard.entries;
	totals->exits += guard.exits;
	totals->hops += guard.hops;
	totals->wrong += guard.wrong;
	totals->entry_fields |= guard.entry_fields;
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
 */
void host_state_guard(u32 mode)
{
	struct host_state_guard totals;

	if (device < 0)
		return;
	/* At first the counts are still those of somebody before. */
	memset(&totals, 0, sizeof(totals));
	if (guard.set) {
		host_state_collect();
		host_state_guard_totals(&totals);
	}
	TEST_ASSERT_OK(ioctl(device, HOST_STATE_GUARD_SET, &mode));
	guard.set = true;
	guard.mode = mode;
	guard.entries = totals.entries;
	guard.exits = totals.exits;
	guard.hops = totals.hops;
	guard.wrong = totals.wrong;
	guard.entry_fields = totals.entry_fields;
	memset(guard.seen, 0, sizeof(guard.seen));
	guard.unlisted = 0;
	guard.seen_wrong = 0;
}

/** host_state_hops() - the guard's matrix of hops since its mode was last set */
void host_state_hops(struct host_state_hops *hops)
{
	memset(hops, 0, sizeof(*hops));
	if (device >= 0)
		TEST_ASSERT_OK(ioctl(device, HOST_STATE_HOPS_GET, hops));
}

/*
 * The state of every CPU before this process ran a guest: what is right there,
 * and what to recognize a stale value by.
 */
static void read_baseline(void)
{
	/* SVM shows the hidden state only while a VM exists.  It stays open. */
	int vm_fd = ioctl(kvm_dev_fd(), KVM_CREATE_VM, 0);

	TEST_ASSERT(vm_fd >= 0, "KVM_CREATE_VM");
	for (int i = 0; i < nr_allowed_cpus(); i++) {
		migrate_self(allowed_cpu(i));
		host_state_snapshot(&baseline[allowed_cpu(i)]);
	}
	migrate_restore();
}

/** host_state_baseline() - the snapshot of @cpu from before the first guest */
const struct host_state *host_state_baseline(int cpu)
{
	return &baseline[cpu];
}

/**
 * host_state_open() - open the module's device and set the guard
 *
 * Without the module, host_state_available() is false afterwards.  A device
 * that is there and cannot be used fails the test.
 */
void host_state_open(void)
{
	device = open(HOST_STATE_DEVICE, O_RDWR | O_CLOEXEC);
	if (device < 0 && (errno == ENOENT || errno == ENODEV || errno == ENXIO)) {
		snprintf(why_not, sizeof(why_not),
			 "no " HOST_STATE_DEVICE ": the module kvm_host_state is not loaded");
		return;
	}
	TEST_ASSERT(device >= 0, "cannot open " HOST_STATE_DEVICE);
	if (vmcs_is_enlightened()) {
		close(device);
		device = -1;
		snprintf(why_not, sizeof(why_not),
			 "KVM runs on Hyper-V with enlightened VMCSs, which VMREAD does not see: load kvm_intel with enlightened_vmcs=0");
		return;
	}
	TEST_ASSERT_OK(ioctl(device, HOST_STATE_TABLES_GET, &tables));
	read_baseline();
	host_state_guard(test_options.guard);
}

/** host_state_snapshot() - one read(): the state of the CPU that this runs on */
void host_state_snapshot(struct host_state *hs)
{
	ssize_t size = read(device, hs, sizeof(*hs));

	TEST_ASSERT(size == sizeof(*hs) && hs->version == HOST_STATE_VERSION,
		    "snapshot of %zd bytes, version %u; want %zu, %u: rebuild the module",
		    size, hs->version, sizeof(*hs), HOST_STATE_VERSION);
}

/**
 * host_state_check_tr() - assert the host's TR base after a hop
 * @hs: a snapshot taken after the vCPU's exit, on the vCPU's thread
 * @cpu: where the thread is now
 * @from_cpu: where it was before, or -1
 *
 * Compared with the cpu_entry_area TSS of @cpu: the base that the CPU holds
 * (SVM, by VMSAVE), the base that the next VM exit will load (VMX, by VMREAD)
 * and the base in the GDT's descriptor.  Returns how many of the first two,
 * the hidden ones, could be compared.
 */
int host_state_check_tr(const struct host_state *hs, int cpu, int from_cpu)
{
	struct desc64 desc;
	int nr = 0;

	TEST_ASSERT_EQ(hs->cpu, cpu);
	if (hs->cpu_mask >> HS_TR_BASE & 1) {
		host_state_expect("snapshot", "TR_BASE", cpu, from_cpu,
				  hs->cpu_value[HS_TR_BASE], hs->cea_tss);
		nr++;
	}
	if (hs->exit_mask >> HS_TR_BASE & 1) {
		host_state_expect("snapshot", "HOST_TR_BASE", cpu, from_cpu,
				  hs->exit_value[HS_TR_BASE], hs->cea_tss);
		nr++;
	}
	memcpy(&desc, hs->tss_desc, sizeof(desc));
	host_state_expect("snapshot", "TSS_DESC_BASE", cpu, from_cpu,
			  get_desc64_base(&desc), hs->cea_tss);
	/* Same mode, so the count only grows. */
	if (hs->guard_wrong != READ_ONCE(guard.seen_wrong))
		host_state_collect();
	return nr;
}

/** host_state_collect() - fetch what the guard found since the last time */
void host_state_collect(void)
{
	static pthread_mutex_t collecting = PTHREAD_MUTEX_INITIALIZER;
	static struct host_state_guard now;
	u64 listed = 0;

	if (device < 0)
		return;
	/* Whoever is at it prints what we would; a failed assertion may be us. */
	if (pthread_mutex_trylock(&collecting))
		return;
	guard_get(&now);
	WRITE_ONCE(guard.seen_wrong, now.wrong);
	for (u32 i = 0; i < now.nr_records && i < HOST_STATE_MAX_RECORDS; i++) {
		const struct host_state_record *r = &now.record[i];
		bool entry = r->where == HOST_STATE_AT_ENTRY;
		bool vmcs = entry && kvm_vendor() == HOST_STATE_VMX;
		struct violation v = {
			.observer = entry ? "entry guard" :
				    r->where == HOST_STATE_AT_EXIT ? "exit guard" :
				    "entry guard, held",
			.cpu = (int)r->cpu, .from_cpu = r->from_cpu,
			.got = r->got, .want = r->want, .count = r->count - guard.seen[i],
		};

		if (!v.count)
			continue;
		snprintf(v.field, sizeof(v.field), "%s%s", vmcs ? "HOST_" : "",
			 host_state_field_name(r->field));
		host_state_violation(&v);
		guard.seen[i] = r->count;
	}
	/* There is room for so many kinds; the count alone tells of the rest. */
	for (u32 i = 0; i < now.nr_records && i < HOST_STATE_MAX_RECORDS; i++)
		listed += now.record[i].count;
	if (now.nr_records >= HOST_STATE_MAX_RECORDS && now.wrong > listed + guard.unlisted) {
		host_state_violations_lost(now.wrong - listed - guard.unlisted);
		guard.unlisted = now.wrong - listed;
	}
	pthread_mutex_unlock(&collecting);
}

/** host_state_subtest_begins() - host_state_entries() counts from here */
void host_state_subtest_begins(void)
{
	struct host_state_guard totals;

	host_state_guard_totals(&totals);
	guard.subtest_entries = totals.entries;
}

/* What the guard must have compared before its silence means anything. */
static const char *guard_was_blind(const struct host_state_guard *totals)
{
	/* VMX: these two are compared at the exit. */
	const u64 late = BIT_ULL(HS_CR3) | BIT_ULL(HS_CR4);

	if (!totals->entries)
		return "no VM entry was checked";
	if (!(totals->entry_fields >> HS_TR_BASE & 1))
		return "no VM entry had a TR base to compare";
	if (kvm_vendor() == HOST_STATE_VMX && !totals->exits)
		return "no VM exit was checked";
	if (kvm_vendor() == HOST_STATE_VMX && (totals->entry_fields & late) != late)
		return "HOST_CR3 and HOST_CR4 were not compared";
	return NULL;
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
	test_count("entries=%llu exits=%llu hops=%llu wrong=%llu", (u64)totals.entries,
		   (u64)totals.exits, (u64)totals.hops, (u64)totals.wrong);
	blind = guard_was_blind(&totals);
	if (totals.wrong)
		subtest_fail("%llu wrong values in %llu VM entries and %llu exits",
			     (u64)totals.wrong, (u64)totals.entries, (u64)totals.exits);
	else if (blind)
		subtest_inconclusive("%s", blind);
}
