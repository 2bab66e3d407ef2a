// SPDX-License-Identifier: GPL-2.0-only
/*
 * Every form of the bug.  The lint must report each line that says HIT, and no
 * other: meta/lint.bats compares.
 */
#include "types.h"

/* The story's own, as it stood in KVM's selftests. */
u64 get_desc64_base(const struct desc *desc)
{
	return ((u64)desc->base3 << 32) |
	       (desc->base0 | ((desc->base1) << 16) | ((desc->base2) << 24));	/* HIT */
}

/* Where it is widened. */

u64 in_return(u8 b)
{
	return b << 24;							/* HIT */
}

u64 in_assignment(u8 b)
{
	u64 r;

	r = b << 24;							/* HIT */
	return r;
}

void in_argument(u8 b)
{
	take64(b << 24);						/* HIT */
}

u64 in_initialiser(u8 b)
{
	u64 r = b << 24;						/* HIT */

	return r;
}

struct entry64 {
	u64 address;
	u32 flags;
};

struct entry64 in_struct_initialiser(u8 b)
{
	struct entry64 e = { .address = b << 24, .flags = b };		/* HIT */

	return e;
}

u64 in_array_initialiser(u8 b)
{
	u64 a[] = { 1, b << 24 };					/* HIT */

	return a[1];
}

u64 in_compound_literal(u8 b)
{
	return ((struct entry64){ b << 24, 0 }).address;		/* HIT */
}

void in_member(struct entry64 *e, u8 b)
{
	e->address = b << 24;						/* HIT */
}

void in_element(u64 *a, int i, u8 b)
{
	a[i] = b << 24;							/* HIT */
}

u64 with_or_assign(u64 r, u8 b)
{
	r |= b << 24;							/* HIT */
	return r;
}

u64 with_other_assign(u64 r, u8 b)
{
	r += b << 24;							/* HIT */
	r ^= b << 24;							/* HIT */
	r -= b << 24;							/* HIT */
	r &= b << 24;							/* HIT */
	return r;
}

u64 beside_wide(u64 wide, u8 b)
{
	return wide + (b << 24);					/* HIT */
}

bool compared(u64 wide, u8 b)
{
	return wide == (b << 24);					/* HIT */
}

u64 in_choice(bool c, u8 b)
{
	return c ? b << 24 : 0;						/* HIT */
}

u64 in_choice_of_wide(bool c, u8 b, u64 wide)
{
	return c ? wide : b << 24;					/* HIT */
}

u64 in_short_choice(u8 b, u64 wide)
{
	return (b << 24) ?: wide;					/* HIT */
}

u64 in_comma(u8 b)
{
	return unknown(), b << 24;					/* HIT */
}

u64 in_statement_expression(u8 b)
{
	return ({ unknown(); b << 24; });				/* HIT */
}

u64 in_both(u8 b)
{
	u64 x, y;

	x = y = b << 24;						/* HIT */
	return x + y;
}

s64 to_signed(u8 b)
{
	return b << 24;							/* HIT */
}

void to_signed_argument(u8 b)
{
	take_signed(b << 24);						/* HIT */
}

size_t to_size(u16 pages)
{
	return pages << 16;						/* HIT */
}

unsigned long to_long(u8 b)
{
	return b << 24;							/* HIT */
}

/* As an address. */

char *in_pointer_sum(char *base, u8 b)
{
	return base + (b << 24);					/* HIT */
}

char in_subscript(const char *base, u8 b)
{
	return base[b << 24];						/* HIT */
}

const char *in_pointer_step(const char *base, u8 b)
{
	base += b << 24;						/* HIT */
	return base;
}

void *as_pointer(u8 b)
{
	return (void *)(uintptr_t)(b << 24);				/* HIT */
}

/* Casts that come too late: they silence every compiler. */

u64 outer_cast(u8 a, u8 b)
{
	return (u64)(a | b << 24);					/* HIT */
}

size_t outer_cast_size(u8 b)
{
	return (size_t)(b << 24);					/* HIT */
}

unsigned long outer_cast_long(u8 b)
{
	return (unsigned long)(b << 24);				/* HIT */
}

unsigned long long outer_cast_long_long(u8 b)
{
	return (unsigned long long)(b << 24);				/* HIT */
}

void any_argument(u8 b)
{
	take_any("%lx", (unsigned long)(b << 24));			/* HIT */
}

u64 cast_of_the_wrong_part(u8 a, u8 b)
{
	return (u64)a << 32 | b << 24;					/* HIT */
}

/* What is narrow. */

u64 of_u16(u16 high, u16 low)
{
	return high << 16 | low;					/* HIT */
}

u64 of_bool(bool b)
{
	return b << 31;							/* HIT */
}

