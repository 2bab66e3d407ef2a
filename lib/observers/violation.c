// SPDX-License-Identifier: GPL-2.0-only
/* What the observers found wrong while a subtest ran. */
#include <pthread.h>

#include "cpus.h"
#include "observer.h"

#define MAX_VIOLATIONS	256
#define MAX_PRINTED	16		/* a subtest */

#define FIELD_NAME(name)	#name,
static const char * const field_names[] = { HOST_STATE_FIELDS(FIELD_NAME) };

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct violation violations[MAX_VIOLATIONS];
static int nr_violations;
static u64 nr_lost;			/* kinds that did not fit */
static char first_line[400];

/* A bug that the running subtest expects, and how often it showed: now, in all. */
static struct {
	const char *fields, *what;
	u64 nr, nr_all;
} known;

/** host_state_field_name() - of an enum host_state_field, e.g. "TR_BASE" */
const char *host_state_field_name(u32 field)
{
	return field < HS_NR_FIELDS ? field_names[field] : "?";
}

static int field_index(const char *name)
{
	if (!strncmp(name, "HOST_", 5))
		name += 5;
	for (size_t i = 0; i < ARRAY_SIZE(field_names); i++)
		if (!strcmp(name, field_names[i]))
			return (int)i;
	return -1;
}

static const char *diagnose_violation(const struct violation *v, char *text, size_t size)
{
	struct diagnose_facts facts = {
		.what = v->field, .nr_cpus = nr_cpu_ids(), .fred = host_state_fred(),
	};
	int field = field_index(v->field);
	const char *class;
	u64 *per_cpu;

	if (v->behaviour) {
		snprintf(text, size, "the behaviour was seen, not the value");
		return "unknown";
	}
	if (v->whose)
		return diagnose(v, &facts, text, size);
	facts.guest = host_state_guest_find(v->field, v->got);
	if (!host_state_available())
		return diagnose(v, &facts, text, size);
	per_cpu = calloc((size_t)nr_cpu_ids(), sizeof(*per_cpu));
	if (!per_cpu)
		return "unknown";
	if (field == HS_TR_BASE || !strcmp(v->field, "TSS_DESC_BASE")) {
		facts.what = "TSS";
		facts.per_cpu = host_state_tables()->tss;
		facts.direct_map = host_state_tables()->direct_map_tss;
	} else if (field >= 0) {
		for (int cpu = 0; cpu < nr_cpu_ids(); cpu++)
			if (host_state_has(host_state_baseline(cpu)->cpu_holds.mask, (u32)field))
				per_cpu[cpu] = host_state_baseline(cpu)->cpu_holds.value[field];
		/* Else it belongs to the task, not to the CPU. */
		if (v->cpu < nr_cpu_ids() && v->want == per_cpu[v->cpu])
			facts.per_cpu = per_cpu;
	}
	if (field == HS_GDTR_BASE) {
		facts.what = "GDT";
		facts.direct_map = host_state_tables()->direct_map_gdt;
	}
	class = diagnose(v, &facts, text, size);
	free(per_cpu);
	return class;
}

static bool same_value(const struct violation *a, const struct violation *b)
{
	return a->cpu == b->cpu && a->got == b->got && a->want == b->want &&
	       !strcmp(a->field, b->field);
}

/*
 * The two lines for a human; the first one is also the subtest's gist.  Who
 * else saw the same value, and where the vCPU came from, is in the JSON.
 */
static void print_violation(const struct violation *v)
{
	const char *name = test_name(), *suffix = strstr(name, "_test");
	char line[sizeof(first_line)], value[200], text[200], cpu[16];
	const char *class = diagnose_violation(v, text, sizeof(text));
	const char *whose = v->whose ? v->whose : cpu, *want_is = "as held by";

	if (v->whose)
		want_is = "as programmed by";
	else if (v->want == host_state_tss(v->cpu))
		want_is = "cpu_entry_area TSS of";
	snprintf(cpu, sizeof(cpu), "cpu %d", v->cpu);
	for (const struct violation *other = violations; other < v; other++)
		if (same_value(other, v))
			return;
	if (v->behaviour)
		snprintf(value, sizeof(value), "wrong: %s", v->behaviour);
	else
		snprintf(value, sizeof(value), "0x%llx, want 0x%llx (%s %s)", v->got, v->want,
			 want_is, whose);
	snprintf(line, sizeof(line), "%.*s: %s %s %s",
		 (int)(suffix ? suffix - name : (long)strlen(name)), name, whose, v->field,
		 value);
	if (!first_line[0])
		snprintf(first_line, sizeof(first_line), "%s", line);
	test_diag("%s", line);
	test_diag("%s: %s", class, text);
}

