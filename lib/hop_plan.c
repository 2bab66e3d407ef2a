// SPDX-License-Identifier: GPL-2.0-only
/* Which hops, in which order, and what they covered. */
#include "migrate.h"
#include "numa_util.h"
#include "observer.h"

/* xorshift64* (Vigna 2016): the same hops from the same seed, on any libc. */
static u32 random_below(struct hop_plan *plan, u32 bound)
{
	plan->random ^= plan->random >> 12;
	plan->random ^= plan->random << 25;
	plan->random ^= plan->random >> 27;
	return (u32)(plan->random * 0x2545f4914f6cdd1dULL >> 33) % bound;
}

/*
 * A round takes every ordered pair exactly once: an Eulerian circuit of the
 * complete directed graph (Hierholzer 1873), with the ways out of each CPU
 * shuffled.  It ends where it began, and so the next round follows on.
 */
static void plan_round(struct hop_plan *plan)
{
	u8 ways[MIGRATE_MAX_CPUS][MIGRATE_MAX_CPUS], left[MIGRATE_MAX_CPUS];
	u8 stack[MIGRATE_MAX_CPUS * MIGRATE_MAX_CPUS];
	int depth = 0, at = plan->nr;

	for (int from = 0; from < nr_allowed_cpus(); from++) {
		left[from] = 0;
		for (int to = 0; to < nr_allowed_cpus(); to++) {
			u32 i;

			if (to == from)
				continue;
			/* Insert at a random place (Fisher and Yates, inside out). */
			i = random_below(plan, left[from] + 1U);
			if (i < left[from])
				ways[from][left[from]] = ways[from][i];
			ways[from][i] = (u8)to;
			left[from]++;
		}
	}

	stack[depth++] = plan->order[plan->nr];
	while (depth) {
		u8 here = stack[depth - 1];

		if (left[here]) {
			stack[depth++] = ways[here][--left[here]];
		} else {
			plan->order[at--] = here;
			depth--;
		}
	}
	plan->next = 1;
}

/**
 * hop_plan_init() - an order of hops that follows from @seed alone
 * @plan: to be freed with hop_plan_free()
 * @seed: of the test
 * @part: which one of several plans, from 0
 * @parts: how many plans there are
 *
 * The parts share their first round, each beginning where the one before ends:
 * together they take every pair as soon as one plan alone would.  Then each
 * goes its own way.
 */
void hop_plan_init(struct hop_plan *plan, u64 seed, int part, int parts)
{
	int start, here = 0;

	/* The generator must not start at 0. */
	plan->random = (seed + 1) * 0x9e3779b97f4a7c15ULL ?: 1;
	plan->nr = nr_cpu_pairs();
	plan->order = malloc((size_t)plan->nr + 1);
	TEST_ASSERT(plan->order, "no memory for %d hops", plan->nr);
	plan->order[plan->nr] = (u8)random_below(plan, (u32)nr_allowed_cpus());
	plan_round(plan);

	start = part * (plan->nr / parts) + (part < plan->nr % parts ? part : plan->nr % parts);
	if (start) {
		u8 *round = plan->order;

		/* It is a circuit: begin elsewhere, and end there. */
		plan->order = malloc((size_t)plan->nr + 1);
		TEST_ASSERT(plan->order, "no memory for %d hops", plan->nr);
		for (; here <= plan->nr; here++)
			plan->order[here] = round[(start + here) % plan->nr];
		free(round);
		plan->random ^= (u64)part << 32;
	}
}

/** hop_plan_first() - the CPU to start on */
int hop_plan_first(const struct hop_plan *plan)
{
	return allowed_cpu(plan->order[0]);
}

/** hop_plan_next() - the CPU to hop to */
int hop_plan_next(struct hop_plan *plan)
{
	if (plan->next > plan->nr)
		plan_round(plan);
	return allowed_cpu(plan->order[plan->next++]);
}

void hop_plan_free(struct hop_plan *plan)
{
	free(plan->order);
}

