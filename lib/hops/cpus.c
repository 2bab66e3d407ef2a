// SPDX-License-Identifier: GPL-2.0-only
/*
 * The host's CPUs, however many, numbered in whatever way.
 *
 * Where something is kept for each CPU, it is an array of nr_cpu_ids(), by the
 * CPU's number.  Sets of CPUs have the size that this kernel's have.
 */
#include <sched.h>

#include "cpus.h"

#define MAX_CPUS	0x100000	/* no kernel has that many: stop asking */

static size_t set_size;
static cpu_set_t *allowed;		/* when the test began */
static char *only;			/* a set for each CPU, with nothing but that CPU */
static int *cpus, nr_cpus;		/* the allowed ones */
static int nr_ids;

static cpu_set_t *only_cpu(int cpu)
{
	return (cpu_set_t *)(only + (size_t)cpu * set_size);
}

/* The kernel refuses a set that is smaller than its own. */
static void read_allowed(void)
{
	for (int nr = CPU_SETSIZE; nr <= MAX_CPUS; nr *= 2) {
		set_size = CPU_ALLOC_SIZE((size_t)nr);
		allowed = CPU_ALLOC((size_t)nr);
		TEST_RESOURCE(allowed, "not enough memory for a set of %d CPUs", nr);
		if (!sched_getaffinity(0, set_size, allowed))
			return;
		TEST_ASSERT(errno == EINVAL, "sched_getaffinity");
		CPU_FREE(allowed);
	}
	TEST_ASSERT(false, "sched_getaffinity wants room for more than %d CPUs", MAX_CPUS);
}

/* The last number of a list like "0-3,8-11"; -1: there is no such file. */
static int last_of_list(const char *path)
{
	FILE *file = fopen(path, "r");
	int last = -1;

	if (!file)
		return -1;
	while (fscanf(file, "%*[-,]") != EOF && fscanf(file, "%d", &last) == 1)
		;
	fclose(file);
	return last;
}

/** cpus_init() - read which CPUs there are, and which ones are allowed */
void cpus_init(void)
{
	read_allowed();
	nr_ids = last_of_list("/sys/devices/system/cpu/possible") + 1;
	for (int cpu = 0; cpu < (int)set_size * 8; cpu++)
		if (CPU_ISSET_S((size_t)cpu, set_size, allowed) && cpu >= nr_ids)
			nr_ids = cpu + 1;

	cpus = calloc((size_t)nr_ids, sizeof(*cpus));
	only = calloc((size_t)nr_ids, set_size);
	TEST_RESOURCE(cpus && only, "not enough memory for %d CPUs", nr_ids);
	for (int cpu = 0; cpu < nr_ids; cpu++) {
		CPU_SET_S((size_t)cpu, set_size, only_cpu(cpu));
		if (CPU_ISSET_S((size_t)cpu, set_size, allowed))
			cpus[nr_cpus++] = cpu;
	}
}

/** nr_cpu_ids() - one more than the highest number that a CPU can have */
int nr_cpu_ids(void)
{
	return nr_ids;
}

/** nr_online_cpus() - also those that this process may not use */
int nr_online_cpus(void)
{
	return (int)sysconf(_SC_NPROCESSORS_ONLN);
}

/** nr_allowed_cpus() - those that were online, and this process's, in test_init() */
int nr_allowed_cpus(void)
{
	return nr_cpus;
}

/** allowed_cpu() - the CPU number of the @i-th allowed CPU, from 0 */
int allowed_cpu(int i)
{
	return cpus[i];
}

/** allowed_cpus() - all of them, nr_allowed_cpus() in ascending order */
const int *allowed_cpus(void)
{
	return cpus;
}

/** nr_cpu_pairs() - ordered pairs of different allowed CPUs */
int nr_cpu_pairs(void)
{
	return nr_cpus * (nr_cpus - 1);
}

static void set_affinity(pthread_t thread, const cpu_set_t *set, int cpu)
{
	int ret = pthread_setaffinity_np(thread, set_size, set);

	TEST_RESOURCE(ret != EINVAL, "cpu %d has gone offline, or from our cpuset", cpu);
	errno = ret;
	TEST_ASSERT(!ret, "cannot move to cpu %d", cpu);
}

/* Who takes a CPU offline or changes a cpuset widens what a thread may run on. */
static bool is_pinned(int cpu)
{
	cpu_set_t *set = CPU_ALLOC(set_size * 8);
	bool yes;

	TEST_RESOURCE(set, "not enough memory for a set of CPUs");
	TEST_ASSERT_OK(sched_getaffinity(0, set_size, set));
	yes = CPU_EQUAL_S(set_size, set, only_cpu(cpu));
	CPU_FREE(set);
	return yes;
}

/**
 * migrate_was_on() - assert where the calling thread was
 * @at: where it was
 * @cpu: the CPU that it had moved to; if somebody else moved it, that is no failure
 */
void migrate_was_on(int at, int cpu)
{
	TEST_RESOURCE(at == cpu || is_pinned(cpu), "somebody took this thread off cpu %d", cpu);
	TEST_ASSERT_EQ(at, cpu);
}

/** migrate_thread() - let @thread run on @cpu only; it has left any other */
void migrate_thread(pthread_t thread, int cpu)
{
	set_affinity(thread, only_cpu(cpu), cpu);
}

/** migrate_self() - move the calling thread to @cpu, and see that it is there */
void migrate_self(int cpu)
{
	migrate_thread(pthread_self(), cpu);
	migrate_was_on(sched_getcpu(), cpu);
}

/** migrate_try() - move the calling thread to @cpu; false: that one is offline */
bool migrate_try(int cpu)
{
	if (!sched_setaffinity(0, set_size, only_cpu(cpu)))
		return true;
	TEST_ASSERT(errno == EINVAL, "cannot move to cpu %d", cpu);
	return false;
}

/** migrate_away_from() - if the calling thread is on @cpu: to any other one */
void migrate_away_from(int cpu)
{
	cpu_set_t *set;

	if (sched_getcpu() != cpu)
		return;
	set = CPU_ALLOC(set_size * 8);
	TEST_RESOURCE(set, "not enough memory for a set of CPUs");
	memcpy(set, allowed, set_size);
	CPU_CLR_S((size_t)cpu, set_size, set);
	set_affinity(pthread_self(), set, cpu);
	CPU_FREE(set);
}

/** migrate_restore() - let the calling thread run where the test began */
void migrate_restore(void)
{
	set_affinity(pthread_self(), allowed, -1);
}

/** migrate_is_allowed() - whether the calling thread may run on @cpu now */
bool migrate_is_allowed(int cpu)
{
	cpu_set_t *set = CPU_ALLOC(set_size * 8);
	bool yes;

	TEST_RESOURCE(set, "not enough memory for a set of CPUs");
	TEST_ASSERT_OK(sched_getaffinity(0, set_size, set));
	yes = CPU_ISSET_S((size_t)cpu, set_size, set);
	CPU_FREE(set);
	return yes;
}