u64 of_not(u32 n)
{
	return !n << 31;						/* HIT */
}

u64 of_comparison(u32 n)
{
	return (n == 3) << 31;						/* HIT */
}

u64 of_bit(const struct desc *d)
{
	return d->g << 31;						/* HIT */
}

u64 of_nibble(const struct desc *d)
{
	return d->type << 28;						/* HIT */
}

u64 of_wide_bitfield(const struct entry *e)
{
	return e->frame << 12;						/* HIT */
}

u64 of_call(void)
{
	return read8(0) | read8(1) << 8 | read8(2) << 16 |
	       read8(3) << 24;						/* HIT */
}

u64 of_call16(void)
{
	return read16(2) << 16 | read16(0);				/* HIT */
}

u64 of_element(const u8 *p)
{
	return p[0] | p[1] << 8 | p[2] << 16 | p[3] << 24;		/* HIT */
}

u64 of_pointed_to(const u16 *p)
{
	return *p << 16;						/* HIT */
}

u64 of_cast(u32 n)
{
	return (u8)n << 24;						/* HIT */
}

u64 of_masked_int(int n)
{
	return (n & 0xff) << 24;					/* HIT */
}

u64 of_masked_high(u16 n)
{
	return (n & 0xff00) << 16;					/* HIT */
}

u64 of_remainder(u8 n)
{
	return n % 200 << 24;						/* HIT */
}

u64 of_unsigned_char(unsigned char c)
{
	return c << 24;							/* HIT */
}

u64 of_choice(bool c, u8 a)
{
	return (c ? a : 1) << 24;					/* HIT */
}

u64 of_inverted(u64 flags, u8 b)
{
	return flags & ~(b << 24);					/* HIT */
}

/* Other ways to get there than << 24. */

u64 by_other_shift(u16 n)
{
	return n << 19;							/* HIT */
}

u64 by_product(u8 b)
{
	return b * 0x1000000;						/* HIT */
}

u64 by_product_of_two(u16 width, u16 height)
{
	return width * height;						/* HIT */
}

u64 by_sum(u8 a, u8 b)
{
	return (a << 23) + (b << 23);					/* HIT */
}

u64 by_xor(u8 a, u8 b)
{
	return a ^ b << 24;						/* HIT */
}

u64 by_plus(u8 a, u8 b)
{
	return a + (b << 24);						/* HIT */
}

u64 by_masked_result(u8 b)
{
	return (b << 24) & ~0xff;					/* HIT */
}

u64 by_variable_shift(u8 b, u32 n)
{
	return b << (n & 31);						/* HIT */
}

u64 by_loop(const u8 *p)
{
	u64 r = 0;
	int i;

	for (i = 0; i < 4; i++)
		r |= p[i] << (8 * i);					/* HIT */
	return r;
}

u64 by_while(const u8 *p)
{
	u64 r = 0;
	unsigned int shift = 0;

	while (shift <= 24) {
		r |= *p++ << shift;					/* HIT */
		shift += 8;
	}
	return r;
}

u64 by_loop_downwards(const u8 *p)
{
	u64 r = 0;
	int i;

	for (i = 3; i >= 0; i--)
		r |= p[i] << (8 * i);					/* HIT */
	return r;
}

/* Constants. */

u64 constant(void)
{
	return 1 << 31;							/* HIT */
}

u64 constant_mask(u64 r)
{
	return r & (0xff << 24);					/* HIT */
}

enum flags { FLAG_LOW = 1, FLAG_HIGH = 1 << 31 };

u64 enumerator(u64 r)
{
	return r | FLAG_HIGH;						/* HIT */
}

static const u64 in_global = 0xfffff << 12;				/* HIT */

u64 global(void)
{
	return in_global;
}

/* By way of a variable. */

u64 by_variable(u8 a, u8 b)
{
	int low = a | b << 24;

	return low;							/* HIT */
}

u64 by_variable_in_steps(const u8 *p)
{
	int low = p[0];

	low |= p[1] << 8;
	low |= p[2] << 16;
	low |= p[3] << 24;
	return (u64)p[4] << 32 | low;					/* HIT */
}

u64 by_variable_shifted(u8 b)
{
	int high = b;

	high <<= 24;
	return high;							/* HIT */
}

u64 by_typeof(u8 b)
{
	__typeof__(b) x = b;

	return x << 24;							/* HIT */
}

/* In macros. */

#define HIGH_BYTE(x)	((x) << 24)
#define DESC_BASE(d)	((d)->base0 | (d)->base1 << 16 | (d)->base2 << 24)
#define SAME(x)		(x)
#define STORE(to, x)	((to) = (x) << 24)

u64 by_macro(u8 b)
{
	return HIGH_BYTE(b);						/* HIT */
}

