// SPDX-License-Identifier: GPL-2.0-only
/*
 * The comparison that the module makes at each place, on made-up values.  Every
 * field that differs is named, it alone, and a field that is not compared there is
 * not.  So it is shown to fail for state that no emulator has.  Needs no VM.
 */
#include "host_state_compare.h"
#include "observer.h"
#include "state_rows.h"

static const struct {
	const char *vendor;
	struct hs_rules rules;
} vendors[] = {
	{ "VMX", HS_VMX_RULES },
	{ "SVM", HS_SVM_RULES },
};

static const char * const places[] = { "entry", "held", "exit", "handled", "user" };

static hs_fields rule(size_t vendor, size_t place)
{
	const struct hs_rules *r = &vendors[vendor].rules;

	return ((const hs_fields[]){ r->entry, r->held, r->exit, r->handled, r->user })[place];
}

/* What a field is on this made-up host: another value for each, never 0. */
static u64 value_of(u32 field)
{
	return 0xfffffe0000001000 + ((u64)field << 32) + field;
}

static struct hs_values all_values(void)
{
	struct hs_values v = { };

	for (u32 f = 0; f < HS_NR_FIELDS; f++)
		hs_put(&v, f, value_of(f));
	return v;
}

/* One bit of one field differs: that field, and what both say. */
static void one_differs(const char *place, hs_fields fields, u32 changed)
{
	const struct hs_values want = all_values();
	const u64 bit = 1ULL << changed % 64;
	struct hs_values got = want;
	hs_fields wrong, must = fields & HS_FIELD(changed);
	u32 f;

	got.value[changed] ^= bit;
	wrong = hs_differ(&got, &want, fields);
	/* The module looks closer only where this says so. */
	if (must && !hs_may_differ(&got, &want, fields))
		subtest_fail("%s: %s differs: passed over", place,
			     host_state_field_name(changed));
	if (wrong != must)
		subtest_fail("%s: %s differs: %s", place, host_state_field_name(changed),
			     !wrong ? "not seen" : !must ? "compared where it must not be" :
			     host_state_field_name(hs_first(wrong & ~must)));
	for_each_hs_field(f, wrong)
		if (got.value[f] != (value_of(f) ^ bit) || want.value[f] != value_of(f))
			subtest_fail("%s: %s has another field's value", place,
				     host_state_field_name(f));
}

static void each_field(void)
{
	const struct hs_values all = all_values();
	struct hs_values none = { };
	u32 nr = 0;

	for (size_t v = 0; v < ARRAY_SIZE(vendors); v++) {
		for (size_t p = 0; p < ARRAY_SIZE(places); p++) {
			for (u32 f = 0; f < HS_NR_FIELDS; f++, nr++)
				one_differs(places[p], rule(v, p), f);
			if (hs_differ(&all, &all, rule(v, p)))
				subtest_fail("%s: equal values differ", places[p]);
			/* What a CPU has not was not read: it says nothing. */
			if (hs_differ(&none, &all, rule(v, p)) ||
			    hs_differ(&all, &none, rule(v, p)))
				subtest_fail("%s: what is not there differs", places[p]);
		}
	}
	test_count("vectors=%u", nr);
}

/* Both words of a set, whether there are fields for them yet or not. */
static void sets(void)
{
	u32 nr = 0;

	for (; nr < 64 * HOST_STATE_MASK_WORDS; nr++) {
		u64 mask[HOST_STATE_MASK_WORDS] = { };

		hs_add_mask(mask, HS_FIELD(nr));
		if (hs_first(HS_FIELD(nr)) != nr || hs_get_mask(mask) != HS_FIELD(nr) ||
		    !host_state_has(mask, nr))
			subtest_fail("field %u is lost", nr);
	}
	test_count("vectors=%u", nr);
}

/* A copy has these and no others, and what was there stays. */
static void copies(void)
{
	const struct hs_values all = all_values();

	for (u32 f = 0; f < HS_NR_FIELDS; f++) {
		u32 other = (f + 1) % HS_NR_FIELDS;
		struct hs_values v = { };

		hs_put(&v, other, 1);
		hs_copy(&v, &all, HS_FIELD(f));
		if (hs_get_mask(v.mask) != (HS_FIELD(f) | HS_FIELD(other)) ||
		    v.value[f] != value_of(f) || v.value[other] != 1)
			subtest_fail("%s was not copied alone", host_state_field_name(f));
		hs_clear(&v);
		hs_begin_with(&v, &all, HS_FIELD(f));
		if (hs_get_mask(v.mask) != HS_FIELD(f) || v.value[f] != value_of(f))
			subtest_fail("it does not begin with %s", host_state_field_name(f));
		hs_clear(&v);
		if (hs_get_mask(v.mask))
			subtest_fail("something is left of %s", host_state_field_name(f));
	}
	test_count("vectors=%u", HS_NR_FIELDS);
}

/* What users read in the table is what is done. */
static void as_the_table_says(void)
{
	for (u32 f = 0; f < HS_NR_FIELDS; f++) {
		const char *name = host_state_field_name(f);
		const struct state_row *row = state_row_of(name);

		if (!row) {
			subtest_fail("%s has no row", name);
			continue;
		}
		for (size_t v = 0; v < ARRAY_SIZE(vendors); v++)
			for (size_t p = 0; p < ARRAY_SIZE(places); p++)
				if (state_has_word(row->places[v], places[p]) !=
				    !!(rule(v, p) & HS_FIELD(f)))
					subtest_fail("%s, %s, %s: the table says '%s'", name,
						     vendors[v].vendor, places[p],
						     row->places[v]);
	}
	for (size_t i = 0; i < nr_state_rows; i++) {
		const struct state_row *row = &state_rows[i];

		if (!row->why[0] && (state_has_word(row->places[0], "no") ||
				     state_has_word(row->places[1], "no")))
			subtest_fail("%s: not compared, and nobody says why", row->state);
	}
	test_count("rows=%zu", nr_state_rows);
}

static const struct subtest subtests[] = {
	{ "each_field", each_field },
	{ "sets", sets },
	{ "copies", copies },
	{ "as_the_table_says", as_the_table_says },
};

int main(int argc, char *argv[])
{
	test_init(argc, argv, TEST_NO_KVM);
	return test_run(subtests, ARRAY_SIZE(subtests));
}
