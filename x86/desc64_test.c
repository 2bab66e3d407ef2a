// SPDX-License-Identifier: GPL-2.0-only
/*
 * get_desc64_base() against an oracle that puts the bytes together one by one.
 *
 * KVM's own selftests had it wrong: base2, a u8, was shifted by 24 as a signed
 * int, and with bit 7 of base2 set base3 was lost (fixed by 7fe9f5366bd5, "KVM:
 * selftests: Fix sign extension bug in get_desc64_base()").  Needs no VM.
 */
#include "x86/desc.h"

/* The vector of the bug's report. */
#define VECTOR		0xfffffe7cf8d65000ULL
#define VECTOR_WRONG	0xfffffffff8d65000ULL

static const u32 base3_edges[] = {
	0xfffffe7c, 0, 1, 0x7fff, 0x7fffffff, 0x80000000, 0xffff8000, 0xffffffff,
};

typedef u64 (*base_fn)(const struct desc64 *desc);

/* As the SDM draws it (volume 3, figure 3-8): bytes 2, 3, 4, 7 and 8 to 11. */
static u64 oracle(const struct desc64 *desc)
{
	static const int where[] = { 2, 3, 4, 7, 8, 9, 10, 11 };
	const u8 *byte = (const u8 *)desc;
	u64 base = 0;

	for (int i = 7; i >= 0; i--)
		base = base << 8 | byte[where[i]];
	return base;
}

/* The expression as it was, bug and all; the cast only quiets the compiler. */
static u64 old_expression(const struct desc64 *desc)
{
	return (u64)desc->base3 << 32 |
	       (u64)(desc->base0 | desc->base1 << 16 | desc->base2 << 24);
}

struct comparison {
	u64 vectors, wrong;
	struct desc64 first;		/* the first one that is wrong */
};

static void compare_one(struct comparison *c, base_fn fn, struct desc64 *desc, u64 base)
{
	set_desc64_base(desc, base);
	c->vectors++;
	if (fn(desc) != oracle(desc) && !c->wrong++)
		c->first = *desc;
}

/*
 * At the edges of base3, the first @nr of them: with the first one every base0, and
 * every base1 with every base2; with the others every value of each byte.
 */
static struct comparison compare(base_fn fn, size_t nr)
{
	/* All other bits set: none of them may get into the base. */
	struct desc64 desc = { 0xffff, 0, 0, 0xff, 0xff, 0, 0, 0xffffffff };
	struct comparison c = { };

	for (size_t i = 0; i < nr; i++) {
		const u64 base3 = (u64)base3_edges[i] << 32;

		for (u64 n = 0; n < 0x10000; n += i ? 0x101 : 1) {
			compare_one(&c, fn, &desc, base3 | 0xf8d60000 | n);
			compare_one(&c, fn, &desc, base3 | n << 16 | 0x8000);
		}
	}
	return c;
}

static void base_of_vector(void)
{
	struct desc64 desc = {
		.base0 = 0x5000, .base1 = 0xd6, .base2 = 0xf8, .base3 = 0xfffffe7c,
	};
	u64 base = get_desc64_base(&desc);

	test_count("vectors=1");
	if (base != VECTOR)
		subtest_fail("got 0x%llx, want 0x%llx", base, VECTOR);
}

static void base_of_all(void)
{
	struct comparison c = compare(get_desc64_base, ARRAY_SIZE(base3_edges));

	test_count("vectors=%llu", c.vectors);
	if (c.wrong)
		subtest_fail("%llu of %llu wrong; base0..3 %x %x %x %x: got 0x%llx, want 0x%llx",
			     c.wrong, c.vectors, c.first.base0, c.first.base1, c.first.base2,
			     c.first.base3, get_desc64_base(&c.first), oracle(&c.first));
}

/* A check that cannot fail is none: the old expression must not pass it. */
static void old_expression_is_found(void)
{
	struct comparison c = compare(old_expression, 1);
	struct desc64 desc = make_desc64(VECTOR, 0, DESC_TYPE_TSS);

	test_count("vectors=%llu found=%llu", c.vectors, c.wrong);
	if (old_expression(&desc) != VECTOR_WRONG)
		subtest_fail("got 0x%llx for the vector, want 0x%llx",
			     old_expression(&desc), VECTOR_WRONG);
	if (!c.wrong)
		subtest_fail("the comparison does not notice the old expression");
}

static void set_and_get(void)
{
	u64 vectors = 0;

	for (size_t i = 0; i < ARRAY_SIZE(base3_edges); i++) {
		for (u64 low = 0; low < 1ULL << 32; low += 0x10001 * 29) {
			u64 base = (u64)base3_edges[i] << 32 | low;
			struct desc64 desc = make_desc64(base, 0x67, DESC_TYPE_TSS);

			vectors++;
			if (get_desc64_base(&desc) != base || get_desc64_limit(&desc) != 0x67) {
				subtest_fail("base 0x%llx limit 0x%x, want 0x%llx 0x67",
					     get_desc64_base(&desc), get_desc64_limit(&desc),
					     base);
				return;
			}
		}
	}
	test_count("vectors=%llu", vectors);
}

/* With G the limit counts pages; without, all 20 bits of it count bytes. */
static void limit(void)
{
	struct desc64 desc = { .limit0 = 0x2345, .limit1_flags = 0x71 };

	if (get_desc64_limit(&desc) != 0x12345)
		subtest_fail("got 0x%x, want 0x12345", get_desc64_limit(&desc));
	desc.limit1_flags |= 0x80;
	if (get_desc64_limit(&desc) != 0x12345fff)
		subtest_fail("got 0x%x, want 0x12345fff", get_desc64_limit(&desc));
	test_count("vectors=2");
}

static const struct subtest subtests[] = {
	{ "base_of_vector", base_of_vector },
	{ "base_of_all", base_of_all },
	{ "old_expression_is_found", old_expression_is_found },
	{ "set_and_get", set_and_get },
	{ "limit", limit },
};

int main(int argc, char *argv[])
{
	test_init(argc, argv, TEST_NO_KVM);
	return test_run(subtests, ARRAY_SIZE(subtests));
}
