/* SPDX-License-Identifier: GPL-2.0-only */
/* Which hops, in which order, and what they covered. */
#ifndef HOP_PLAN_H
#define HOP_PLAN_H

#include "test_util.h"

/* An endless walk from CPU to CPU, round by round. */
struct hop_plan {
	u64 random;			/* state of the generator */
	const int *cpus;		/* where it leads */
	int nr_cpus;
	int *order;			/* the CPUs of this round, in turn */
	int nr;
	int next;
	int must;			/* hops of the first round that time does not cut short */
};

void hop_plan_init(struct hop_plan *plan, u64 seed, int part, int parts);
void hop_plan_among(struct hop_plan *plan, const int *cpus, int nr_cpus, u64 seed,
		    int part, int parts);
int hop_plan_first(const struct hop_plan *plan);
int hop_plan_next(struct hop_plan *plan);
void hop_plan_free(struct hop_plan *plan);

bool hop_plan_takes_all_pairs(void);
u64 hop_plan_all(void);
u64 default_hops(u64 hops);
u64 hops_share(u64 hops, u64 share, u64 all);

/* What was verified, by any number of threads. */
struct hop_stats {
	u64 hops;
	u32 *pair;			/* by hop_index() */
};

/* In an array with an element for each ordered pair of CPUs. */
size_t hop_index(int from, int to);

void hop_stats_clear(struct hop_stats *stats);
void hop_stats_add(struct hop_stats *stats, int from, int to);
u32 hop_stats_of(const struct hop_stats *stats, int from, int to);
int hop_stats_pairs(const struct hop_stats *stats);
u64 hop_stats_cross_node(const struct hop_stats *stats);
void hop_stats_require_coverage(const struct hop_stats *stats);

#endif /* HOP_PLAN_H */
