// SPDX-License-Identifier: GPL-2.0-only
/*
 * The host's state when vCPU threads are preempted in the middle of KVM_RUN.
 *
 * The scheduler then puts the vCPU aside with the guest's state still loaded
 * and brings it back, there or on another CPU, with whatever others have left
 * in between: another thread's TLS in SVM's save area (which belongs to the
 * CPU), another address space id in CR3, another task's bits in CR4.
 *
 * Who preempts: other vCPU threads, four for each CPU; real-time processes,
 * which a timer wakes up; signals, which end KVM_RUN with EINTR.  Every second
 * thread has RDTSC disabled, so that CR4.TSD differs from thread to thread.
 */
#include <sys/prctl.h>

#include "cpus.h"
#include "hop_vm.h"
#include "observer.h"
#include "realtime.h"

#define HOPS		2000	/* --hops sets it */
#define PER_CPU		4	/* vCPU threads; a VM has one for each CPU */
#define WAKEUPS		200	/* of all real-time processes */

/*
 * Each hop waits until its thread has its turn among PER_CPU on the new CPU, a
 * time slice or several, where one between runs waits for nothing: so a subtest
 * takes this part of the hops, and every pair of CPUs.
 */
#define SHARE		50

/*
 * Threads preempt each other where several are on a CPU, not by being many.  So a
 * big machine's CPUs have their turn in groups, for as long as there is time.
 */
#define GROUP_CPUS	8
#define MAX_THREADS	(PER_CPU * GROUP_CPUS)

enum { HOPPED = 1, REALTIME = 2, SIGNALS = 4 };

static struct hopper threads[MAX_THREADS];
static struct hop_stats stats;
static u64 preempted, interrupted, wakeups;

static void on_begin(struct hopper *h)
{
	if (h->vcpu->id % 2)
		TEST_ASSERT_OK(prctl(PR_SET_TSC, PR_TSC_SIGSEGV));
}

static void on_eintr(struct hopper *h)
{
	struct host_state hs;

	(void)h;
	host_state_snapshot(&hs);
	host_state_check_tr(&hs, (int)hs.cpu, -1);
}

static bool hop_and_kick(int nr_cpus, int nr, int what)
{
	u64 pairs = (u64)(nr_cpus * (nr_cpus - 1)), hops = test_options.hops ?: HOPS;

	if (hops > pairs)
		hops = hops / SHARE > pairs ? hops / SHARE : pairs;
	for (u64 i = 0; i < hops; i++) {
		int n = (int)(i % (u64)nr);

		test_progress("hop of thread", n, (s64)i);
		if (what & SIGNALS)
			hopper_kick(&threads[(n + 1) % nr]);
		if (!hopper_move(&threads[n], hop_plan_next(&threads[n].plan)))
			return false;
	}
	return true;
}

static void wait_for_wakeups(void)
{
	while (realtime_wakeups() < WAKEUPS) {
		test_progress("wakeups of real-time processes", (s64)realtime_wakeups(), -1);
		usleep(10000);
	}
}

/* Fill @cpus with every nr-th allowed CPU: from all nodes, if there are several. */
static int group_of_cpus(int *cpus, int group, int nr_groups)
{
	int nr = 0;

	for (int i = group; i < nr_allowed_cpus(); i += nr_groups)
		cpus[nr++] = allowed_cpu(i);
	return nr;
}

static bool start_threads(struct kvm_vm **vms, const int *cpus, int nr_cpus, int nr, int what)
{
	bool running = true;

	memset(threads, 0, sizeof(threads));
	for (int i = 0; i < nr; i++) {
		struct kvm_vm **vm = &vms[i / nr_cpus];
		struct hopper *h = &threads[i];
		u32 id = (u32)(i % nr_cpus);

		if (!id)
			*vm = vm_create(VM_DEFAULT_MEM);
		h->vcpu = vm_vcpu_add(*vm, id, guest_count_until_stopped);
		vcpu_args_set(h->vcpu, id, 0);
		h->stats = &stats;
		h->round = hop_vm_round(*vm, id);
		h->begin = on_begin;
		h->eintr = on_eintr;
		hop_plan_among(&h->plan, cpus, nr_cpus, test_options.seed, i, nr);
		hopper_start_run(h, what & HOPPED ? hop_plan_first(&h->plan) : cpus[id]);
		running &= hopper_round(h);
	}
	return running;
}

