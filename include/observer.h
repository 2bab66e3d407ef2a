/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The observers of the host's state, as the tests use them (lib/observers/host_state.c),
 * and what a wrong value looks like (lib/observers/diagnose.c).  The device's own ABI is
 * in host_state.h.
 */
#ifndef OBSERVER_H
#define OBSERVER_H

#include "cpus.h"
#include "hop_plan.h"
#include "host_state.h"
#include "kvm_util.h"
#include "test_util.h"

/*
 * One kind of wrong value; or, where behaviour is set, of something that only a
 * wrong value explains: then got and want are not known.
 */
struct violation {
	const char *observer;		/* "entry guard", "snapshot", ... */
	const char *whose;		/* NULL: the host's; or e.g. "L1" */
	char field[32];			/* as in JSON, e.g. HOST_TR_BASE */
	int cpu;
	int from_cpu;			/* -1: not known */
	u64 got;
	u64 want;
	u64 count;
	const char *behaviour;		/* a constant, else NULL */
};

/* What a guest writes; see host_state_guest_value(). */
struct guest_value {
	const char *field;
	int vcpu;
	u64 value, mask;
};

/* Everything that diagnose() may compare a wrong value with. */
struct diagnose_facts {
	const u64 *per_cpu;		/* the right value on each CPU; 0: none */
	const u64 *direct_map;		/* its alias in the direct map; 0: none */
	int nr_cpus;
	const char *what;		/* what per_cpu holds, e.g. "TSS" */
	const struct guest_value *guest;	/* that wrote the wrong value; NULL: none */
	bool fred;			/* the host takes no stack from a TSS, and has no IDT */
};

const char *diagnose(const struct violation *v, const struct diagnose_facts *facts,
		     char *text, size_t size);

/* By CPU; see struct host_state_tables. */
struct table_addresses {
	const u64 *tss, *direct_map_tss, *direct_map_gdt;
};

int own_module_load(void);

/* The device. */
bool host_state_fits(int fd);
extern const char host_state_stale[];
void host_state_open(void);
bool host_state_available(void);
const char *host_state_why_not(void);
int host_state_fd(void);
u32 host_state_fetch(unsigned long cmd, void *to, u32 room);
u64 host_state_tss(int cpu);
const struct table_addresses *host_state_tables(void);
const char *host_state_field_name(u32 field);
bool host_state_fred(void);

/* The entry guard. */
void host_state_guard_whom(u32 whom);
bool host_state_guard(u32 mode);
u32 host_state_guard_mode(void);
void host_state_require_guard(void);
#define SUBTEST_REQUIRE_GUARD() \
	SUBTEST_REQUIRE(host_state_guard_mode() != HOST_STATE_GUARD_OFF, \
			"the guard is off: nothing looks at the host during a run")
void host_state_guard_totals(struct host_state_guard *totals);
void host_state_guard_saw(u64 wrong);
void host_state_user(bool on);
void host_state_must_compare(u32 field);
bool host_state_can_compare(u32 field);
u32 *host_state_hops(u32 *hops);
int host_state_entered_after(int from, const u32 *before);
u64 host_state_entries(void);

/* What hops verified. */
void hop_stats_print(const struct hop_stats *stats);
void hop_stats_report(const struct hop_stats *stats);
void hop_stats_check_guarded(const struct hop_stats *stats, const u32 *before);

/* Snapshots and what is asserted about them. */
void host_state_snapshot(struct host_state *hs);
const struct host_state *host_state_baseline(int cpu);
void host_state_let_kvm_go(void);
bool host_state_expect(const char *observer, const char *field, int cpu,
		       int from_cpu, u64 got, u64 want);
void host_state_violation(const struct violation *v);
void host_state_violations_lost(u64 nr);
void host_state_guest_value(const char *field, int vcpu, u64 value, u64 mask);
const struct guest_value *host_state_guest_find(const char *field, u64 got);
void host_state_guest_forget(void);
void host_state_known_bug(const char *fields, const char *what);
u64 host_state_known_wrong(void);
int host_state_check_tr(const struct host_state *hs, int cpu, int from_cpu);
bool hop_vm_check_tr(struct kvm_vcpu *vcpu, int from, int to);
void part_address_space_ids(void);

/* For the end of a subtest. */
void host_state_subtest_begins(void);
void host_state_collect(void);
u64 host_state_print_violations(const char **gist);
void host_state_entry_guard(void);

#endif /* OBSERVER_H */
