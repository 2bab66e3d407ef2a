// SPDX-License-Identifier: GPL-2.0-only
/* Moving vCPU threads from CPU to CPU. */
#include <pthread.h>
#include <sched.h>

#include "migrate.h"
#include "x86/processor.h"

#define CHECK_TRIES	3

static cpu_set_t allowed;		/* when the test began */
static int cpus[MIGRATE_MAX_CPUS];	/* of these, by index */
static int nr_cpus;

/** migrate_init() - read the allowed CPUs; the observers know the first 64 */
void migrate_init(void)
{
	TEST_ASSERT_OK(sched_getaffinity(0, sizeof(allowed), &allowed));
	for (int cpu = 0; cpu < MIGRATE_MAX_CPUS; cpu++) {
		if (CPU_ISSET((size_t)cpu, &allowed))
			cpus[nr_cpus++] = cpu;
	}
	TEST_ASSERT(nr_cpus > 0, "no allowed CPU below %d", MIGRATE_MAX_CPUS);
}

int nr_allowed_cpus(void)
{
	return nr_cpus;
}

/** allowed_cpu() - the CPU number of the @i-th allowed CPU, from 0 */
int allowed_cpu(int i)
{
	return cpus[i];
}

/** nr_cpu_pairs() - ordered pairs of different allowed CPUs */
int nr_cpu_pairs(void)
{
	return nr_cpus * (nr_cpus - 1);
}

/** default_hops() - --hops if given, else @hops or enough for every pair */
u64 default_hops(u64 hops)
{
	u64 pairs = (u64)nr_cpu_pairs();

	if (test_options.hops)
		return test_options.hops;
	return hops > pairs ? hops : pairs;
}

static void set_affinity(pthread_t thread, const cpu_set_t *set, int cpu)
{
	int ret = pthread_setaffinity_np(thread, sizeof(*set), set);

	errno = ret;
	TEST_ASSERT(!ret, "cannot move to cpu %d", cpu);
}

/** migrate_thread() - let @thread run on @cpu only; it has left any other */
void migrate_thread(pthread_t thread, int cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET((size_t)cpu, &set);
	set_affinity(thread, &set, cpu);
}

/** migrate_self() - move the calling thread to @cpu, and see that it is there */
void migrate_self(int cpu)
{
	migrate_thread(pthread_self(), cpu);
	TEST_ASSERT_EQ(sched_getcpu(), cpu);
}

/** migrate_restore() - let the calling thread run where the test began */
void migrate_restore(void)
{
	set_affinity(pthread_self(), &allowed, -1);
}

/*
 * Run, then check, on the CPU where the thread is.  Between exit and check,
 * somebody may have called this vCPU's state in: then there was nothing to see,
 * and it runs once more.  If another vCPU's thread was here in between, what is
 * checked is what its exit left: this CPU's state all the same, and the vCPU's
 * own was the guard's to see.
 */
static bool run_and_check(struct kvm_vcpu *vcpu, int from, int to,
			  hop_check_fn check, struct hop_stats *stats)
{
	struct ucall uc;

	for (int tries = 0; tries < CHECK_TRIES; tries++) {
		if (vcpu_run_to_ucall(vcpu, &uc) != UCALL_SYNC)
			return false;
		if (check(vcpu, from, to)) {
			hop_stats_add(stats, from, to);
			break;
		}
	}
	return true;
}

static void between_runs(struct kvm_vcpu *vcpu, u64 hops, struct hop_plan *plan,
			 hop_check_fn check, struct hop_stats *stats)
{
	int from = hop_plan_first(plan), to;
	bool alive;
	struct ucall uc;

	migrate_self(from);
	alive = vcpu_run_to_ucall(vcpu, &uc) == UCALL_SYNC;
	for (u64 i = 0; i < hops && alive; i++) {
		to = hop_plan_next(plan);
		migrate_self(to);
		alive = run_and_check(vcpu, from, to, check, stats);
		from = to;
	}
	migrate_restore();
}

/**
 * migrate_between_runs() - hop the calling thread, one run of the vCPU on each
 * @vcpu: whose guest calls GUEST_SYNC() for ever
 * @hops: how many
 * @seed: of their order
 * @check: called after each exit with the CPUs; true: the hop was verified,
 *	false: nothing was to be seen
 * @stats: receives the verified hops
 *
 * Leaves the thread's affinity as it was in test_init().
 */
void migrate_between_runs(struct kvm_vcpu *vcpu, u64 hops, u64 seed,
			  hop_check_fn check, struct hop_stats *stats)
{
	struct hop_plan plan;

	hop_plan_init(&plan, seed, 0, 1);
	between_runs(vcpu, hops, &plan, check, stats);
	hop_plan_free(&plan);
}

/* A vCPU's thread. */
struct runner {
	struct kvm_vcpu *vcpu;
	pthread_t thread;
	u64 hops;
	hop_check_fn check;
	struct hop_stats stats;
	struct hop_plan plan;
	int cpu;			/* during runs: where it was last seen */
	bool ended;
};

