// SPDX-License-Identifier: GPL-2.0-only
/*
 * GDTR and IDTR of the host after VM exits, while vCPUs move.
 *
 * A VM exit on VMX loads the bases from the VMCS and makes the limits 0xffff (SDM
 * volume 3, 28.5.2), and KVM repairs the rest later; on SVM all of them come
 * back by themselves.  What must be right and when is in
 * lib/observers/x86/desc_tables.c.
 */
#include "hop_vm.h"
#include "observer.h"
#include "x86/desc_tables.h"

#define HOPS		1000

static struct hop_stats stats;
static u64 values;			/* compared */

static void count_values(int nr)
{
	__atomic_fetch_add(&values, (u64)nr, __ATOMIC_RELAXED);
}

static bool check_tables(struct kvm_vcpu *vcpu, int from, int to)
{
	struct host_state hs;

	(void)vcpu;
	host_state_snapshot(&hs);
	count_values(desc_tables_check(&hs, to, from));
	return host_state_check_tr(&hs, to, from) > 0;
}

static void report(void)
{
	test_count("values=%llu user_mode_sees=%d", values, !desc_tables_are_hidden());
	hop_stats_report(&stats);
	if (!values)
		subtest_inconclusive("nobody looked");
}

static void between_runs(int nr)
{
	values = 0;
	hop_stats_clear(&stats);
	hop_vm_between_runs(nr, default_hops(HOPS), check_tables, NULL, &stats);
	report();
}

/* Goes from CPU to CPU and looks: a vCPU in the middle of a run makes room for it. */
static void *watch_tables(void *done)
{
	struct host_state hs;

	for (int i = 0; !READ_ONCE(*(bool *)done); i++) {
		int cpu = allowed_cpu(i % nr_allowed_cpus());

		migrate_self(cpu);
		host_state_snapshot(&hs);
		memset(hs.exit_loads.mask, 0, sizeof(hs.exit_loads.mask)); /* that vCPU's */
		count_values(desc_tables_check(&hs, cpu, -1));
	}
	return NULL;
}

static void seen_during_runs(void)
{
	pthread_t watcher;
	bool done = false;

	values = 0;
	hop_stats_clear(&stats);
	errno = pthread_create(&watcher, NULL, watch_tables, &done);
	TEST_RESOURCE(!errno, "not enough threads");
	hop_vm_during_runs(hop_vm_vcpus(), default_hops(HOPS), NULL, &stats);
	WRITE_ONCE(done, true);
	pthread_join(watcher, NULL);
	report();
}

static void before_any_guest(void)
{
	values = 0;
	for (int i = 0; i < nr_allowed_cpus(); i++) {
		migrate_self(allowed_cpu(i));
		check_tables(NULL, -1, allowed_cpu(i));
	}
	test_count("cpus=%d values=%llu", nr_allowed_cpus(), values);
}

static void between_runs_one(void)
{
	between_runs(1);
}

static void between_runs_several(void)
{
	between_runs(hop_vm_vcpus());
}

static const struct subtest subtests[] = {
	{ "before_any_guest", before_any_guest },
	{ "between_runs", between_runs_one },
	{ "several_vcpus", between_runs_several },
	{ "seen_during_runs", seen_during_runs },
};

int main(int argc, char *argv[])
{
	test_init(argc, argv, TEST_KVM);
	TEST_REQUIRE(host_state_available(), "%s", host_state_why_not());
	TEST_REQUIRE(nr_allowed_cpus() > 1, "one CPU: nowhere to hop to");
	return test_run(subtests, ARRAY_SIZE(subtests));
}
