// SPDX-License-Identifier: GPL-2.0-only
/*
 * Others on the same host, who use what a VM exit has to put back: perf with its
 * breakpoints, a debugger's watchpoints, protection keys, AVX.  Each looks whether its
 * own state is what it left, until SIGTERM: exit status 0 if it always was.
 */
#define _GNU_SOURCE
#include <err.h>
#include <errno.h>
#include <immintrin.h>
#include <linux/hw_breakpoint.h>
#include <linux/perf_event.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))
#define NAP_US	2000	/* the CPUs are wanted by others too */
#define ROUND_S	300

static bool stop;
static long watched;

static void on_term(int sig)
{
	(void)sig;
	__atomic_store_n(&stop, true, __ATOMIC_RELAXED);
}

static bool stopped(void)
{
	return __atomic_load_n(&stop, __ATOMIC_RELAXED);
}

static void write_watched(void)
{
	__atomic_store_n(&watched, 1, __ATOMIC_RELAXED);
}

static int perf_open(unsigned int type, unsigned long long config, int cpu)
{
	struct perf_event_attr attr = {
		.type = type, .size = sizeof(attr), .config = config, .freq = 1, .sample_freq = 99,
	};

	if (type == PERF_TYPE_BREAKPOINT) {
		attr.freq = 0;
		attr.sample_period = 0;
		attr.bp_type = HW_BREAKPOINT_W;
		attr.bp_addr = (uintptr_t)&watched;
		attr.bp_len = sizeof(watched);
		attr.exclude_kernel = 1;
	}
	return (int)syscall(SYS_perf_event_open, &attr, cpu < 0 ? 0 : -1, cpu, -1, 0);
}

/*
 * A breakpoint of its own counts each write; and all CPUs are sampled, where they have a
 * PMU by that too.
 */
static unsigned long use_perf(void)
{
	int fd = perf_open(PERF_TYPE_BREAKPOINT, 0, -1);
	unsigned long rounds = 0, count;

	if (fd < 0)
		err(1, "perf: a breakpoint");
	for (int cpu = 0; cpu < sysconf(_SC_NPROCESSORS_ONLN); cpu++) {
		if (perf_open(PERF_TYPE_SOFTWARE, PERF_COUNT_SW_CPU_CLOCK, cpu) < 0)
			err(1, "perf: the clock of CPU %d", cpu);
		if (perf_open(PERF_TYPE_HARDWARE, PERF_COUNT_HW_CPU_CYCLES, cpu) < 0 &&
		    errno != ENOENT && errno != EOPNOTSUPP)
			err(1, "perf: the cycles of CPU %d", cpu);
	}
	for (; !stopped(); usleep(NAP_US)) {
		write_watched();
		rounds++;
		if (read(fd, &count, sizeof(count)) != sizeof(count) || count != rounds)
			errx(1, "perf: %lu writes, %lu counted", rounds, count);
	}
	return rounds;
}

static void traced(void)
{
	ptrace(PTRACE_TRACEME, 0, 0, 0);
	raise(SIGSTOP);
	for (;; usleep(NAP_US))
		write_watched();
}

/* A debugger: a write to one word is to stop its child, and DR6 is to say that. */
static unsigned long use_ptrace(void)
{
	size_t dr = offsetof(struct user, u_debugreg);
	unsigned long rounds = 0;
	pid_t child = fork();
	int status;

	if (!child)
		traced();
	if (waitpid(child, &status, 0) != child || !WIFSTOPPED(status) ||
	    ptrace(PTRACE_SETOPTIONS, child, 0, PTRACE_O_EXITKILL) ||
	    ptrace(PTRACE_POKEUSER, child, dr, &watched) ||
	    /* Enabled here (L0), on writes, of eight bytes. */
	    ptrace(PTRACE_POKEUSER, child, dr + 7 * sizeof(long), 0x90001UL))
		err(1, "ptrace: a watchpoint");
	for (; !stopped(); rounds++) {
		long dr6;

		/* A write that stops nobody is a failure, and no wait for ever. */
		alarm(ROUND_S);
		if (ptrace(PTRACE_POKEUSER, child, dr + 6 * sizeof(long), 0) ||
		    ptrace(PTRACE_CONT, child, 0, 0) || waitpid(child, &status, 0) != child)
			err(1, "ptrace");
		dr6 = ptrace(PTRACE_PEEKUSER, child, dr + 6 * sizeof(long), 0);
		if (!WIFSTOPPED(status) || WSTOPSIG(status) != SIGTRAP || !(dr6 & 1))
			errx(1, "ptrace: stopped by status 0x%x, DR6 0x%lx", status, dr6);
	}
	return rounds;
}

static unsigned long use_pkeys(void)
{
	int key = pkey_alloc(0, 0);
	unsigned long rounds = 0;

	for (; key >= 0 && !stopped(); rounds++) {
		int want = rounds % 2 ? PKEY_DISABLE_WRITE : PKEY_DISABLE_ACCESS;

		pkey_set(key, (unsigned int)want);
		usleep(NAP_US);
		if (pkey_get(key) != want)
			errx(1, "pkeys: %d, want %d", pkey_get(key), want);
	}
	return rounds;
}

/*
 * A register keeps its pattern while another thread has the CPU, be it one whose guest
 * computes: in a system call, as a function call may change it.
 */
__attribute__((target("avx2"))) static unsigned long use_avx(void)
{
	struct timespec nap = { .tv_nsec = NAP_US * 1000L };
	unsigned long rounds = 0;

	for (; __builtin_cpu_supports("avx2") && !stopped(); rounds++) {
		__m256i want = _mm256_set1_epi64x((long long)(rounds * 0x0101010101010101)), got;
		long ret = SYS_nanosleep;

		asm volatile("vmovdqa %[want], %%ymm15\n\tsyscall\n\tvmovdqa %%ymm15, %[got]"
			     : "+a" (ret), [got] "=m" (got)
			     : "D" (&nap), "S" (NULL), [want] "m" (want)
			     : "rcx", "r11", "xmm15", "memory");
		got = _mm256_xor_si256(got, want);
		if (!_mm256_testz_si256(got, got))
			errx(1, "AVX: a register changed in round %lu", rounds);
	}
	return rounds;
}

static const struct {
	const char *name;
	unsigned long (*use)(void);
} neighbours[] = {
	{ "perf", use_perf }, { "ptrace", use_ptrace }, { "pkeys", use_pkeys }, { "avx", use_avx },
};

int main(void)
{
	int status, result = 0;
	pid_t pids[ARRAY_SIZE(neighbours)];

	setvbuf(stdout, NULL, _IOLBF, 0);
	signal(SIGTERM, on_term);
	for (size_t i = 0; i < ARRAY_SIZE(neighbours); i++) {
		pids[i] = fork();
		if (pids[i] < 0)
			err(1, "fork");
		if (pids[i])
			continue;
		printf("neighbour %s: %lu rounds\n", neighbours[i].name, neighbours[i].use());
		return 0;
	}
	while (!stopped())
		sleep(1);
	for (size_t i = 0; i < ARRAY_SIZE(neighbours); i++)
		kill(pids[i], SIGTERM);
	for (size_t i = 0; i < ARRAY_SIZE(neighbours); i++) {
		waitpid(pids[i], &status, 0);
		result |= status;
	}
	return result != 0;
}
