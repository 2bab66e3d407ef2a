/* SPDX-License-Identifier: GPL-2.0-only */
/* NMIs of the host: to send them, to count them, and where they hit. */
#ifndef NMI_H
#define NMI_H

#include <pthread.h>

#include "test_util.h"

struct nmi_counts {
	u64 *nr;			/* handled by each CPU since it booted */
	u64 pmu;			/* interrupts of all PMUs since boot: NMIs as well */
};

const char *nmi_why_not(void);
void nmi_hush(void);
void nmi_speak(void);
void nmi_send(void);
void nmi_clear_counts(struct nmi_counts *counts);
void nmi_read_counts(struct nmi_counts *counts);

const char *nmi_exits_open(void);
u64 nmi_exits(void);

/* NMIs to every CPU, again and again. */
struct nmi_storm {
	bool (*check)(struct nmi_storm *s);	/* set by the caller; see nmi_storm_start() */

	struct nmi_counts before, sent, now;
	u64 exits_before;
	bool guests, in_guests;
	bool done;
	pthread_t thread;
};

void nmi_storm_start(struct nmi_storm *s, bool guests, bool in_guests);
void nmi_storm_finish(struct nmi_storm *s);
u64 nmi_storm_taken(const struct nmi_storm *s, int cpu);
s64 nmi_storm_missing(const struct nmi_storm *s, int cpu);
u64 nmi_storm_exits(const struct nmi_storm *s);

#endif /* NMI_H */
