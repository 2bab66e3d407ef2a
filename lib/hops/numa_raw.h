/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * In the place of libnuma where that is not installed: what lib/hops/numa.c uses of
 * it, from /sys and by system call.
 */
#ifndef NUMA_RAW_H
#define NUMA_RAW_H

#include <linux/mempolicy.h>
#include <sys/syscall.h>

#include "test_util.h"

#define NODES		"/sys/devices/system/node/"
#define MAX_NODES	1024

struct bitmask {
	unsigned long bits[MAX_NODES / (8 * sizeof(long))];
};

static struct bitmask with_directory, with_memory;
static const struct bitmask *numa_nodes_ptr = &with_directory;
static const struct bitmask *numa_all_nodes_ptr = &with_memory;

static bool numa_bitmask_isbitset(const struct bitmask *mask, unsigned int node)
{
	const unsigned int bits = 8 * sizeof(*mask->bits);

	return node < MAX_NODES && mask->bits[node / bits] >> node % bits & 1;
}

static unsigned int numa_bitmask_weight(const struct bitmask *mask)
{
	unsigned int weight = 0;

	for (unsigned int node = 0; node < MAX_NODES; node++)
		weight += numa_bitmask_isbitset(mask, node) ? 1 : 0;
	return weight;
}

/* "0-1,4" */
static __attribute__((constructor)) void read_nodes(void)
{
	const unsigned int bits = 8 * sizeof(*with_directory.bits);
	FILE *file = fopen(NODES "online", "r");
	unsigned int first, last;
	int c = ',';

	while (file && c == ',' && fscanf(file, "%u", &first) == 1) {
		last = first;
		c = fgetc(file);
		if (c == '-' && fscanf(file, "%u", &last) == 1)
			c = fgetc(file);
		for (; first <= last && first < MAX_NODES; first++)
			with_directory.bits[first / bits] |= 1UL << first % bits;
	}
	if (file)
		fclose(file);
	/* Only those that have some, and that this process may use. */
	syscall(SYS_get_mempolicy, NULL, with_memory.bits, (unsigned long)MAX_NODES, NULL,
		(unsigned long)MPOL_F_MEMS_ALLOWED);
}

static int numa_available(void)
{
	return numa_bitmask_weight(numa_nodes_ptr) ? 0 : -1;
}

static int numa_max_node(void)
{
	int node = MAX_NODES - 1;

	while (node > 0 && !numa_bitmask_isbitset(numa_nodes_ptr, (unsigned int)node))
		node--;
	return node;
}

static int numa_node_of_cpu(int cpu)
{
	char path[80];

	for (int node = 0; node <= numa_max_node(); node++) {
		snprintf(path, sizeof(path), NODES "node%d/cpu%d", node, cpu);
		if (!access(path, F_OK))
			return node;
	}
	return -1;
}

static long long numa_node_size64(int node, long long *free)
{
	(void)free;
	return numa_bitmask_isbitset(numa_all_nodes_ptr, (unsigned int)node);
}

static long mbind(void *start, unsigned long size, int mode, const unsigned long *mask,
		  unsigned long max_node, unsigned int flags)
{
	return syscall(SYS_mbind, start, size, (unsigned long)mode, mask, max_node,
		       (unsigned long)flags);
}

static long numa_move_pages(int pid, unsigned long count, void **pages, const int *nodes,
			    int *status, int flags)
{
	return syscall(SYS_move_pages, (unsigned long)pid, count, pages, nodes, status,
		       (unsigned long)flags);
}

#endif /* NUMA_RAW_H */
