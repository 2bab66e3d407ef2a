// SPDX-License-Identifier: GPL-2.0-only
/*
 * Which hops, in which order.
 *
 * With n CPUs there are n(n-1) ordered pairs, and a bug may sit in any of them.
 * A few CPUs' pairs are all taken.  On a big machine that may take more time than
 * a test has.  There a round begins with what must not be missed, each CPU left
 * and entered, each node left for each other one; then it takes all pairs,
 * in an order that the seed decides, for as long as there is time.
 */
#include "cpus.h"
#include "hop_plan.h"
#include "numa_util.h"

/* Up to here all pairs are always taken: 240 hops, less than a test does anyway. */
#define FEW_CPUS	16

/* xorshift64* (Vigna 2016): the same hops from the same seed, on any libc. */
static int random_below(struct hop_plan *plan, int bound)
{
	plan->random ^= plan->random >> 12;
	plan->random ^= plan->random << 25;
	plan->random ^= plan->random >> 27;
	return (int)(plan->random * 0x2545f4914f6cdd1dULL >> 33) % bound;
}

static int *alloc_ints(int nr)
{
	int *ints = malloc((size_t)nr * sizeof(*ints));

	TEST_RESOURCE(ints, "not enough memory for %d hops", nr);
	return ints;
}

/* Fill @list with 0 to nr - 1 but @without, shuffled (Fisher and Yates, inside out). */
static int shuffle(struct hop_plan *plan, int *list, int nr, int without)
{
	int len = 0;

	for (int i = 0; i < nr; i++) {
		int at;

		if (i == without)
			continue;
		at = random_below(plan, len + 1);
		if (at < len)
			list[len] = list[at];
		list[at] = i;
		len++;
	}
	return len;
}

/*
 * Every ordered pair of 0 to n - 1 exactly once: an Eulerian circuit of the
 * complete directed graph (Hierholzer 1873), with the ways out of each vertex
 * shuffled.  Returns n(n-1) + 1 vertices, the last one being the first one again.
 */
static int *all_pairs(struct hop_plan *plan, int n, int start)
{
	int at = n * (n - 1), depth = 0;
	int *circuit = alloc_ints(at + 1), *stack = alloc_ints(at + 1);
	int *ways = alloc_ints(n * n), *left = alloc_ints(n);

	for (int from = 0; from < n; from++)
		left[from] = shuffle(plan, &ways[from * n], n, from);
	stack[depth++] = start;
	while (depth) {
		int here = stack[depth - 1];

		if (left[here]) {
			stack[depth++] = ways[here * n + --left[here]];
		} else {
			circuit[at--] = here;
			depth--;
		}
	}
	free(stack);
	free(ways);
	free(left);
	return circuit;
}

/* Append a part of @circuit, which has @hops hops, and free it. */
static void append(struct hop_plan *plan, int *circuit, int hops, int part, int parts)
{
	s64 first = (s64)hops * part / parts, last = (s64)hops * (part + 1) / parts;
	size_t room = (size_t)plan->nr + (size_t)(last - first) + 1;

	plan->order = realloc(plan->order, room * sizeof(*plan->order));
	TEST_RESOURCE(plan->order, "not enough memory for %zu hops", room);
	for (s64 i = first; i <= last; i++) {
		int cpu = plan->cpus[circuit[i]];

		if (!plan->nr || plan->order[plan->nr - 1] != cpu)
			plan->order[plan->nr++] = cpu;
	}
	free(circuit);
}

/* Every CPU once, and back to the first one. */
static int *every_cpu(struct hop_plan *plan)
{
	int *circuit = alloc_ints(plan->nr_cpus + 1);

	shuffle(plan, circuit, plan->nr_cpus, -1);
	circuit[plan->nr_cpus] = circuit[0];
	return circuit;
}

static int random_cpu_of(struct hop_plan *plan, int node)
{
	int nr = 0, cpu = 0;

	/* Each one found so far is the choice with the same probability. */
	for (int i = 0; i < plan->nr_cpus; i++)
		if (numa_node_of(plan->cpus[i]) == node && !random_below(plan, ++nr))
			cpu = i;
	return cpu;
}

