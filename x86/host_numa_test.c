// SPDX-License-Identifier: GPL-2.0-only
/*
 * The host's task register on machines with several NUMA nodes.
 *
 * Hops lead from node to node, to every CPU of the other ones, and the guest's
 * memory - all of it: code, tables, stacks and a pattern that the guest checks -
 * is bound to one node and moved to another, between runs and in the middle of
 * one.  Moving tears the guest's pages out of KVM's own page tables, so that
 * the guest comes out of its run at places where it otherwise would not.
 *
 * A node may have no CPUs, and no memory.  Where pages are is what the kernel
 * answers about each one, never what it was asked to do.
 */
#include <sys/mman.h>

#include "hop_vm.h"
#include "numa_util.h"
#include "observer.h"
#include "x86/processor.h"

#define HOPS		400	/* across nodes; --hops sets it */
#define MOVES		8	/* of the memory to each node, during a run */
#define DATA_PAGES	64
#define WORDS_PER_PAGE	64	/* one in each cache line */

static struct hop_stats stats;
static u64 on_node, moves;
static bool refused;			/* the kernel does not bind memory here */
static int *memory_nodes, nr_memory_nodes;
static int *cpu_nodes, nr_cpu_nodes;

/* Guest: rounds is also the generation of the pattern. */
static u64 rounds, stop;

static u64 *word(u64 data, u64 i)
{
	return (u64 *)(uintptr_t)(data + i * PAGE_SIZE / WORDS_PER_PAGE);
}

static u64 pattern(u64 generation, u64 i)
{
	return (generation << 32 | i) * 0x9e3779b97f4a7c15ULL;
}

/* Each word is what this guest wrote a round before, and gets a new value. */
static void check_pattern(u64 data)
{
	for (u64 i = 0; i < DATA_PAGES * WORDS_PER_PAGE; i++) {
		GUEST_ASSERT_EQ(READ_ONCE(*word(data, i)), rounds ? pattern(rounds, i) : 0);
		WRITE_ONCE(*word(data, i), pattern(rounds + 1, i));
	}
	WRITE_ONCE(rounds, rounds + 1);
}

static void check_and_exit(u64 data, u64 unused)
{
	(void)unused;
	for (;;) {
		check_pattern(data);
		GUEST_SYNC(rounds);
	}
}

static void check_until_stopped(u64 data, u64 unused)
{
	(void)unused;
	while (!READ_ONCE(stop)) {
		check_pattern(data);
		cpu_relax();
	}
	GUEST_DONE();
}

/* Run the vCPU once on CPU @to; returns false if its guest has failed. */
static bool run_on(struct kvm_vcpu *vcpu, int *at, int to)
{
	struct host_state hs;
	struct ucall uc;

	test_progress("hop to cpu", to, (s64)stats.hops);
	migrate_self(to);
	if (vcpu_run_to_ucall(vcpu, &uc) != UCALL_SYNC)
		return false;
	host_state_snapshot(&hs);
	if ((int)hs.node != numa_node_of(to))
		subtest_fail("cpu %d is on node %u, by libnuma on node %d", to, hs.node,
			     numa_node_of(to));
	if (host_state_check_tr(&hs, to, *at) && *at != to)
		hop_stats_add(&stats, *at, to);
	*at = to;
	return true;
}

static void begin(void)
{
	hop_stats_clear(&stats);
	on_node = 0;
	moves = 0;
	refused = false;
	hop_time_begins();
}

static struct kvm_vm *vm_with_data(struct kvm_vcpu **vcpu, void *guest_code, u64 *data)
{
	struct kvm_vm *vm = vm_create_with_one_vcpu(vcpu, guest_code);

	*data = vm_alloc(vm, DATA_PAGES);
	vcpu_args_set(*vcpu, *data, 0);
	return vm;
}

static void report(void)
{
	test_count("hops=%llu cross_node=%llu pairs=%d pairs_all=%d entries=%llu", stats.hops,
		   hop_stats_cross_node(&stats), hop_stats_pairs(&stats), nr_cpu_pairs(),
		   host_state_entries());
}

static void report_memory(void)
{
	report();
	test_count("moves=%llu pages_on_node=%llu", moves, on_node);
	if (!moves && !refused)
		subtest_inconclusive("no page was found on the node that it was sent to");
}

/* How many pages of the pattern the kernel says are on @node. */
static u64 pages_on(struct kvm_vm *vm, u64 data, int node)
{
	u64 nr = 0;

	for (u64 page = 0; page < DATA_PAGES; page++)
		nr += numa_node_of_page(addr_gva2hva(vm, data + page * PAGE_SIZE)) == node;
	return nr;
}

/*
 * Run the guest, which checks its memory, once on each CPU; where those are so many
 * that the time is over, once on each node.
 */
static bool hop_over_cpus(struct kvm_vcpu *vcpu, int *at)
{
	for (int i = 0; i < nr_allowed_cpus(); i++) {
		int cpu = allowed_cpu(i);

		if (!hop_time_is_left(1, 1) && cpu != numa_first_cpu(numa_node_of(cpu)))
			continue;
		if (!run_on(vcpu, at, cpu))
			return false;
	}
	return true;
}

/* Returns false, and skips the subtest, where this cannot be done here. */
static bool done(int ret, int node)
{
	/* EIO: some pages stayed, because somebody held them at this moment. */
	if (!ret || ret == -EIO)
		return true;
	refused = true;
	subtest_skip("guest memory does not go to node %d: %s", node, strerror(-ret));
	return false;
}