static struct runner *make_runners(struct kvm_vcpu **vcpus, int nr, u64 hops)
{
	struct runner *runners = calloc((size_t)nr, sizeof(*runners));

	TEST_ASSERT(runners, "no memory for %d threads", nr);
	for (int i = 0; i < nr; i++) {
		runners[i].vcpu = vcpus[i];
		hop_plan_init(&runners[i].plan, test_options.seed, i, nr);
		/* No hop is lost in the division. */
		runners[i].hops = hops / (u64)nr + ((u64)i < hops % (u64)nr);
	}
	return runners;
}

static void free_runners(struct runner *runners, int nr)
{
	for (int i = 0; i < nr; i++)
		hop_plan_free(&runners[i].plan);
	free(runners);
}

static void start_runner(struct runner *runner, void *(*fn)(void *runner))
{
	int ret = pthread_create(&runner->thread, NULL, fn, runner);

	errno = ret;
	TEST_ASSERT(!ret, "pthread_create");
}

static void *many_runs(void *data)
{
	struct runner *runner = data;

	between_runs(runner->vcpu, runner->hops, &runner->plan, runner->check,
		     &runner->stats);
	return NULL;
}

/**
 * migrate_threads_between_runs() - the same with one thread a vCPU
 * @vcpus: of one VM
 * @nr: how many
 * @hops: of all together
 * @check: called on the threads, side by side
 * @stats: receives the hops of all
 */
void migrate_threads_between_runs(struct kvm_vcpu **vcpus, int nr, u64 hops,
				  hop_check_fn check, struct hop_stats *stats)
{
	struct runner *runners = make_runners(vcpus, nr, hops);

	for (int i = 0; i < nr; i++) {
		runners[i].check = check;
		start_runner(&runners[i], many_runs);
	}
	for (int i = 0; i < nr; i++) {
		pthread_join(runners[i].thread, NULL);
		hop_stats_merge(stats, &runners[i].stats);
	}
	free_runners(runners, nr);
}

static void *one_long_run(void *data)
{
	struct runner *runner = data;
	struct ucall uc;

	migrate_self(runner->cpu);
	while (vcpu_run_to_ucall(runner->vcpu, &uc) == UCALL_SYNC)
		;
	WRITE_ONCE(runner->ended, true);
	return NULL;
}

/*
 * Wait until the guest has counted on.  There is no limit in time: how long a
 * round takes is no property of the kernel; the watchdog sees standstill.
 */
static bool wait_for_round(struct runner *runner, const u64 *round)
{
	u64 before = READ_ONCE(*round);

	while (READ_ONCE(*round) == before) {
		if (READ_ONCE(runner->ended))
			return false;
		cpu_relax();
		sched_yield();
	}
	return true;
}

/*
 * The migrator stays off the CPU that a vCPU goes to, if it can: there it
 * would get the CPU back only with the next tick.
 */
static void step_aside(int cpu)
{
	cpu_set_t set = allowed;

	if (sched_getcpu() != cpu)
		return;
	CPU_CLR((size_t)cpu, &set);
	set_affinity(pthread_self(), &set, cpu);
}

/**
 * migrate_during_runs() - hop vCPU threads while their guests run
 * @vcpus: of one VM
 * @rounds: rounds[i]: host address of what the guest of vcpus[i] counts up
 * @stop: host address of what ends the guests' loops
 * @nr: how many vCPUs
 * @hops: of all together
 * @stats: receives the hops
 *
 * sched_setaffinity() of a running thread returns when the thread has left its
 * CPU, so a round that begins to count after that was counted on the new one:
 * that, and nothing about time, is what makes it a hop.
 */
void migrate_during_runs(struct kvm_vcpu **vcpus, u64 **rounds, u64 *stop, int nr,
			 u64 hops, struct hop_stats *stats)
{
	struct runner *runners = make_runners(vcpus, nr, hops);
	bool running = true;

	for (int i = 0; i < nr; i++) {
		runners[i].cpu = hop_plan_first(&runners[i].plan);
		start_runner(&runners[i], one_long_run);
	}
	for (int i = 0; i < nr; i++) {
		test_progress("first round of vCPU", i, -1);
		running &= wait_for_round(&runners[i], rounds[i]);
	}
	for (u64 hop = 0; hop < hops && running; hop++) {
		int i = (int)(hop % (u64)nr);
		struct runner *runner = &runners[i];
		int to = hop_plan_next(&runner->plan);

		test_progress("hop during the run of vCPU, to cpu", i, to);
		step_aside(to);
		migrate_thread(runner->thread, to);
		running = wait_for_round(runner, rounds[i]);
		if (running)
			hop_stats_add(stats, runner->cpu, to);
		runner->cpu = to;
	}
	WRITE_ONCE(*stop, 1);
	test_progress("end of the guests", nr, -1);
	for (int i = 0; i < nr; i++)
		pthread_join(runners[i].thread, NULL);
	free_runners(runners, nr);
	migrate_restore();
}
