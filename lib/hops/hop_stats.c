// SPDX-License-Identifier: GPL-2.0-only
/* What the hops of a subtest covered. */
#include "cpus.h"
#include "hop_plan.h"
#include "numa_util.h"

/** hop_index() - where a hop counts in struct hop_stats's pair and in host_state_hops() */
size_t hop_index(int from, int to)
{
	return (size_t)from * (size_t)nr_cpu_ids() + (size_t)to;
}

/** hop_stats_clear() - no hop yet; to be called before the first one */
void hop_stats_clear(struct hop_stats *stats)
{
	size_t size = hop_index(nr_cpu_ids(), 0) * sizeof(*stats->pair);

	if (!stats->pair)
		stats->pair = malloc(size);
	TEST_RESOURCE(stats->pair, "not enough memory for hops of %d CPUs", nr_cpu_ids());
	memset(stats->pair, 0, size);
	stats->hops = 0;
}

/** hop_stats_add() - count a verified hop; any thread; not if @from is not known */
void hop_stats_add(struct hop_stats *stats, int from, int to)
{
	if (from < 0 || from >= nr_cpu_ids() || to < 0 || to >= nr_cpu_ids())
		return;
	__atomic_add_fetch(&stats->hops, 1, __ATOMIC_RELAXED);
	__atomic_add_fetch(&stats->pair[hop_index(from, to)], 1, __ATOMIC_RELAXED);
}

/** hop_stats_of() - how many hops led from @from to @to */
u32 hop_stats_of(const struct hop_stats *stats, int from, int to)
{
	return stats->pair[hop_index(from, to)];
}

/** hop_stats_pairs() - how many ordered pairs of CPUs were hopped */
int hop_stats_pairs(const struct hop_stats *stats)
{
	int pairs = 0;

	for (int i = 0; i < nr_allowed_cpus(); i++)
		for (int j = 0; j < nr_allowed_cpus(); j++)
			pairs += hop_stats_of(stats, allowed_cpu(i), allowed_cpu(j)) != 0;
	return pairs;
}

/* How many hops led from @from to @to, two nodes; to any other one if @to is -1. */
static u64 hops_between_nodes(const struct hop_stats *stats, int from, int to)
{
	u64 hops = 0;

	for (int i = 0; i < nr_allowed_cpus(); i++) {
		if (numa_node_of(allowed_cpu(i)) != from)
			continue;
		for (int j = 0; j < nr_allowed_cpus(); j++) {
			int node = numa_node_of(allowed_cpu(j));

			if (to < 0 ? node != from : node == to)
				hops += hop_stats_of(stats, allowed_cpu(i), allowed_cpu(j));
		}
	}
	return hops;
}

/** hop_stats_cross_node() - how many hops led to another NUMA node */
u64 hop_stats_cross_node(const struct hop_stats *stats)
{
	u64 hops = 0;

	for (int node = 0; node <= numa_last_node(); node++)
		hops += hops_between_nodes(stats, node, -1);
	return hops;
}

static void require_every_cpu(const struct hop_stats *stats)
{
	for (int i = 0; i < nr_allowed_cpus(); i++) {
		u64 left = 0, entered = 0;

		for (int j = 0; j < nr_allowed_cpus(); j++) {
			left += hop_stats_of(stats, allowed_cpu(i), allowed_cpu(j));
			entered += hop_stats_of(stats, allowed_cpu(j), allowed_cpu(i));
		}
		if (!left || !entered)
			subtest_inconclusive("cpu %d was left %llu times and entered %llu times",
					     allowed_cpu(i), left, entered);
	}
}

static void require_every_node_pair(const struct hop_stats *stats)
{
	for (int from = 0; from <= numa_last_node(); from++)
		for (int to = 0; to <= numa_last_node(); to++)
			if (from != to && numa_first_cpu(from) >= 0 &&
			    numa_first_cpu(to) >= 0 && !hops_between_nodes(stats, from, to))
				subtest_inconclusive("no hop from node %d to node %d", from, to);
}

/** hop_stats_require_coverage() - inconclusive, unless the hops went everywhere */
void hop_stats_require_coverage(const struct hop_stats *stats)
{
	int pairs = hop_stats_pairs(stats);

	if (hop_plan_takes_all_pairs()) {
		if (pairs < nr_cpu_pairs())
			subtest_inconclusive("verified %d of %d CPU pairs; needs --hops %d or more",
					     pairs, nr_cpu_pairs(), nr_cpu_pairs());
		return;
	}
	require_every_cpu(stats);
	require_every_node_pair(stats);
}
