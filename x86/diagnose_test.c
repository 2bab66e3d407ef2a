// SPDX-License-Identifier: GPL-2.0-only
/*
 * The diagnosis of a wrong value, class by class.  Needs no VM.
 */
#include "observer.h"

/* Three CPUs; the first one's TSS base has bit 31 set, the second one's not. */
static const u64 tss[] = { 0xfffffe1ca2d65000, 0xfffffe7c41003000, 0xfffffe0000003000 };
static const u64 direct_map[] = { 0xffff88803ec06000, 0xffff88803ec86000, 0xffff88803ed06000 };

static const struct {
	const char *name;
	int cpu, from_cpu;
	u64 got;
	const char *class, *text;
} cases[] = {
	{ "zero", 0, 1, 0, "zero", "never set" },
	{ "stale_from", 0, 1, 0xfffffe7c41003000, "stale", "cpu 1, where the vCPU came from" },
	{ "stale_other", 0, 1, 0xfffffe0000003000, "stale", "cpu 2; the vCPU came from cpu 1" },
	{ "stale_unknown", 2, -1, 0xfffffe1ca2d65000, "stale", "the TSS of cpu 0" },
	{ "direct_map", 1, 0, 0xffff88803ec86000, "direct-map", "alias of the right TSS" },
	{ "sign_extended", 0, 1, 0xffffffffa2d65000, "sign-extended",
	  "base2 is 0xa2 (bit 7 set) and base3 0xfffffe1c was lost" },
	{ "ones_without_bit31", 1, 0, 0xffffffff41003000, "sign-extended", "(bit 7 clear)" },
	{ "low_half", 0, 1, 0xa2d65000, "truncated", "base3 0xfffffe1c was lost" },
	{ "low_24", 0, 1, 0xd65000, "truncated", "only the low bits" },
	{ "low_48", 0, 1, 0xfe1ca2d65000, "truncated", "only the low bits" },
	{ "above", 0, 1, 0xfffffe1ca2d65004, "off-by", "+0x4" },
	{ "below", 0, 1, 0xfffffe1ca2d64000, "off-by", "-0x1000" },
	{ "unknown", 0, 1, 0xfffffe1da2d65000, "unknown", "bits 0x100000000" },
};

static void classes(void)
{
	const struct diagnose_facts facts = {
		.per_cpu = tss, .direct_map = direct_map,
		.nr_cpus = ARRAY_SIZE(tss), .what = "TSS",
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct violation v = {
			.cpu = cases[i].cpu, .from_cpu = cases[i].from_cpu,
			.got = cases[i].got, .want = tss[cases[i].cpu],
		};
		char text[200];
		const char *class = diagnose(&v, &facts, text, sizeof(text));

		if (strcmp(class, cases[i].class) || !strstr(text, cases[i].text))
			subtest_fail("%s: got '%s: %s', want '%s: ...%s...'", cases[i].name,
				     class, text, cases[i].class, cases[i].text);
	}
	test_count("vectors=%zu", ARRAY_SIZE(cases));
}

/* A field about which nothing is known but what it must be. */
static void without_facts(void)
{
	const struct diagnose_facts facts = { .what = "CR4" };
	struct violation v = { .cpu = 3, .from_cpu = 1, .got = 0x3506e0, .want = 0x3706e0 };
	char text[200];
	const char *class = diagnose(&v, &facts, text, sizeof(text));

	if (strcmp(class, "off-by"))
		subtest_fail("got '%s: %s', want 'off-by'", class, text);
	v.got = 0x80000000003706e0;
	class = diagnose(&v, &facts, text, sizeof(text));
	if (strcmp(class, "unknown"))
		subtest_fail("got '%s: %s', want 'unknown'", class, text);
	test_count("vectors=2");
}

/* One of those that a test has told of, be it some CPU's as well; never 0. */
static void what_the_guest_wrote(void)
{
	static const struct {
		const char *field;
		u64 got;
		const char *class, *text;
	} values[] = {
		{ "LSTAR", 0xffffffffc0de0000, "guest's", "the guest of vCPU 3 wrote" },
		{ "XMM7", 0x6e57000500000701, "guest's", "the guest of vCPU 5 wrote" },
		{ "XMM7", 0x1057000500000701, "unknown", "differs in bits" },
		{ "TR_BASE", 0xffffffffc0de0000, "unknown", "differs in bits" },
		{ "PKRU", 0, "zero", "cleared" },
	};

	host_state_guest_value("LSTAR", 3, 0xffffffffc0de0000, ~0ULL);
	host_state_guest_value("XMM", 5, 0x6e57000500000000, 0xffffffff00000000);
	host_state_guest_value("PKRU", 2, 0, ~0ULL);
	for (size_t i = 0; i < ARRAY_SIZE(values); i++) {
		struct violation v = {
			.cpu = 0, .from_cpu = 1, .got = values[i].got,
			.want = 0x5555000000000000,
		};
		const struct diagnose_facts facts = {
			.what = values[i].field,
			.guest = host_state_guest_find(values[i].field, v.got),
		};
		char text[200];
		const char *class = diagnose(&v, &facts, text, sizeof(text));

		if (strcmp(class, values[i].class) || !strstr(text, values[i].text))
			subtest_fail("%s: got '%s: %s', want '%s: ...%s...'", values[i].field,
				     class, text, values[i].class, values[i].text);
	}
	test_count("vectors=%zu", ARRAY_SIZE(values));
}

/* A wrong TR base is wrong there as well, but it kills no host. */
static void on_a_fred_host(void)
{
	static const struct {
		const char *field, *text;
	} values[] = {
		{ "HOST_TR_BASE", "; a FRED host: TR leads to the I/O permissions" },
		{ "TSS_DESC_BASE", "; a FRED host: TR leads to the I/O permissions" },
		{ "HOST_IDTR_BASE", "; a FRED host: no event goes through an IDT" },
		{ "SYSENTER_EIP", "; a FRED host: no system call uses it" },
		{ "FRED_RSP1", NULL },
		{ "HOST_GS_BASE", NULL },
	};

	for (size_t i = 0; i < ARRAY_SIZE(values); i++) {
		const struct diagnose_facts facts = { .what = values[i].field, .fred = true };
		struct violation v = { .got = 0, .want = tss[0], .from_cpu = -1 };
		char text[200];
		const char *class;

		snprintf(v.field, sizeof(v.field), "%s", values[i].field);
		class = diagnose(&v, &facts, text, sizeof(text));
		if (strcmp(class, "zero") ||
		    (values[i].text ? !strstr(text, values[i].text) : !!strstr(text, "FRED")))
			subtest_fail("%s: got '%s: %s', want 'zero: ...%s'", values[i].field,
				     class, text, values[i].text ?: "");
	}
	test_count("vectors=%zu", ARRAY_SIZE(values));
}

static const struct subtest subtests[] = {
	{ "classes", classes },
	{ "without_facts", without_facts },
	{ "what_the_guest_wrote", what_the_guest_wrote },
	{ "on_a_fred_host", on_a_fred_host },
};

int main(int argc, char *argv[])
{
	test_init(argc, argv, TEST_NO_KVM);
	return test_run(subtests, ARRAY_SIZE(subtests));
}
