// SPDX-License-Identifier: GPL-2.0-only
/* NMIs to every CPU, again and again, from a thread that goes from CPU to CPU. */
#include "cpus.h"
#include "nmi.h"
#include "observer.h"

/*
 * VM entries between two NMIs: enough for each vCPU to come back to its guest, on
 * another CPU, so that the next NMI finds another place.
 */
#define PACE		20

/*
 * Each NMI that a CPU takes is a backtrace of some fifty lines on the console, the
 * slowest thing in a VM.  So about this many a storm; but each CPU has to take
 * one, and as a CPU sends to all others, that takes two.
 */
#define BACKTRACES	20
#define MIN_SENDS	2
#define AT_MOST		16	/* times as many, until one NMI finds the only guest running */

/* Spread them over the hops, if there are any. */
static void let_vcpus_run(const struct nmi_storm *s)
{
	u64 until = host_state_entries() + PACE;

	for (int i = 0; s->guests && i < 2000 && host_state_entries() < until; i++)
		usleep(1000);
}

/* A CPU sends to all but itself, so from one CPU is not enough. */
static void *send_nmis(void *storm)
{
	int nr = nr_allowed_cpus(), sends = BACKTRACES / (nr_online_cpus() - 1);
	struct nmi_storm *s = storm;

	if (sends < MIN_SENDS)
		sends = MIN_SENDS;
	for (int i = 0; i < sends || (s->in_guests && !nmi_storm_exits(s) &&
				      i < AT_MOST * sends); i++) {
		test_progress("NMIs from cpu", allowed_cpu(i % nr), i);
		migrate_self(allowed_cpu(i % nr));
		nmi_send();
		for (int to = 0; to < nr; to++)
			s->sent.nr[allowed_cpu(to)] += to != i % nr;
		nmi_read_counts(&s->now);
		/* Each one that is lost is waited for, 10 s long. */
		if (!s->check(s))
			break;
		let_vcpus_run(s);
	}
	WRITE_ONCE(s->done, true);
	return NULL;
}

/**
 * nmi_storm_start() - begin to send, on a thread of its own
 * @s: whose check() is called on that thread when all that were sent so far have
 *	been waited for; false ends the storm
 * @guests: there are guests, whose VM entries show how time goes by
 * @in_guests: go on until an NMI came while a guest ran
 *
 * In the lab nothing of it reaches the console.
 */
void nmi_storm_start(struct nmi_storm *s, bool guests, bool in_guests)
{
	s->done = false;
	s->guests = guests && host_state_guard_mode() != HOST_STATE_GUARD_OFF;
	s->in_guests = in_guests;
	nmi_clear_counts(&s->sent);
	nmi_read_counts(&s->before);
	s->exits_before = nmi_exits();
	nmi_hush();
	errno = pthread_create(&s->thread, NULL, send_nmis, s);
	TEST_RESOURCE(!errno, "not enough threads");
}

/** nmi_storm_finish() - wait for its end, and read the last counts */
void nmi_storm_finish(struct nmi_storm *s)
{
	pthread_join(s->thread, NULL);
	nmi_speak();
	nmi_read_counts(&s->now);
}

/** nmi_storm_taken() - how many NMIs @cpu took, by the counts that were read last */
u64 nmi_storm_taken(const struct nmi_storm *s, int cpu)
{
	return s->now.nr[cpu] - s->before.nr[cpu];
}

/** nmi_storm_missing() - of those sent to @cpu, how many it did not take; < 0: it took more */
s64 nmi_storm_missing(const struct nmi_storm *s, int cpu)
{
	return (s64)(s->sent.nr[cpu] - nmi_storm_taken(s, cpu));
}

/** nmi_storm_exits() - VM exits by NMIs since it began */
u64 nmi_storm_exits(const struct nmi_storm *s)
{
	return nmi_exits() - s->exits_before;
}