static bool same_kind(const struct violation *a, const struct violation *b)
{
	return same_value(a, b) && a->from_cpu == b->from_cpu &&
	       !strcmp(a->observer, b->observer);
}

/** host_state_violation() - put @v on the running subtest's list; any thread */
void host_state_violation(const struct violation *v)
{
	int i = 0;

	pthread_mutex_lock(&lock);
	if (known.fields && !strncmp(v->field, known.fields, strlen(known.fields))) {
		known.nr += v->count;
		known.nr_all += v->count;
		pthread_mutex_unlock(&lock);
		return;
	}
	while (i < nr_violations && !same_kind(&violations[i], v))
		i++;
	if (i < nr_violations) {
		violations[i].count += v->count;
	} else if (i == MAX_VIOLATIONS) {
		nr_lost++;
	} else {
		violations[nr_violations++] = *v;
		/* At once: the host may not live to see the end of the subtest. */
		if (i < MAX_PRINTED)
			print_violation(&violations[i]);
	}
	pthread_mutex_unlock(&lock);
}

/**
 * host_state_known_bug() - what the running subtest finds wrong may be a known bug
 * @fields: what the names of the fields begin with
 * @what: the bug; a constant
 *
 * If it shows, and nothing else does, that is an expected failure.
 */
void host_state_known_bug(const char *fields, const char *what)
{
	known.fields = fields;
	known.what = what;
}

/** host_state_known_wrong() - how many wrong values known bugs explain, since the start */
u64 host_state_known_wrong(void)
{
	return known.nr_all;
}

/** host_state_violations_lost() - @nr more of which nothing is known */
void host_state_violations_lost(u64 nr)
{
	pthread_mutex_lock(&lock);
	nr_lost += nr;
	pthread_mutex_unlock(&lock);
}

/**
 * host_state_expect() - compare one value of the host's state
 * @observer: who says so, e.g. "snapshot"
 * @field: e.g. "TR_BASE"
 * @cpu: whose
 * @from_cpu: the CPU that the vCPU ran on before, or -1
 * @got: what it is
 * @want: what it must be
 *
 * A difference is recorded and fails the running subtest.  Any thread may call
 * this.  Returns whether they are equal.
 */
bool host_state_expect(const char *observer, const char *field, int cpu,
		       int from_cpu, u64 got, u64 want)
{
	struct violation v = {
		.observer = observer, .cpu = cpu, .from_cpu = from_cpu,
		.got = got, .want = want, .count = 1,
	};

	if (got == want)
		return true;
	snprintf(v.field, sizeof(v.field), "%s", field);
	host_state_violation(&v);
	return false;
}

/**
 * host_state_print_violations() - end of a subtest: print and forget them
 * @gist: receives the first one's line, if there is one; may be NULL
 *
 * Returns how many there were, each time counted.
 */
u64 host_state_print_violations(const char **gist)
{
	static char gist_line[sizeof(first_line)];
	char who[128], value[80], what[128], text[200];
	u64 total = nr_lost;

	for (int i = 0; i < nr_violations; i++) {
		const struct violation *v = &violations[i];

		total += v->count;
		snprintf(who, sizeof(who), "\"test\":\"%s\",\"subtest\":\"%s\"",
			 test_name(), subtest_name());
		snprintf(what, sizeof(what),
			 "\"diagnosis\":\"%s\",\"observer\":\"%s\",\"count\":%llu",
			 diagnose_violation(v, text, sizeof(text)), v->observer, v->count);
		snprintf(value, sizeof(value), "\"got\":\"0x%llx\",\"want\":\"0x%llx\"",
			 v->got, v->want);
		test_diag("violation: {%s,\"cpu\":%d,\"from_cpu\":%d,\"field\":\"%s\",%s,%s}",
			  who, v->cpu, v->from_cpu, v->field, value, what);
	}
	if (nr_lost && !first_line[0])
		snprintf(first_line, sizeof(first_line), "%llu wrong values of too many kinds",
			 nr_lost);
	if (known.nr)
		subtest_expected_failure("%llu times: %s", known.nr, known.what);
	known.fields = NULL;
	known.nr = 0;
	nr_violations = 0;
	nr_lost = 0;
	host_state_guest_forget();
	if (gist)
		*gist = gist_line;
	memcpy(gist_line, first_line, sizeof(gist_line));
	first_line[0] = '\0';
	return total;
}
