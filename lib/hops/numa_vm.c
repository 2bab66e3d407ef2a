// SPDX-License-Identifier: GPL-2.0-only
/*
 * A VM whose memory goes from node to node, and whose guest looks after it.
 *
 * All of it goes: code, tables, stacks and a pattern that the guest checks.  Where
 * pages are is what the kernel answers about each one, never what it was asked
 * to do.
 */
#include <sys/mman.h>

#include "numa_util.h"
#include "numa_vm.h"
#include "x86/processor.h"

#define DATA_PAGES	64
#define WORDS_PER_PAGE	64	/* one in each cache line */

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

/** numa_guest_exits() - guest code: a check of its memory before each UCALL_SYNC */
void numa_guest_exits(u64 data, u64 unused)
{
	(void)unused;
	for (;;) {
		check_pattern(data);
		GUEST_SYNC(rounds);
	}
}

/** numa_guest_runs() - guest code: checks, each a round, until *numa_vm_stop() */
void numa_guest_runs(u64 data, u64 unused)
{
	(void)unused;
	while (!READ_ONCE(stop)) {
		check_pattern(data);
		cpu_relax();
	}
	GUEST_DONE();
}

/** numa_vm_create() - with one vCPU, whose guest is one of the two above */
struct numa_vm numa_vm_create(void *guest_code)
{
	struct numa_vm n;

	n.vm = vm_create_with_one_vcpu(&n.vcpu, guest_code);
	n.data = vm_alloc(n.vm, DATA_PAGES);
	vcpu_args_set(n.vcpu, n.data, 0);
	return n;
}

/** numa_vm_round() - host address of what its guest counts up */
u64 *numa_vm_round(const struct numa_vm *n)
{
	return guest_copy(n->vm, rounds);
}

/** numa_vm_stop() - host address of what ends its guest when it is not 0 */
u64 *numa_vm_stop(const struct numa_vm *n)
{
	return guest_copy(n->vm, stop);
}

static void *data_page(const struct numa_vm *n, u64 page)
{
	return addr_gva2hva(n->vm, n->data + page * PAGE_SIZE);
}

/* How many pages of the pattern the kernel says are on @node. */
static u64 pages_on(const struct numa_vm *n, int node)
{
	u64 nr = 0;

	for (u64 page = 0; page < DATA_PAGES; page++)
		nr += numa_node_of_page(data_page(n, page)) == node;
	return nr;
}

/* Returns false, and skips the subtest, where this cannot be done here. */
static bool done(int ret, int node, struct numa_moves *m)
{
	/* EIO: some pages stayed, because somebody held them at this moment. */
	if (!ret || ret == -EIO)
		return true;
	m->refused = true;
	subtest_skip("guest memory does not go to node %d: %s", node, strerror(-ret));
	return false;
}

/**
 * numa_vm_bind() - let all of its pages that are not there yet come from @node
 *
 * None of the pattern is there afterwards.  Returns false, and skips the subtest,
 * where the kernel refuses.
 */
bool numa_vm_bind(const struct numa_vm *n, int node, struct numa_moves *m)
{
	int ret = numa_bind_memory(n->vm->mem, n->vm->mem_size, node);

	/* A huge page may have brought them along with their neighbours. */
	for (u64 page = 0; page < DATA_PAGES; page++)
		TEST_ASSERT_OK(madvise(data_page(n, page), PAGE_SIZE, MADV_DONTNEED));
	return done(ret, node, m);
}

/** numa_vm_found() - whether pages came to @node after numa_vm_bind(); counts them */
bool numa_vm_found(const struct numa_vm *n, int node, struct numa_moves *m)
{
	u64 nr = pages_on(n, node);

	m->on_node += nr;
	m->moves += nr > 0;
	return nr;
}

/**
 * numa_vm_send() - move all of its memory to @node, be its guest running or not
 *
 * What counts is where its pages are then.  Returns false, and skips the subtest,
 * where the kernel refuses.
 */
bool numa_vm_send(const struct numa_vm *n, int node, struct numa_moves *m)
{
	u64 before = pages_on(n, node), after;

	test_progress("move of the guest's memory to node", node, (s64)m->moves);
	if (!done(numa_move_memory(n->vm->mem, n->vm->mem_size, node), node, m))
		return false;
	after = pages_on(n, node);
	m->on_node += after;
	m->moves += after > before;
	return true;
}
