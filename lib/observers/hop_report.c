// SPDX-License-Identifier: GPL-2.0-only
/* What the hops of a subtest verified, held against what the entry guard saw. */
#include "numa_util.h"
#include "observer.h"

/* A line for each CPU: FROM@NODE, then TO=HOPS for where hops led from there. */
static void print_pairs(const struct hop_stats *stats)
{
	for (int i = 0; i < nr_allowed_cpus(); i++) {
		int from = allowed_cpu(i);

		printf("# pairs: %d@%d", from, numa_node_of(from));
		for (int j = 0; j < nr_allowed_cpus(); j++) {
			int to = allowed_cpu(j);

			if (hop_stats_of(stats, from, to))
				printf(" %d=%u", to, hop_stats_of(stats, from, to));
		}
		printf("\n");
	}
}

/** hop_stats_print() - print what a subtest verified */
void hop_stats_print(const struct hop_stats *stats)
{
	test_count("hops=%llu entries=%llu cross_node=%llu pairs=%d pairs_all=%d",
		   stats->hops, host_state_entries(), hop_stats_cross_node(stats),
		   hop_stats_pairs(stats), nr_cpu_pairs());
	print_pairs(stats);
}

/** hop_stats_report() - the same; where they did not go everywhere, inconclusive */
void hop_stats_report(const struct hop_stats *stats)
{
	hop_stats_print(stats);
	hop_stats_require_coverage(stats);
}

/**
 * host_state_entered_after() - where the only vCPU that runs entered next, or -1
 * @from: the CPU that it left
 * @before: host_state_hops() from before it did
 */
int host_state_entered_after(int from, const u32 *before)
{
	u32 *after = host_state_hops(NULL);
	int to = -1;

	for (int cpu = 0; cpu < nr_cpu_ids() && to < 0; cpu++)
		if (after[hop_index(from, cpu)] != before[hop_index(from, cpu)])
			to = cpu;
	free(after);
	return to;
}

/**
 * hop_stats_check_guarded() - the entry guard must have seen each hop's entry
 * @stats: the hops since @before, during runs: the migrator saw the vCPU move
 * @before: host_state_hops() from before the first of them
 *
 * Hops that were not guarded make the subtest inconclusive.
 */
void hop_stats_check_guarded(const struct hop_stats *stats, const u32 *before)
{
	u32 *after = host_state_hops(NULL);

	for (int i = 0; i < nr_allowed_cpus(); i++) {
		for (int j = 0; j < nr_allowed_cpus(); j++) {
			int from = allowed_cpu(i), to = allowed_cpu(j);
			u32 hops = hop_stats_of(stats, from, to);
			size_t at = hop_index(from, to);

			if (after[at] - before[at] < hops)
				subtest_inconclusive("cpu %d to %d: %u hops, %u of them guarded",
						     from, to, hops, after[at] - before[at]);
		}
	}
	free(after);
}
