// SPDX-License-Identifier: GPL-2.0-only
/*
 * The host's task register on machines with several NUMA nodes.
 *
 * Hops lead from node to node, to every CPU of the other ones, and the guest's
 * memory, which it checks, is bound to one node and moved to another, between runs
 * and in the middle of one.  Moving tears the guest's pages out of KVM's own page
 * tables, so that the guest comes out of its run at places where it otherwise
 * would not.
 *
 * A node may have no CPUs, and no memory.
 */
#include "hop_vm.h"
#include "numa_util.h"
#include "numa_vm.h"
#include "observer.h"

#define HOPS		400	/* across nodes; --hops sets it */
#define MOVES		8	/* of the memory to each node, during a run */

static struct hop_stats stats;
static struct numa_moves moves;
static const int *memory_nodes, *cpu_nodes;
static int nr_memory_nodes, nr_cpu_nodes;

static bool check_tr_and_node(struct kvm_vcpu *vcpu, int from, int to)
{
	struct host_state hs;

	(void)vcpu;
	host_state_snapshot(&hs);
	if ((int)hs.node != numa_node_of(to))
		subtest_fail("cpu %d is on node %u, by libnuma on node %d", to, hs.node,
			     numa_node_of(to));
	return host_state_check_tr(&hs, to, from) > 0;
}

static void begin(void)
{
	hop_stats_clear(&stats);
	moves = (struct numa_moves) { };
	hop_time_begins();
}

static void report_memory(void)
{
	hop_stats_print(&stats);
	test_count("moves=%llu pages_on_node=%llu", moves.moves, moves.on_node);
	if (!moves.moves && !moves.refused)
		subtest_inconclusive("no page was found on the node that it was sent to");
}

/* On each CPU the guest checks its memory. */
static bool hop_over_cpus(const struct numa_vm *n, int *at)
{
	return hop_everywhere(n->vcpu, at, check_tr_and_node, &stats);
}

/* Every CPU of a node after every one of another, as far as there is time. */
static void hops_across_nodes(void)
{
	struct kvm_vcpu *vcpu;
	struct kvm_vm *vm;

	SUBTEST_REQUIRE(nr_cpu_nodes > 1, "one NUMA node with CPUs: no other one to hop to");
	begin();
	vm = vm_create_with_one_vcpu(&vcpu, guest_exit_for_ever);
	migrate_between_runs(vcpu, default_hops(HOPS), test_options.seed, check_tr_and_node,
			     &stats);
	hop_stats_print(&stats);
	if (!hop_stats_cross_node(&stats))
		subtest_inconclusive("no hop led to another node");
	kvm_vm_free(vm);
}

/* Pages that are not there yet come from that node when the guest touches them. */
static void memory_bound(void)
{
	bool running = true;

	begin();
	for (int i = 0; i < nr_memory_nodes && running; i++) {
		struct numa_vm n = numa_vm_create(numa_guest_exits);
		int at = allowed_cpu(0), node = memory_nodes[i];

		running = numa_vm_bind(&n, node, &moves) && hop_over_cpus(&n, &at);
		if (!numa_vm_found(&n, node, &moves) && running)
			subtest_inconclusive("no page was found on node %d", node);
		kvm_vm_free(n.vm);
	}
	report_memory();
}

/* From every node to every other one. */
static void memory_moved(void)
{
	int at = allowed_cpu(0), nr = nr_memory_nodes;
	bool running = true;
	struct numa_vm n;

	SUBTEST_REQUIRE(nr > 1, "one NUMA node with memory: nowhere to move it to");
	begin();
	n = numa_vm_create(numa_guest_exits);
	for (int i = 0; i < nr * nr && running; i++) {
		int from = memory_nodes[i / nr], to = memory_nodes[i % nr];

		if (from != to)
			running = numa_vm_send(&n, from, &moves) && hop_over_cpus(&n, &at) &&
				  numa_vm_send(&n, to, &moves) && hop_over_cpus(&n, &at);
	}
	report_memory();
	kvm_vm_free(n.vm);
}

/* A round of the guest after each move is a check of everything that moved. */
static void memory_moved_during_run(void)
{
	struct hopper h = { .stats = &stats };
	int nr = nr_memory_nodes;
	struct numa_vm n;
	bool running;

	SUBTEST_REQUIRE(nr > 1, "one NUMA node with memory: nowhere to move it to");
	SUBTEST_REQUIRE_GUARD();
	begin();
	n = numa_vm_create(numa_guest_runs);
	h.vcpu = n.vcpu;
	h.round = numa_vm_round(&n);
	hopper_start_run(&h, allowed_cpu(0));
	running = hopper_round(&h);
	for (int i = 0; i < MOVES * nr && running; i++)
		running = numa_vm_send(&n, memory_nodes[i % nr], &moves) && hopper_round(&h) &&
			  hopper_move(&h, numa_first_cpu(cpu_nodes[i % nr_cpu_nodes]));
	WRITE_ONCE(*numa_vm_stop(&n), 1);
	hopper_join(&h);
	report_memory();
	kvm_vm_free(n.vm);
}

static const struct subtest subtests[] = {
	{ "hops_across_nodes", hops_across_nodes },
	{ "memory_bound", memory_bound },
	{ "memory_moved", memory_moved },
	{ "memory_moved_during_run", memory_moved_during_run },
};

int main(int argc, char *argv[])
{
	test_init(argc, argv, TEST_KVM);
	TEST_REQUIRE(host_state_available(), "%s", host_state_why_not());
	nr_cpu_nodes = numa_cpu_nodes(&cpu_nodes);
	nr_memory_nodes = numa_memory_nodes(&memory_nodes);
	test_diag("nodes with CPUs: %d, with memory: %d", nr_cpu_nodes, nr_memory_nodes);
	return test_run(subtests, ARRAY_SIZE(subtests));
}
