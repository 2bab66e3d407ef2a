// SPDX-License-Identifier: GPL-2.0-only
/* Watchpoints of the calling thread, as perf counts them. */
#include <linux/hw_breakpoint.h>
#include <linux/perf_event.h>
#include <sys/syscall.h>

#include "watchpoint.h"

static int open_one(const u64 *where)
{
	struct perf_event_attr attr = {
		.type = PERF_TYPE_BREAKPOINT,
		.size = sizeof(attr),
		.bp_type = HW_BREAKPOINT_W,
		.bp_addr = (u64)(uintptr_t)where,
		.bp_len = HW_BREAKPOINT_LEN_8,
		.exclude_kernel = 1,
		.exclude_hv = 1,
	};

	return (int)syscall(SYS_perf_event_open, &attr, 0, -1, -1, PERF_FLAG_FD_CLOEXEC);
}

/** watchpoints_why_not() - NULL if a thread may have them, else the reason */
const char *watchpoints_why_not(void)
{
	static u64 variable;
	static char text[100];
	int fd[NR_WATCHPOINTS], nr = 0;

	while (nr < NR_WATCHPOINTS && (fd[nr] = open_one(&variable)) >= 0)
		nr++;
	if (nr < NR_WATCHPOINTS)
		snprintf(text, sizeof(text), "perf gives a thread %d of %d watchpoints: %s", nr,
			 NR_WATCHPOINTS, strerror(errno));
	for (int i = 0; i < nr; i++)
		close(fd[i]);
	return nr < NR_WATCHPOINTS ? text : NULL;
}

/** watchpoints_open() - watch @w->watched of the calling thread, from now on */
void watchpoints_open(struct watchpoints *w)
{
	memset(w, 0, sizeof(*w));
	for (int i = 0; i < NR_WATCHPOINTS; i++) {
		w->fd[i] = open_one(&w->watched[i]);
		TEST_RESOURCE(w->fd[i] >= 0 || errno != ENOSPC,
			      "somebody else has a watchpoint now");
		TEST_ASSERT(w->fd[i] >= 0, "watchpoint %d", i);
	}
}

/** watchpoints_close() - of watchpoints_open(), on any thread */
void watchpoints_close(struct watchpoints *w)
{
	for (int i = 0; i < NR_WATCHPOINTS; i++)
		close(w->fd[i]);
}

/**
 * watchpoints_hit() - write to what is watched, and to what is not
 * @w: of this thread
 * @hits: receives how often each one was hit since the last call
 * @want: receives how often it had to be, another number for each
 */
void watchpoints_hit(struct watchpoints *w, u64 hits[NR_WATCHPOINTS], u64 want[NR_WATCHPOINTS])
{
	u64 count;

	for (u64 i = 0; i < NR_WATCHPOINTS; i++) {
		want[i] = i + 1;
		for (u64 n = 0; n < want[i]; n++)
			WRITE_ONCE(w->watched[i], n);
		for (u64 n = 0; n < 2 * NR_WATCHPOINTS; n++)
			WRITE_ONCE(w->unwatched[i], n);
	}
	for (int i = 0; i < NR_WATCHPOINTS; i++) {
		TEST_ASSERT(read(w->fd[i], &count, sizeof(count)) == sizeof(count),
			    "cannot read a watchpoint's count");
		hits[i] = count - w->counted[i];
		w->counted[i] = count;
	}
}
