// SPDX-License-Identifier: GPL-2.0-only
/*
 * NMIs on every CPU while vCPUs run and move from CPU to CPU.
 *
 * An NMI takes its stack from the TSS that TR leads to, at once, whatever the
 * CPU is doing: even where interrupts are off and KVM has not put everything
 * right yet.  With a wrong TR it runs on another CPU's NMI stack, or on none.
 *
 * An NMI that comes while a guest runs makes it exit: that is the shortest way
 * from a VM exit to an NMI handler, and a run without one proves nothing.  Such
 * exits are counted by their reason.
 *
 * An NMI that made a guest exit is gone from the CPU: KVM has to call the handler
 * itself, once.  So each CPU must take as many as were sent to it, no less and no
 * more, unless this host has other sources of NMIs.
 */
#include "hop_vm.h"
#include "nmi.h"
#include "observer.h"

/*
 * VM entries between two NMIs: enough for each vCPU to come back to its guest, on
 * another CPU, so that the next NMI finds another place.
 */
#define PACE		20

/*
 * Each NMI that a CPU takes is a backtrace of some fifty lines on the console, the
 * slowest thing in a VM.  So about this many a subtest; but each CPU has to take
 * one, and as a CPU sends to all others, that takes two.
 */
#define BACKTRACES	20
#define MIN_SENDS	2

static const char *exits_why_not;
static bool exact;			/* no NMI comes but those that are sent */
static struct hop_stats stats;

static struct {
	pthread_t thread;
	struct nmi_counts before, sent, now;
	u64 exits_before;
	bool guests;			/* VM entries show how time goes by */
	bool in_guests;			/* go on until one came while a guest ran */
	bool done;
} nmis;

/* Spread them over the hops, if there are any. */
static void let_vcpus_run(void)
{
	u64 until = host_state_entries() + PACE;

	for (int i = 0; nmis.guests && i < 2000 && host_state_entries() < until; i++)
		usleep(1000);
}

/*
 * When all that were sent have been waited for.  Returns false where one is missing
 * or too many, which has failed the subtest.  PMUs that begin to count bring others.
 */
static bool compare_counts(void)
{
	struct violation v = {
		.observer = "/proc/interrupts", .field = "NMI", .from_cpu = -1, .count = 1,
	};
	bool right = true;

	nmi_read_counts(&nmis.now);
	exact &= !nmis.now.pmu;
	for (int i = 0; i < nr_allowed_cpus() && exact; i++) {
		u64 sent, taken;

		v.cpu = allowed_cpu(i);
		sent = nmis.sent.nr[v.cpu];
		taken = nmis.now.nr[v.cpu] - nmis.before.nr[v.cpu];
		if (taken == sent)
			continue;
		v.behaviour = taken < sent ? "an NMI that was sent did not come" :
					     "more NMIs came than were sent";
		host_state_violation(&v);
		right = false;
	}
	return right;
}

static bool hit_a_guest(void)
{
	return nmi_exits() > nmis.exits_before;
}

/* A CPU sends to all but itself, so from one CPU is not enough. */
static void *send_nmis(void *unused)
{
	int nr = nr_allowed_cpus(), sends = BACKTRACES / (nr_online_cpus() - 1);

	if (sends < MIN_SENDS)
		sends = MIN_SENDS;
	for (int i = 0; i < sends || (nmis.in_guests && !hit_a_guest() && i < 4 * sends); i++) {
		test_progress("NMIs from cpu", allowed_cpu(i % nr), i);
		migrate_self(allowed_cpu(i % nr));
		nmi_send();
		for (int to = 0; to < nr; to++)
			nmis.sent.nr[allowed_cpu(to)] += to != i % nr;
		/* Each one that is lost is waited for, 10 s long. */
		if (!compare_counts())
			break;
		let_vcpus_run();
	}
	WRITE_ONCE(nmis.done, true);
	return unused;
}

static void start_nmis(bool guests, bool in_guests)
{
	hop_stats_clear(&stats);
	nmis.done = false;
	nmi_clear_counts(&nmis.sent);
	nmis.guests = guests && host_state_guard_mode() != HOST_STATE_GUARD_OFF;
	nmis.in_guests = in_guests;
	nmi_read_counts(&nmis.before);
	nmis.exits_before = nmi_exits();
	nmi_hush();
	errno = pthread_create(&nmis.thread, NULL, send_nmis, NULL);
	TEST_RESOURCE(!errno, "not enough threads");
}

static void finish_nmis(void)
{
	u64 total = 0, exits;

	pthread_join(nmis.thread, NULL);
	nmi_speak();
	nmi_read_counts(&nmis.now);
	exits = nmi_exits() - nmis.exits_before;
	for (int i = 0; i < nr_allowed_cpus(); i++) {
		int cpu = allowed_cpu(i);
		u64 taken = nmis.now.nr[cpu] - nmis.before.nr[cpu];

		total += taken;
		if (taken < nmis.sent.nr[cpu] && !exact)
			subtest_inconclusive("cpu %d took %llu of %llu NMIs", cpu, taken,
					     nmis.sent.nr[cpu]);
	}
	test_count("nmis=%llu nmi_exits=%llu", total, exits);
	if (nmis.in_guests && !exits)
		subtest_inconclusive("none of %llu NMIs came while a guest was running", total);
}

static bool more_nmis(void)
{
	return !READ_ONCE(nmis.done);
}

static void without_guest(void)
{
	bool same = true;

	start_nmis(false, false);
	finish_nmis();
	for (int i = 0; i < nr_allowed_cpus(); i++) {
		int cpu = allowed_cpu(i);

		same &= nmis.now.nr[cpu] - nmis.before.nr[cpu] == nmis.sent.nr[cpu];
	}
	exact = same && !nmis.now.pmu;
	if (!exact)
		test_diag("this host has other NMIs (%llu of PMUs): the counts are not compared",
			  nmis.now.pmu);
}

static void nmis_between_runs(void)
{
	start_nmis(true, false);
	hop_vm_between_runs(hop_vm_vcpus(), (u64)nr_cpu_pairs(), hop_vm_check_tr, more_nmis,
			    &stats);
	finish_nmis();
	hop_stats_report(&stats);
}

static void nmis_during_runs(void)
{
	SUBTEST_REQUIRE(host_state_guard_mode() != HOST_STATE_GUARD_OFF,
			"the guard is off: nothing looks at the host during a run");
	SUBTEST_REQUIRE(!exits_why_not, "%s", exits_why_not);
	start_nmis(true, true);
	hop_vm_during_runs(hop_vm_vcpus(), (u64)nr_cpu_pairs(), more_nmis, &stats);
	finish_nmis();
	hop_stats_report(&stats);
}

static const struct subtest subtests[] = {
	{ "without_guest", without_guest },
	{ "nmis_between_runs", nmis_between_runs },
	{ "nmis_during_runs", nmis_during_runs },
};

int main(int argc, char *argv[])
{
	test_init(argc, argv, TEST_KVM);
	TEST_REQUIRE(host_state_available(), "%s", host_state_why_not());
	TEST_REQUIRE(nr_allowed_cpus() > 1, "one CPU: an NMI goes to the others");
	TEST_REQUIRE_DISRUPTIVE("it sends NMIs by SysRq, with backtraces of all CPUs in the log");
	TEST_REQUIRE(!nmi_why_not(), "%s", nmi_why_not());
	exits_why_not = nmi_exits_open();
	return test_run(subtests, ARRAY_SIZE(subtests));
}
