// SPDX-License-Identifier: GPL-2.0-only
/*
 * Forms that cannot be told from the source of one function.  SAYS: the lint
 * says that it cannot tell.  HIT: it reports them, though somebody who knows more
 * might not.  The others it keeps quiet about, though there may be a bug.
 */
#include "types.h"

/* By how much it shifts is the caller's affair. */
u64 shifted_by_argument(u8 b, int n)
{
	return b << n;							/* SAYS */
}

u64 shifted_by_endless_loop(const u8 *p, int count)
{
	u64 r = 0;
	int i;

	for (i = 0; i < count; i++)
		r |= p[i] << (8 * i);					/* SAYS */
	return r;
}

/* What values a byte takes is more than its type says. */
u64 looked_at_before(u8 b)
{
	if (b >= 0x80)
		return 0;
	return b << 24;							/* HIT */
}

static const u8 small_table[] = { 1, 2, 3 };

u64 of_table(unsigned int i)
{
	return small_table[i % 3] << 24;				/* HIT */
}

/* An int is taken to be signed on purpose, wherever it comes from. */
static int low_half(const u8 *p)
{
	return p[0] | p[1] << 8 | p[2] << 16 | p[3] << 24;
}

u64 by_function(const u8 *p)
{
	return low_half(p);
}

u64 any_int_far(int n)
{
	return n << 24;
}

struct halves {
	int low;
};

u64 by_member(struct halves *h, u8 b)
{
	h->low = b << 24;
	return h->low;
}

u64 accumulated(const u8 *p)
{
	int r = 0, i;

	for (i = 0; i < 4; i++)
		r = r << 8 | p[i];
	return r;
}

/* The order of statements is not looked at. */
u64 masked_in_between(u8 b)
{
	int r = b << 24;

	r &= 0xffff;
	return r;
}

u64 masked_too_early(u8 b)
{
	int r = b;

	r &= 0xff;
	r = b << 24;
	return r;
}

/* A single bit, who knows which. */
u64 one_bit(int n)
{
	return 1 << n;
}

/* A difference may be negative on purpose. */
u64 difference(u16 a, u16 b)
{
	return (a - b) << 16;
}

/* A loop that is not a plain count, or that ends somewhere inside. */
u64 counted_in_condition(const u8 *p)
{
	u64 r = 0;
	int i = 3;

	while (i--)
		r |= p[i] << (8 * i);					/* SAYS */
	return r;
}

u64 condition_at_the_end(const u8 *p)
{
	unsigned int shift = 0;
	u64 r = 0;

	do {
		r |= *p++ << shift;					/* SAYS */
		shift += 8;
	} while (shift <= 24);
	return r;
}

u64 left_by_break(const u8 *p)
{
	u64 r = 0;
	int i;

	for (i = 0; ; i++) {
		if (i == 4)
			break;
		r |= p[i] << (8 * i);					/* SAYS */
	}
	return r;
}

/* How often a loop shifts is not counted. */
u64 shifted_in_loop(const u8 *p)
{
	int r = 0, i;

	for (i = 0; i < 3; i++) {
		r <<= 8;
		r |= p[i];
	}
	return r;							/* SAYS */
}

u64 counted_down_to(u8 b)
{
	int shift = 32;

	shift -= 8;
	return b << shift;						/* SAYS */
}

/* Nor is an assignment's own value looked at. */
u64 value_of_assignment(u8 b)
{
	int r = b;

	return r <<= 24;
}

u64 of_compound_literal(u8 b)
{
	return (int){ b << 24 };
}

/*
 * Where a result goes to is looked at in its own expression, and no further: that
 * the high half is dropped later on is not seen.
 */
u32 low_half_of_variable(const u8 *p)
{
	unsigned long v = p[0] | p[1] << 8 | p[2] << 16 | p[3] << 24;	/* HIT */

	return (u32)v;
}

u32 narrowed_in_return(u64 wide, u8 b)
{
	u64 r = wide + (b << 24);					/* HIT */

	return r;
}

u32 masked_later(unsigned long crc, const u8 *p)
{
	crc ^= *p << 24;						/* HIT */
	return crc & 0xffffffff;
}

u32 out_of_statement_expression(u8 b)
{
	return (u32)({ (u64)(b << 24); });				/* HIT */
}

bool both_alike(u8 a, u8 b)
{
	return (u64)(a << 24) ==					/* HIT */
	       (u64)(b << 24);						/* HIT */
}

void bitfield_by_position(u8 b)
{
	struct entry e = { 1, 2, b << 24 };				/* HIT */

	take64(e.low);
}

/* Which arm the compiler chooses is not known. */
#define TO64_GENERIC(x)	_Generic((x), int: (u64)(u32)(x), default: (u64)(x))
#define TO64_CHOICE(x)	__builtin_choose_expr(sizeof(x) == 4, (u64)(u32)(x), (u64)(x))

u64 by_generic(u8 b)
{
	return TO64_GENERIC(b << 24);					/* HIT */
}

u64 by_choice(u8 b)
{
	return TO64_CHOICE(b << 24);					/* HIT */
}

void by_switch(u32 *p, u8 b)
{
	switch (sizeof(*p)) {
	case 4:
		*p = (u32)(b << 24);
		break;
	case 8:
		*(u64 *)p = b << 24;					/* HIT */
	}
}