u64 by_macro_with_more(const struct desc *d)
{
	return (u64)d->base3 << 32 | DESC_BASE(d);			/* HIT */
}

u64 in_macro_argument(u8 b)
{
	return SAME(b << 24);						/* HIT */
}

void in_macro_body(u64 *r, u8 b)
{
	STORE(*r, b);							/* HIT */
}

/* Over several lines, and more than one of them. */

u64 over_lines(const u8 *p)
{
	return p[0] |
	       p[1] << 8 |
	       p[2] << 16 |
	       p[3] <<							/* HIT */
	       24;
}

u64 two_of_them(u16 a, u16 b)
{
	return (a << 16) + (b << 16);					/* HIT */
}

u64 by_generic(u8 b)
{
	return _Generic(b, u8: b << 24, default: 0);			/* HIT */
}

u64 sign_shifted_out(u8 b)
{
	return (b << 24) >> 8;						/* HIT */
}

/* Converted to bool: the high half counts as well. */

bool as_bool(u64 flags)
{
	return flags & (1 << 31);					/* HIT */
}

bool bool_initialised(u64 wide, u8 b)
{
	bool differs = wide ^ (b << 24);				/* HIT */

	return differs;
}

struct switches {
	bool on;
	bool bit : 1;
};

void bool_member(struct switches *s, u64 flags)
{
	s->on = flags & (1 << 31);					/* HIT */
	s->bit = flags & (1 << 31);					/* HIT */
	s->on |= flags & (1 << 31);					/* HIT */
}

void bool_argument(u64 flags)
{
	take_bool(flags & (1 << 31));					/* HIT */
}

bool bool_cast(u64 flags)
{
	return (bool)(flags & (1 << 31));				/* HIT */
}

/* By a divisor that is not known. */

u64 by_quotient(u16 total, u8 n)
{
	return (total / n) << 16;					/* HIT */
}

u64 by_rest(u8 total, u8 n)
{
	return (total % n) << 24;					/* HIT */
}

/* What somebody else writes. */

static const volatile bool enabled = false;

u64 by_volatile(u8 b)
{
	if (enabled)
		return b << 24;						/* HIT */
	return 0;
}

u64 by_atomic(u8 *p)
{
	return __atomic_exchange_n(p, 0, 5) << 24;			/* HIT */
}

u64 by_atomic_sum(u8 *p)
{
	return __atomic_fetch_add(p, 1, 5) << 24;			/* HIT */
}

/* The sign is shifted, and comes in from above. */

u32 sign_comes_in(s64 wide, u8 b)
{
	return (wide ^ b << 24) >> 40;					/* HIT */
}

/* How far a loop counts. */

u64 counted_before_use(const u8 *p)
{
	u64 r = 0;
	int i = 0;

	while (i < 3) {
		i++;
		r |= p[i] << (8 * i);					/* HIT */
	}
	return r;
}

u64 counted_in_bits(const u8 *p)
{
	u64 r = p[0];
	int shift = 0;

	while (shift < 24) {
		shift += 8;
		r |= *++p << shift;					/* HIT */
	}
	return r;
}

u64 after_the_loop(const u8 *p, u8 b)
{
	u64 r = 0;
	int i;

	for (i = 0; i < 24; i++)
		r += p[i];
	return r | b << i;						/* HIT */
}

u64 counted_twice(const u8 *p)
{
	u64 r = 0;
	int i;

	for (i = 0; i < 3; i++) {
		if (!p[i])
			i++;
		r |= p[i] << (8 * i);					/* HIT */
	}
	return r;
}

/* In steps, more than once. */

u64 of_u16_in_steps(const u8 *p)
{
	u16 word = 0;
	int i;

	for (i = 0; i < 2; i++) {
		word <<= 8;
		word |= p[i];
	}
	return word << 16;						/* HIT */
}

u64 low_bits_cleared(u8 b)
{
	int r = b << 24;

	r &= ~0xfff;
	return r;							/* HIT */
}

u64 sign_shifted_down(u8 b)
{
	int r = b << 24;

	r >>= 4;
	return r;							/* HIT */
}

u64 by_asm(u16 port)
{
	u8 b = 0;

	__asm__("inb %1, %0" : "=a" ((b)) : "d" (port));
	return b << 24;							/* HIT */
}

u64 wide_bitfield_initialised(u8 b)
{
	struct entry e = { .wide = b << 24 };				/* HIT */

	return e.wide;
}

bool masked_is_0(u64 wide)
{
	return (wide & (1 << 31)) == 0;					/* HIT */
}

u64 by_builtin_choice(u8 b)
{
	return __builtin_choose_expr(1, b, 0) << 24;			/* HIT */
}