static bool preempt_on(const int *cpus, int nr_cpus, int per_cpu, int what)
{
	int nr = nr_cpus * per_cpu;
	struct kvm_vm *vms[PER_CPU];
	bool running = start_threads(vms, cpus, nr_cpus, nr, what);

	if (what & REALTIME)
		realtime_start(cpus, nr_cpus);
	if (what & HOPPED && running)
		running = hop_and_kick(nr_cpus, nr, what);
	if (what & REALTIME) {
		if (running)
			wait_for_wakeups();
		wakeups += realtime_wakeups();
		realtime_stop();
	}
	for (int i = 0; i < per_cpu; i++)
		WRITE_ONCE(*hop_vm_stop(vms[i]), 1);
	for (int i = 0; i < nr; i++) {
		hopper_join(&threads[i]);
		hop_plan_free(&threads[i].plan);
		preempted += threads[i].preempted;
		interrupted += threads[i].interrupted;
	}
	for (int i = 0; i < per_cpu; i++)
		kvm_vm_free(vms[i]);
	return running;
}

static void report(int threads_at_once, int nr_cpus, int what)
{
	/* A hop may have taken the thread off its CPU as well. */
	preempted = preempted > stats.hops ? preempted - stats.hops : 0;
	test_count("threads=%d cpus=%d cpus_all=%d entries=%llu preempted=%llu", threads_at_once,
		   nr_cpus, nr_allowed_cpus(), host_state_entries(), preempted);
	if (what & REALTIME)
		test_count("wakeups=%llu", wakeups);
	if (what & SIGNALS)
		test_count("interrupted=%llu", interrupted);
	if (what & HOPPED)
		test_count("hops=%llu cross_node=%llu pairs=%d pairs_all=%d", stats.hops,
			   hop_stats_cross_node(&stats), hop_stats_pairs(&stats), nr_cpu_pairs());
	if (!preempted || (what & SIGNALS && !interrupted) || (what & HOPPED && !stats.hops))
		subtest_inconclusive("%llu preemptions, %llu interruptions, %llu hops",
				     preempted, interrupted, stats.hops);
}

static void preempt(int per_cpu, int what)
{
	int nr_groups = (nr_allowed_cpus() + GROUP_CPUS - 1) / GROUP_CPUS;
	int cpus[GROUP_CPUS], nr = 0, first = (int)(test_options.seed % (u64)nr_groups);
	bool running = true;
	int nr_cpus = 0;

	hop_stats_clear(&stats);
	preempted = 0;
	interrupted = 0;
	wakeups = 0;
	hop_time_begins();
	for (int i = 0; i < nr_groups && running && hop_time_is_left((u64)i, 1); i++) {
		nr = group_of_cpus(cpus, (first + i) % nr_groups, nr_groups);
		running = preempt_on(cpus, nr, per_cpu, what);
		nr_cpus += nr;
	}
	report(nr * per_cpu, nr_cpus, what);
}

static void time_slices(void)
{
	preempt(PER_CPU, HOPPED);
}

/* Alone on its CPU, and not hopped: hardly anything else can preempt a vCPU. */
static void realtime(void)
{
	SUBTEST_REQUIRE_DISRUPTIVE("it runs in the class SCHED_FIFO");
	SUBTEST_REQUIRE(!realtime_why_not(), "SCHED_FIFO: %s", realtime_why_not());
	preempt(1, REALTIME);
}

static void signals(void)
{
	preempt(PER_CPU, HOPPED | SIGNALS);
}

static void together(void)
{
	SUBTEST_REQUIRE_DISRUPTIVE("it runs in the class SCHED_FIFO");
	SUBTEST_REQUIRE(!realtime_why_not(), "SCHED_FIFO: %s", realtime_why_not());
	preempt(PER_CPU, HOPPED | REALTIME | SIGNALS);
}

static const struct subtest subtests[] = {
	{ "time_slices", time_slices },
	{ "realtime", realtime },
	{ "signals", signals },
	{ "together", together },
};

int main(int argc, char *argv[])
{
	test_init(argc, argv, TEST_KVM);
	host_state_require_guard();
	TEST_REQUIRE(nr_allowed_cpus() > 1, "one CPU: nowhere to hop to");
	return test_run(subtests, ARRAY_SIZE(subtests));
}
