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
 * thread has RDTSC disabled, so that CR4.TSD differs from thread to thread; and each has
 * a GS base of its own, which the scheduler reads where KVM has put the guest's.  Of every
 * second one KVM notes that it was preempted, in user memory, which must not stay open to
 * the kernel (RFLAGS.AC): no switch to another thread closes it.
 */
#include <asm/prctl.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#include "cpus.h"
#include "crowd.h"
#include "observer.h"
#include "realtime.h"

#define HOPS		2000	/* --hops sets it */
#define OWN_GS_BASE	0x1f5000000000ULL
#define WAKEUPS		200	/* of all real-time processes */

/*
 * Each hop waits until its thread has its turn among those on the new CPU, a
 * time slice or several, where one between runs waits for nothing: so a subtest
 * takes this part of the hops, and every pair of CPUs.
 */
#define SHARE		50

enum { HOPPED = 1, REALTIME = 2, SIGNALS = 4 };

static struct hop_stats stats;
static u64 preempted, interrupted, wakeups;

static u64 own_gs_base(const struct hopper *h)
{
	return OWN_GS_BASE + h->vcpu->id * PAGE_SIZE;
}

static void on_begin(struct hopper *h)
{
	if (h->vcpu->id % 2)
		TEST_ASSERT_OK(prctl(PR_SET_TSC, PR_TSC_SIGSEGV));
	TEST_ASSERT_OK(syscall(SYS_arch_prctl, ARCH_SET_GS, own_gs_base(h)));
}

static void on_eintr(struct hopper *h)
{
	struct host_state hs;
	u64 gs_base;

	host_state_snapshot(&hs);
	host_state_check_tr(&hs, (int)hs.cpu, -1);
	TEST_ASSERT_OK(syscall(SYS_arch_prctl, ARCH_GET_GS, &gs_base));
	host_state_expect("behaviour", "KERNEL_GS_BASE", (int)hs.cpu, -1, gs_base,
			  own_gs_base(h));
}

static bool preempt_on(struct crowd *c, int what)
{
	u64 pairs = (u64)(c->nr_cpus * (c->nr_cpus - 1));
	u64 hops = hops_share(test_options.hops ?: HOPS, SHARE, pairs);
	bool running = crowd_start(c);

	if (what & REALTIME)
		realtime_start(c->cpus, c->nr_cpus);
	if (what & HOPPED && running)
		running = crowd_hop(c, hops, what & SIGNALS);
	if (what & REALTIME) {
		if (running)
			realtime_wait(WAKEUPS);
		wakeups += realtime_wakeups();
		realtime_stop();
	}
	crowd_stop(c);
	preempted += c->preempted;
	interrupted += c->interrupted;
	return running;
}

static void report(int threads, int nr_cpus, int what)
{
	/* A hop may have taken the thread off its CPU as well. */
	preempted = preempted > stats.hops ? preempted - stats.hops : 0;
	test_count("threads=%d cpus=%d cpus_all=%d entries=%llu", threads, nr_cpus,
		   nr_allowed_cpus(), host_state_entries());
	test_count("preempted=%llu interrupted=%llu wakeups=%llu", preempted, interrupted,
		   wakeups);
	if (what & HOPPED)
		hop_stats_print(&stats);
	if (!preempted || (what & SIGNALS && !interrupted) || (what & HOPPED && !stats.hops))
		subtest_inconclusive("%llu preemptions, %llu interruptions, %llu hops",
				     preempted, interrupted, stats.hops);
}

static void preempt(int per_cpu, int what)
{
	int groups = crowd_groups(), first = (int)(test_options.seed % (u64)groups);
	int nr_cpus = 0, threads = 0;
	bool running = true;

	if (what & REALTIME) {
		SUBTEST_REQUIRE_DISRUPTIVE("it runs in the class SCHED_FIFO");
		SUBTEST_REQUIRE(!realtime_why_not(), "SCHED_FIFO: %s", realtime_why_not());
	}
	hop_stats_clear(&stats);
	preempted = 0;
	interrupted = 0;
	wakeups = 0;
	hop_time_begins();
	for (int i = 0; i < groups && running && hop_time_is_left((u64)i, 1); i++) {
		struct crowd c = {
			.per_cpu = per_cpu, .hops = what & HOPPED, .stats = &stats,
			.begin = on_begin, .eintr = on_eintr,
		};

		crowd_cpus(&c, (first + i) % groups);
		running = preempt_on(&c, what);
		nr_cpus += c.nr_cpus;
		threads = c.nr;
	}
	report(threads, nr_cpus, what);
}

static void time_slices(void)
{
	preempt(CROWD_PER_CPU, HOPPED);
}

/* Alone on its CPU, and not hopped: hardly anything else can preempt a vCPU. */
static void realtime(void)
{
	preempt(1, REALTIME);
}

static void signals(void)
{
	preempt(CROWD_PER_CPU, HOPPED | SIGNALS);
}

static void together(void)
{
	preempt(CROWD_PER_CPU, HOPPED | REALTIME | SIGNALS);
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
	host_state_user(true);
	return test_run(subtests, ARRAY_SIZE(subtests));
}