/**
 * hop_stats_add() - count a verified hop
 *
 * Not one of a thread whose CPU went away, and which the scheduler then put on
 * a CPU beyond those that the observers know.
 */
void hop_stats_add(struct hop_stats *stats, int from, int to)
{
	if (from < 0 || from >= MIGRATE_MAX_CPUS || to < 0 || to >= MIGRATE_MAX_CPUS)
		return;
	stats->hops++;
	stats->pair[from][to]++;
}

/** hop_stats_merge() - add the hops of another thread */
void hop_stats_merge(struct hop_stats *to, const struct hop_stats *from)
{
	to->hops += from->hops;
	for (int i = 0; i < MIGRATE_MAX_CPUS; i++)
		for (int j = 0; j < MIGRATE_MAX_CPUS; j++)
			to->pair[i][j] += from->pair[i][j];
}

/** hop_stats_pairs() - how many ordered pairs of CPUs were hopped */
int hop_stats_pairs(const struct hop_stats *stats)
{
	int pairs = 0;

	for (int i = 0; i < nr_allowed_cpus(); i++)
		for (int j = 0; j < nr_allowed_cpus(); j++)
			pairs += stats->pair[allowed_cpu(i)][allowed_cpu(j)] != 0;
	return pairs;
}

/** hop_stats_cross_node() - how many hops led to another NUMA node */
u64 hop_stats_cross_node(const struct hop_stats *stats)
{
	u64 hops = 0;

	for (int i = 0; i < nr_allowed_cpus(); i++) {
		for (int j = 0; j < nr_allowed_cpus(); j++) {
			int from = allowed_cpu(i), to = allowed_cpu(j);

			if (numa_node_of(from) != numa_node_of(to))
				hops += stats->pair[from][to];
		}
	}
	return hops;
}

/* A line for each CPU: FROM@NODE, then TO=HOPS for where hops led from there. */
static void print_pairs(const struct hop_stats *stats)
{
	for (int i = 0; i < nr_allowed_cpus(); i++) {
		int from = allowed_cpu(i);

		printf("# pairs: %d@%d", from, numa_node_of(from));
		for (int j = 0; j < nr_allowed_cpus(); j++) {
			int to = allowed_cpu(j);

			if (stats->pair[from][to])
				printf(" %d=%u", to, stats->pair[from][to]);
		}
		printf("\n");
	}
}

/**
 * hop_stats_report() - print what a subtest verified
 * @stats: its hops
 *
 * Where a pair of CPUs is missing the subtest is inconclusive.
 */
void hop_stats_report(const struct hop_stats *stats)
{
	int pairs = hop_stats_pairs(stats);

	test_count("hops=%llu entries=%llu cross_node=%llu pairs=%d pairs_all=%d",
		   stats->hops, host_state_entries(), hop_stats_cross_node(stats), pairs,
		   nr_cpu_pairs());
	print_pairs(stats);
	if (pairs < nr_cpu_pairs())
		subtest_inconclusive("verified %d of %d CPU pairs; needs --hops %d or more",
				     pairs, nr_cpu_pairs(), nr_cpu_pairs());
}

/**
 * hop_stats_check_guarded() - the entry guard must have seen each hop's entry
 * @stats: the hops since @before, during runs: the migrator saw the vCPU move
 * @before: host_state_hops() from before the first of them
 *
 * Hops that were not guarded make the subtest inconclusive.
 */
void hop_stats_check_guarded(const struct hop_stats *stats,
			     const struct host_state_hops *before)
{
	static struct host_state_hops after;

	host_state_hops(&after);
	for (int i = 0; i < nr_allowed_cpus(); i++) {
		for (int j = 0; j < nr_allowed_cpus(); j++) {
			int from = allowed_cpu(i), to = allowed_cpu(j);
			u32 guarded = after.hops[from][to] - before->hops[from][to];

			if (guarded < stats->pair[from][to])
				subtest_inconclusive("cpu %d to %d: %u hops, %u of them guarded",
						     from, to, stats->pair[from][to], guarded);
		}
	}
}
