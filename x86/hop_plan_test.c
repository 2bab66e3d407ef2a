// SPDX-License-Identifier: GPL-2.0-only
/*
 * The plan of hops, for machines of any size.  Needs no VM: the CPUs are made up.
 */
#include "hop_plan.h"

#define MAX_NR	130
#define MAX_PARTS	8

static int cpus[MAX_NR];
static u32 taken[MAX_NR][MAX_NR];
static u32 left[MAX_NR], entered[MAX_NR];

static int index_of(int cpu)
{
	return cpu / 3;
}

static void note(int from, int to)
{
	taken[index_of(from)][index_of(to)]++;
	left[index_of(from)]++;
	entered[index_of(to)]++;
}

/* The hops of a first round: of those that must be done, or of all. */
static void walk(int nr, int parts, bool all)
{
	memset(taken, 0, sizeof(taken));
	memset(left, 0, sizeof(left));
	memset(entered, 0, sizeof(entered));
	for (int part = 0; part < parts; part++) {
		struct hop_plan plan;
		int from, to, hops;

		hop_plan_among(&plan, cpus, nr, test_options.seed, part, parts);
		hops = all ? plan.nr - 1 : plan.must - 1;
		from = hop_plan_first(&plan);
		for (int i = 0; i < hops; i++, from = to) {
			to = hop_plan_next(&plan);
			if (to == from)
				subtest_fail("%d CPUs, part %d of %d: cpu %d to itself", nr, part,
					     parts, to);
			note(from, to);
		}
		hop_plan_free(&plan);
	}
}

static void for_all_sizes(void (*check)(int nr, int parts))
{
	static const int sizes[] = { 2, 3, 4, 16, 17, 72, MAX_NR };
	static const int parts[] = { 1, 3, MAX_PARTS };

	/* Numbered with gaps. */
	for (int i = 0; i < MAX_NR; i++)
		cpus[i] = 3 * i;
	for (size_t i = 0; i < ARRAY_SIZE(sizes); i++)
		for (size_t j = 0; j < ARRAY_SIZE(parts); j++)
			check(sizes[i], parts[j]);
	test_count("vectors=%zu", ARRAY_SIZE(sizes) * ARRAY_SIZE(parts));
}

static void all_pairs_of(int nr, int parts)
{
	int missing = 0;

	walk(nr, parts, true);
	for (int i = 0; i < nr; i++)
		for (int j = 0; j < nr; j++)
			missing += i != j && !taken[i][j];
	if (missing)
		subtest_fail("%d CPUs in %d parts: %d pairs are missing", nr, parts, missing);
}

static void every_cpu_of(int nr, int parts)
{
	u64 hops = 0;

	walk(nr, parts, false);
	for (int i = 0; i < nr; i++) {
		hops += left[i];
		if (!left[i] || !entered[i])
			subtest_fail("%d CPUs in %d parts: cpu %d left %u times, entered %u times",
				     nr, parts, cpus[i], left[i], entered[i]);
	}
	/* What must be done on a big machine is nothing that grows with the pairs. */
	if (nr > 16 && hops > 2 * (u64)nr + 4 * (u64)parts)
		subtest_fail("%d CPUs in %d parts: %llu hops must be done", nr, parts, hops);
}

static void all_pairs(void)
{
	for_all_sizes(all_pairs_of);
}

static void every_cpu_first(void)
{
	for_all_sizes(every_cpu_of);
}

static const struct subtest subtests[] = {
	{ "all_pairs", all_pairs },
	{ "every_cpu_first", every_cpu_first },
};

int main(int argc, char *argv[])
{
	test_init(argc, argv, TEST_NO_KVM);
	return test_run(subtests, ARRAY_SIZE(subtests));
}