/* Move all of the guest's memory; what counts is where its pages are then. */
static bool send_memory(struct kvm_vm *vm, u64 data, int node)
{
	u64 before = pages_on(vm, data, node), after;

	test_progress("move of the guest's memory to node", node, (s64)moves);
	if (!done(numa_move_memory(vm->mem, vm->mem_size, node), node))
		return false;
	after = pages_on(vm, data, node);
	on_node += after;
	moves += after > before;
	return true;
}

/* Every CPU of a node after every one of another, as far as there is time. */
static void hops_across_nodes(void)
{
	u64 hops = default_hops(HOPS);
	struct hop_plan plan;
	struct kvm_vcpu *vcpu;
	struct kvm_vm *vm;
	bool running;
	int at;

	SUBTEST_REQUIRE(nr_cpu_nodes > 1, "one NUMA node with CPUs: no other one to hop to");
	begin();
	vm = vm_create_with_one_vcpu(&vcpu, guest_exit_for_ever);
	hop_plan_init(&plan, test_options.seed, 0, 1);
	at = hop_plan_first(&plan);
	running = run_on(vcpu, &at, at);
	for (u64 hop = 0; running && hop < hops && hop_time_is_left(hop, (u64)plan.must); hop++)
		running = run_on(vcpu, &at, hop_plan_next(&plan));
	hop_plan_free(&plan);
	report();
	if (!hop_stats_cross_node(&stats))
		subtest_inconclusive("no hop led to another node");
	kvm_vm_free(vm);
}

/* Pages that are not there yet come from that node when the guest touches them. */
static void memory_bound(void)
{
	bool running = true;

	begin();
	for (int n = 0; n < nr_memory_nodes && running; n++) {
		int at = allowed_cpu(0), node = memory_nodes[n];
		struct kvm_vcpu *vcpu;
		u64 data, nr;
		struct kvm_vm *vm = vm_with_data(&vcpu, check_and_exit, &data);

		running = done(numa_bind_memory(vm->mem, vm->mem_size, node), node);
		/* A huge page may have brought them along with their neighbours. */
		for (u64 page = 0; page < DATA_PAGES; page++)
			TEST_ASSERT_OK(madvise(addr_gva2hva(vm, data + page * PAGE_SIZE),
					       PAGE_SIZE, MADV_DONTNEED));
		running = running && hop_over_cpus(vcpu, &at);
		nr = pages_on(vm, data, node);
		on_node += nr;
		moves += nr > 0;
		if (running && !nr)
			subtest_inconclusive("no page was found on node %d", node);
		kvm_vm_free(vm);
	}
	report_memory();
}

/* From every node to every other one. */
static void memory_moved(void)
{
	int at = allowed_cpu(0), nr = nr_memory_nodes;
	struct kvm_vcpu *vcpu;
	bool running = true;
	struct kvm_vm *vm;
	u64 data;

	SUBTEST_REQUIRE(nr > 1, "one NUMA node with memory: nowhere to move it to");
	begin();
	vm = vm_with_data(&vcpu, check_and_exit, &data);
	for (int i = 0; i < nr * nr && running; i++) {
		int from = memory_nodes[i / nr], to = memory_nodes[i % nr];

		if (from != to)
			running = send_memory(vm, data, from) && hop_over_cpus(vcpu, &at) &&
				  send_memory(vm, data, to) && hop_over_cpus(vcpu, &at);
	}
	report_memory();
	kvm_vm_free(vm);
}

/* A round of the guest after each move is a check of everything that moved. */
static void memory_moved_during_run(void)
{
	int nr = nr_memory_nodes;
	struct hopper h = { .stats = &stats };
	struct kvm_vm *vm;
	bool running;
	u64 data;

	SUBTEST_REQUIRE(nr > 1, "one NUMA node with memory: nowhere to move it to");
	SUBTEST_REQUIRE(host_state_guard_mode() != HOST_STATE_GUARD_OFF,
			"the guard is off: nothing looks at the host during a run");
	begin();
	vm = vm_with_data(&h.vcpu, check_until_stopped, &data);
	h.round = guest_copy(vm, rounds);
	hopper_start_run(&h, allowed_cpu(0));
	running = hopper_round(&h);
	for (int i = 0; i < MOVES * nr && running; i++)
		running = send_memory(vm, data, memory_nodes[i % nr]) && hopper_round(&h) &&
			  hopper_move(&h, numa_first_cpu(cpu_nodes[i % nr_cpu_nodes]));
	WRITE_ONCE(*guest_copy(vm, stop), 1);
	hopper_join(&h);
	report_memory();
	kvm_vm_free(vm);
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
	cpu_nodes = calloc((size_t)numa_last_node() + 1, sizeof(*cpu_nodes));
	memory_nodes = calloc((size_t)numa_last_node() + 1, sizeof(*memory_nodes));
	TEST_RESOURCE(cpu_nodes && memory_nodes, "not enough memory");
	for (int node = 0; node <= numa_last_node(); node++) {
		if (numa_first_cpu(node) >= 0)
			cpu_nodes[nr_cpu_nodes++] = node;
		if (numa_has_memory(node))
			memory_nodes[nr_memory_nodes++] = node;
	}
	test_diag("nodes with CPUs: %d, with memory: %d", nr_cpu_nodes, nr_memory_nodes);
	return test_run(subtests, ARRAY_SIZE(subtests));
}