/* Every ordered pair of nodes, from any CPU to any.  Returns NULL for one node. */
static int *every_node_pair(struct hop_plan *plan, int *hops)
{
	int *nodes = alloc_ints(plan->nr_cpus), nr = 0, *circuit;

	for (int i = 0; i < plan->nr_cpus; i++) {
		int node = numa_node_of(plan->cpus[i]), n = 0;

		while (n < nr && nodes[n] != node)
			n++;
		if (n == nr)
			nodes[nr++] = node;
	}
	*hops = nr * (nr - 1);
	circuit = nr > 1 ? all_pairs(plan, nr, random_below(plan, nr)) : NULL;
	for (int i = 0; circuit && i <= *hops; i++)
		circuit[i] = random_cpu_of(plan, nodes[circuit[i]]);
	free(nodes);
	return circuit;
}

static void plan_round(struct hop_plan *plan, int part, int parts)
{
	int n = plan->nr_cpus, hops, start = 0, *circuit;

	/* Go on where the last round ended. */
	if (plan->nr)
		while (plan->cpus[start] != plan->order[plan->nr - 1])
			start++;
	else
		start = random_below(plan, n);
	plan->nr = 0;
	plan->next = 1;
	if (n > FEW_CPUS) {
		append(plan, every_cpu(plan), n, part, parts);
		circuit = every_node_pair(plan, &hops);
		if (circuit)
			append(plan, circuit, hops, part, parts);
		plan->must = plan->nr;
	}
	append(plan, all_pairs(plan, n, start), n * (n - 1), part, parts);
	if (n <= FEW_CPUS)
		plan->must = plan->nr;
}

/**
 * hop_plan_among() - an order of hops among some CPUs that follows from @seed alone
 * @plan: to be freed with hop_plan_free()
 * @cpus: where to hop; must stay there
 * @nr_cpus: how many they are, at least two
 * @seed: of the test
 * @part: which one of several plans, from 0
 * @parts: how many plans there are
 *
 * The parts share their first round: together they take every pair as soon as one
 * plan alone would.  Then each goes its own way.
 */
void hop_plan_among(struct hop_plan *plan, const int *cpus, int nr_cpus, u64 seed,
		    int part, int parts)
{
	*plan = (struct hop_plan) {
		/* The generator must not start at 0. */
		.random = (seed + 1) * 0x9e3779b97f4a7c15ULL ?: 1,
		.cpus = cpus,
		.nr_cpus = nr_cpus,
	};
	plan_round(plan, part, parts);
	plan->random ^= (u64)part << 32;
}

/** hop_plan_init() - hop_plan_among() all CPUs that are allowed */
void hop_plan_init(struct hop_plan *plan, u64 seed, int part, int parts)
{
	hop_plan_among(plan, allowed_cpus(), nr_allowed_cpus(), seed, part, parts);
}

/** hop_plan_first() - the CPU to start on */
int hop_plan_first(const struct hop_plan *plan)
{
	return plan->order[0];
}

/** hop_plan_next() - the CPU to hop to */
int hop_plan_next(struct hop_plan *plan)
{
	if (plan->next >= plan->nr)
		plan_round(plan, 0, 1);
	return plan->order[plan->next++];
}

/** hop_plan_free() - of a plan that hop_plan_init() or hop_plan_among() has made */
void hop_plan_free(struct hop_plan *plan)
{
	free(plan->order);
}

/** hop_plan_takes_all_pairs() - whether there are so few CPUs that time is no matter */
bool hop_plan_takes_all_pairs(void)
{
	return nr_allowed_cpus() <= FEW_CPUS;
}

/** hop_plan_all() - how many hops take every pair of the allowed CPUs, at most */
u64 hop_plan_all(void)
{
	u64 nodes = (u64)numa_nodes(), pairs = (u64)nr_cpu_pairs();

	if (hop_plan_takes_all_pairs())
		return pairs;
	return (u64)nr_allowed_cpus() + nodes * nodes + pairs;
}

/** default_hops() - --hops if given, else @hops or enough for every pair */
u64 default_hops(u64 hops)
{
	if (test_options.hops)
		return test_options.hops;
	return hops > hop_plan_all() ? hops : hop_plan_all();
}

/**
 * hops_share() - fewer hops, where each takes longer than one between runs
 * @hops: as many as between runs would take the same time
 * @share: take one of so many
 * @all: but so many, which take every pair, where @hops is as many
 */
u64 hops_share(u64 hops, u64 share, u64 all)
{
	if (hops <= all)
		return hops;
	return hops / share > all ? hops / share : all;
}
