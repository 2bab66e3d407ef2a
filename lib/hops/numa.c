// SPDX-License-Identifier: GPL-2.0-only
/*
 * NUMA nodes of the host.  The only file that knows libnuma: a test that goes
 * elsewhere takes its own version of these few functions along.
 *
 * A host without NUMA looks like one with a single node 0.
 */
#ifdef HAVE_LIBNUMA
#include <numa.h>
#include <numaif.h>
#else
#include "numa_raw.h"
#endif

#include "cpus.h"
#include "numa_util.h"

/**
 * numa_nodes() - how many nodes the host has; 1 without NUMA
 *
 * Those without memory count too; numa_num_configured_nodes() leaves them out.
 */
int numa_nodes(void)
{
	return numa_available() < 0 ? 1 : (int)numa_bitmask_weight(numa_nodes_ptr);
}

/** numa_last_node() - the highest node number; not every one below is there */
int numa_last_node(void)
{
	return numa_available() < 0 ? 0 : numa_max_node();
}

/* Whether this process may have memory on @node. */
static bool numa_has_memory(int node)
{
	if (numa_available() < 0)
		return !node;
	return numa_bitmask_isbitset(numa_all_nodes_ptr, (unsigned int)node) &&
	       numa_node_size64(node, NULL) > 0;
}

/** numa_node_of() - the node of @cpu; 0 without NUMA */
int numa_node_of(int cpu)
{
	int node = numa_available() < 0 ? 0 : numa_node_of_cpu(cpu);

	return node < 0 ? 0 : node;
}

/** numa_first_cpu() - the first allowed CPU on @node, or -1 */
int numa_first_cpu(int node)
{
	for (int i = 0; i < nr_allowed_cpus(); i++)
		if (numa_node_of(allowed_cpu(i)) == node)
			return allowed_cpu(i);
	return -1;
}

static bool has_cpus(int node)
{
	return numa_first_cpu(node) >= 0;
}

static int list_nodes(bool (*has)(int node), const int **nodes)
{
	int *list = calloc((size_t)numa_last_node() + 1, sizeof(*list)), nr = 0;

	TEST_RESOURCE(list, "not enough memory for %d nodes", numa_last_node() + 1);
	for (int node = 0; node <= numa_last_node(); node++)
		if (has(node))
			list[nr++] = node;
	*nodes = list;
	return nr;
}

/** numa_cpu_nodes() - list the nodes that have allowed CPUs; returns how many */
int numa_cpu_nodes(const int **nodes)
{
	return list_nodes(has_cpus, nodes);
}

/** numa_memory_nodes() - list the nodes with numa_has_memory(); returns how many */
int numa_memory_nodes(const int **nodes)
{
	return list_nodes(numa_has_memory, nodes);
}

static int bind_memory(void *start, size_t size, int node, unsigned int flags)
{
	unsigned long mask[16] = { };
	const unsigned int bits = 8 * sizeof(*mask);
	unsigned int n = (unsigned int)node;

	if (node < 0 || n / bits >= ARRAY_SIZE(mask))
		return -EINVAL;
	mask[n / bits] = 1UL << n % bits;
	/* mbind() counts one bit more than it reads. */
	return mbind(start, size, MPOL_BIND, mask, sizeof(mask) * 8, flags) ? -errno : 0;
}

/**
 * numa_bind_memory() - let pages that are not there yet come from @node only
 * @start: page-aligned
 * @size: in bytes
 * @node: a node with memory
 *
 * Returns 0 or -errno.
 */
int numa_bind_memory(void *start, size_t size, int node)
{
	return bind_memory(start, size, node, 0);
}

/**
 * numa_move_memory() - as numa_bind_memory(), and move the pages there now
 *
 * Returns EIO where some had to stay: somebody else holds them just now.
 */
int numa_move_memory(void *start, size_t size, int node)
{
	return bind_memory(start, size, node, MPOL_MF_MOVE | MPOL_MF_STRICT);
}

/** numa_node_of_page() - the node that @page is on now, or -errno */
int numa_node_of_page(void *page)
{
	int node = -1;

	if (numa_available() < 0)
		return 0;
	if (numa_move_pages(0, 1, &page, NULL, &node, 0))
		return -errno;
	return node;
}
