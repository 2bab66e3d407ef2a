/* SPDX-License-Identifier: GPL-2.0-only */
/* NUMA nodes of the host; libnuma stays behind this. */
#ifndef NUMA_UTIL_H
#define NUMA_UTIL_H

#include "test_util.h"

int numa_nodes(void);
int numa_last_node(void);
int numa_node_of(int cpu);
int numa_first_cpu(int node);
int numa_cpu_nodes(const int **nodes);
int numa_memory_nodes(const int **nodes);
int numa_bind_memory(void *start, size_t size, int node);
int numa_move_memory(void *start, size_t size, int node);
int numa_node_of_page(void *page);

#endif /* NUMA_UTIL_H */
