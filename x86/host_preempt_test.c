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

#include "observer.h"
#include "realtime.h"
#include "vcpu_thread.h"
#include "x86/processor.h"

#define HOPS		2000	/* --hops sets it */
#define SHARE		50	/* a subtest hops this part of it, and every pair */
#define PER_CPU		4	/* vCPU threads; a VM has one for each CPU */
#define WAKEUPS		200	/* of all real-time processes */

enum { HOPPED = 1, REALTIME = 2, SIGNALS = 4 };

static struct vcpu_thread threads[PER_CPU * MIGRATE_MAX_CPUS];
static struct hop_plan plans[PER_CPU * MIGRATE_MAX_CPUS];
static struct hop_stats stats;

static u64 rounds[MIGRATE_MAX_CPUS], stop;

static void count_until_stopped(u64 id, u64 unused)
{
	(void)unused;
	while (!READ_ONCE(stop)) {
		WRITE_ONCE(rounds[id], rounds[id] + 1);
		cpu_relax();
	}
	GUEST_DONE();
}

static void on_begin(struct vcpu_thread *t)
{
	if (t->vcpu->id % 2)
		TEST_ASSERT_OK(prctl(PR_SET_TSC, PR_TSC_SIGSEGV));
}

static void on_eintr(struct vcpu_thread *t)
{
	struct host_state hs;

	(void)t;
	host_state_snapshot(&hs);
	host_state_check_tr(&hs, (int)hs.cpu, -1);
}

static bool hop_and_kick(int nr, int what)
{
	u64 hops = default_hops(HOPS), pairs = (u64)nr_cpu_pairs();

	if (hops > pairs)
		hops = hops / SHARE > pairs ? hops / SHARE : pairs;
	for (u64 i = 0; i < hops; i++) {
		int n = (int)(i % (u64)nr);

		test_progress("hop of thread", n, (s64)i);
		if (what & SIGNALS)
			vcpu_thread_kick(&threads[(n + 1) % nr]);
		if (!vcpu_thread_hop(&threads[n], hop_plan_next(&plans[n]), &stats))
			return false;
	}
	return true;
}

static void report(int nr, int what)
{
	u64 preempted = 0, interrupted = 0;

	for (int i = 0; i < nr; i++) {
		preempted += threads[i].preempted;
		interrupted += threads[i].interrupted;
	}
	/* A hop may have taken the thread off its CPU as well. */
	preempted = preempted > stats.hops ? preempted - stats.hops : 0;
	test_count("threads=%d entries=%llu preempted=%llu", nr, host_state_entries(), preempted);
	if (what & REALTIME)
		test_count("wakeups=%llu", realtime_wakeups());
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
	int nr_cpus = nr_allowed_cpus(), nr = nr_cpus * per_cpu;
	struct kvm_vm *vms[PER_CPU];
	bool running = true;

	memset(&stats, 0, sizeof(stats));
	memset(threads, 0, sizeof(threads));
	for (int i = 0; i < nr; i++) {
		struct kvm_vm **vm = &vms[i / nr_cpus];
		struct vcpu_thread *t = &threads[i];
		u32 id = (u32)(i % nr_cpus);

		if (!id)
			*vm = vm_create(VM_DEFAULT_MEM);
		t->vcpu = vm_vcpu_add(*vm, id, count_until_stopped);
		vcpu_args_set(t->vcpu, id, 0);
		t->round = &(*guest_copy(*vm, rounds))[id];
		t->begin = on_begin;
		t->eintr = on_eintr;
		hop_plan_init(&plans[i], test_options.seed, i, nr);
		running &= vcpu_thread_start(t, what & HOPPED ? hop_plan_first(&plans[i]) :
							       allowed_cpu((int)id));
	}
	if (what & REALTIME)
		realtime_start();
	if (what & HOPPED && running)
		running = hop_and_kick(nr, what);
	while (what & REALTIME && running && realtime_wakeups() < WAKEUPS) {
		test_progress("wakeups of real-time processes", (s64)realtime_wakeups(), 0);
		usleep(10000);
	}
	if (what & REALTIME)
		realtime_stop();
	for (int i = 0; i < per_cpu; i++)
		WRITE_ONCE(*guest_copy(vms[i], stop), 1);
	for (int i = 0; i < nr; i++) {
		vcpu_thread_join(&threads[i]);
		hop_plan_free(&plans[i]);
	}
	report(nr, what);
	for (int i = 0; i < per_cpu; i++)
		kvm_vm_free(vms[i]);
}

static void time_slices(void)
{
	preempt(PER_CPU, HOPPED);
}

/* Alone on its CPU, and not hopped: hardly anything else can preempt a vCPU. */
static void realtime(void)
{
	SUBTEST_REQUIRE(!realtime_why_not(), "SCHED_FIFO: %s", realtime_why_not());
	preempt(1, REALTIME);
}

static void signals(void)
{
	preempt(PER_CPU, HOPPED | SIGNALS);
}

static void together(void)
{
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
	TEST_REQUIRE(host_state_available(), "%s", host_state_why_not());
	TEST_REQUIRE(host_state_guard_mode() != HOST_STATE_GUARD_OFF,
		     "the guard is off: nothing looks at the host during a run");
	TEST_REQUIRE(nr_allowed_cpus() > 1, "one CPU: nowhere to hop to");
	return test_run(subtests, ARRAY_SIZE(subtests));
}
