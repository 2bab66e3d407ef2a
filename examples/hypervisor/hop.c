// SPDX-License-Identifier: GPL-2.0-only
/*
 * hop N: runs the example's virtual machine while its thread is sent from CPU to
 * CPU, N times: half of them between two runs, half of them during one.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "hypervisor.h"

#define USER_DS		0x2b		/* Linux' own, with RPL 3 */

static cpu_set_t allowed;
static int fd;
static struct hv_run vm;
static atomic_bool done;

static void die(const char *what)
{
	printf("hop: %s: %s\n", what, strerror(errno));
	exit(1);
}

/* Sends the thread @tid (0: this one) to the next CPU after @cpu. */
static int send_to_next(pid_t tid, int cpu)
{
	cpu_set_t set;

	do {
		cpu = (cpu + 1) % CPU_SETSIZE;
	} while (!CPU_ISSET(cpu, &allowed));
	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	if (sched_setaffinity(tid, sizeof(set), &set))
		die("sched_setaffinity");
	return cpu;
}

static void run(unsigned long long calls)
{
	vm.calls = calls;
	if (ioctl(fd, HV_RUN, &vm))
		die("HV_RUN");
}

/* DS and ES hold something in a 32-bit process, and in whoever loads them. */
static void load_data_segments(unsigned int selector)
{
	__asm__ volatile("mov %w0, %%ds\n\tmov %w0, %%es" : : "r"(selector));
}

static bool have_data_segments(unsigned int selector)
{
	unsigned int ds, es;

	__asm__ volatile("mov %%ds, %0\n\tmov %%es, %1" : "=r"(ds), "=r"(es));
	return ds == selector && es == selector;
}

static void *mover(void *tid)
{
	int cpu = -1;

	while (!atomic_load(&done)) {
		cpu = send_to_next(*(pid_t *)tid, cpu);
		usleep(1000);
	}
	return NULL;
}

int main(int argc, char **argv)
{
	unsigned long long hops = argc > 1 ? strtoull(argv[1], NULL, 0) : 1000;
	pid_t tid = gettid();
	pthread_t thread;
	int cpu = -1;

	setvbuf(stdout, NULL, _IOLBF, 0);
	fd = open(HV_DEVICE, O_RDWR);
	if (fd < 0)
		die(HV_DEVICE);
	if (sched_getaffinity(0, sizeof(allowed), &allowed))
		die("sched_getaffinity");
	if (CPU_COUNT(&allowed) < 2) {
		printf("hop: one CPU only: nowhere to go\n");
		return 4;
	}
	load_data_segments(USER_DS);
	while (vm.hops < hops / 2) {
		cpu = send_to_next(0, cpu);
		run(10);
	}
	if (pthread_create(&thread, NULL, mover, &tid))
		die("pthread_create");
	while (vm.hops < hops)
		run(10000);
	atomic_store(&done, true);
	pthread_join(thread, NULL);
	if (!have_data_segments(USER_DS)) {
		printf("hop: DS or ES was lost\n");
		return 1;
	}
	printf("hop: %llu hops, %llu VM exits, %llu VMCALLs, %llu entries found wrong\n",
	       (unsigned long long)vm.hops, (unsigned long long)vm.exits,
	       (unsigned long long)vm.calls, (unsigned long long)vm.wrong);
	return 0;
}
