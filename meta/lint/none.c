// SPDX-License-Identifier: GPL-2.0-only
/*
 * What looks like the bug and is none: the lint must not report a line here.
 */
#include "types.h"

/* Widened, or made unsigned, before the shift. */

u64 right_cast(u8 b)
{
	return (u64)b << 24;
}

u64 right_unsigned(u8 b)
{
	return (u32)b << 24;
}

u64 get_desc64_base(const struct desc *desc)
{
	return (u64)desc->base3 << 32 | (u64)desc->base2 << 24 |
	       (u64)desc->base1 << 16 | desc->base0;
}

u64 right_by_wide_variable(u8 b)
{
	u64 wide = b;

	return wide << 24;
}

u64 right_by_wide_operand(u8 b, u64 one)
{
	return one * b << 24;
}

u64 right_by_literal(u8 b)
{
	return b * 0x1000000ULL + b * 16777216U;
}

/* Made unsigned after it: the low half as it is. */

u64 outer_unsigned(u8 a, u8 b)
{
	return (unsigned int)(a | b << 24);
}

u64 outer_u32(u8 b)
{
	return (u64)(u32)(b << 24);
}

u64 through_u32(u8 b)
{
	u32 low = b << 24;

	return low;
}

u64 with_unsigned_operand(u8 b, u32 low)
{
	return low | b << 24;
}

void argument32(u8 b)
{
	take32(b << 24);
}

/* Signed on purpose. */

s64 signed_on_purpose(u8 b)
{
	return (s32)(b << 24);
}

s64 sign_extended(u8 b)
{
	return b << 24 >> 24;
}

s64 of_signed(s8 c)
{
	return c << 24;
}

u64 any_int(int n)
{
	return n;
}

u64 any_int_shifted(int n)
{
	return n << 2;
}

u64 any_return(void)
{
	return unknown();
}

/* Bit 31 is out of reach. */

u64 smaller_shift(u8 b)
{
	return b << 16;
}

u64 just_below(u8 b)
{
	return b << 23;
}

u64 of_u16_just_below(u16 n)
{
	return n << 15;
}

u64 masked_before(u8 b)
{
	return (b & 0x7f) << 24;
}

u64 shifted_before(u8 b)
{
	return (b >> 1) << 24;
}

u64 bit(const struct desc *d)
{
	return d->g << 30;
}

u64 nibble(const struct desc *d)
{
	return d->type << 24;
}

u64 bitfield(const struct entry *e)
{
	return e->frame << 11;
}

u64 wide_bitfield(const struct entry *e)
{
	return e->wide << 12;
}

u64 remainder_of(u8 n)
{
	return n % 100 << 24;
}

u64 quotient(u8 n)
{
	return n / 2 << 24;
}

u64 products(u8 a, u8 b, u16 c)
{
	return a * b + c * 1000 + c * a;
}

u64 sums(u16 a, u16 b)
{
	return a + b - 1;
}

u64 small_variable(u8 b)
{
	int low = b << 16 | b << 8 | b;

	return low;
}

u64 constant_variable(void)
{
	const u8 b = 0x12;

	return b << 24;
}

u64 assigned_small(u8 n)
{
	u8 b;

	b = n & 0xf;
	return b << 24;
}

u64 choice_of_small(bool c)
{
	return (c ? 3 : 1) << 24;
}

u64 small_amount(u8 b, u32 n)
{
	return b << (n & 15);
}

u64 short_loop(const u8 *p)
{
	u64 r = 0;
	int i;

	for (i = 0; i < 3; i++)
		r |= p[i] << (8 * i);
	return r;
}

u64 loop_without_end(const u64 *p, int n)
{
	u64 r = 0;
	int i;

	for (i = 0; i < n; i++)
		r += p[i * 4 + 1] + (unsigned long)(i << 12);
	return r;
}

u64 or_of_wide(unsigned long wide)
{
	int n = 0;

	n |= wide;
	return n;
}

u64 or_of_unsigned(u32 flags)
{
	int n = 0;

	n |= flags;
	return n;
}

u64 constants(void)
{
	return (1 << 30) + (0x3f << 24) + (0x80U << 24) + (1UL << 31) + 0x80000000;
}

u64 minus_one(void)
{
	return -1;
}

u64 clear_low(u64 r, u8 b)
{
	return r & ~(b << 8) & ~0xff;
}

enum flags { FLAG_A = 1 << 30, FLAG_B = 2 };

u64 enumerators(u64 r)
{
	return r | FLAG_A | FLAG_B;
}

/* Widened, but nobody looks at bits 63..32. */

u64 masked_after(u8 b)
{
	return (u64)(b << 24) & 0xffffffff;
}

u64 masked_after_by_variable(u8 b, u32 mask)
{
	return (u64)(b << 24) & mask;
}

u64 masked_to_byte(u8 b)
{
	return (b << 24) & 0xff000000;
}

u64 bit_of_it(u8 b)
{
	return (b << 24) & 0x40000000;
}

u32 stored_narrow(u64 wide, u8 b)
{
	return (u32)(wide ^ b << 24);
}

void stored_in_bitfield(struct entry *e, u8 b)
{
	e->rest = b << 24;
}

u32 added_to_narrow(u32 n, u64 wide, u8 b)
{
	n += wide + (b << 24);
	return n;
}

u32 shifted_out(u8 b)
{
	return (u64)(b << 24) << 32 >> 63;
}

/* Not evaluated, or not converted. */

u64 size_of(u64 wide, u8 b)
{
	return sizeof(wide + (b << 24));
}

u64 type_of(u64 wide, u8 b)
{
	__typeof__(wide + (b << 24)) n = 1;

	return n + __builtin_constant_p((u64)(b << 24));
}

u64 never_chosen(u8 b)
{
	return sizeof(b) == 8 ? (u64)(b << 24) : 0;
}

bool tested(u8 b)
{
	return b << 24 ? true : false;
}

bool compared_narrow(u8 b, int n)
{
	return n == b << 24;
}

void any_argument(u8 b)
{
	take_any("%x", b << 24);
}

int stays_int(u8 b)
{
	return b << 24;
}

u64 amount(u64 wide, u8 b)
{
	return wide << (b << 24 & 63);
}

double floating(u8 b)
{
	return b << 20;
}

#define BYTE3(x)	((u64)(x) << 24)
#define LOW(x)		((x) << 8)

u64 right_macro(u8 b)
{
	return BYTE3(b) | LOW(b);
}

char *short_distance(char *base, u8 b, int i)
{
	return base + (b << 4) + i + i * 8;
}

/* Bit 31, and at once no more. */

u64 low_bits(u32 n)
{
	return (1 << (n & 31)) - 1;
}

u64 all_low_bits(void)
{
	return (1 << 31) - 1;
}

u64 low_bits_of_bitfield(const struct desc *d)
{
	return (1 << (d->base1 & 0x1f)) - 1;
}

/* Shifted down again, no further than what is looked at. */

u8 top_byte(u64 wide, u8 b)
{
	return (u8)((wide ^ b << 24) >> 24);
}

u64 top_byte_masked(u64 wide, u8 b)
{
	return (wide ^ b << 24) >> 24 & 0xff;
}

u64 top_byte_of_signed(s64 wide, u8 b)
{
	return (wide ^ b << 24) >> 24 & 0xff;
}

/* The rest of a buffer: a difference, however far n has come. */
void rest_of_buffer(const char *words, int count)
{
	char text[120];
	int size = (int)sizeof(text), k, n;

	for (k = 0, n = 0; k < count && n < size; ++k)
		n += format(text + n, size - n, words);
}

/* Each names the one before it twice: 2^24 evaluations, if nobody minds. */
#define NOT_BELOW_0(a)	((a) > 0 ? (a) : 0)
enum chain {
	C0 = -1, C1 = NOT_BELOW_0(C0), C2 = NOT_BELOW_0(C1), C3 = NOT_BELOW_0(C2),
	C4 = NOT_BELOW_0(C3), C5 = NOT_BELOW_0(C4), C6 = NOT_BELOW_0(C5), C7 = NOT_BELOW_0(C6),
	C8 = NOT_BELOW_0(C7), C9 = NOT_BELOW_0(C8), C10 = NOT_BELOW_0(C9), C11 = NOT_BELOW_0(C10),
	C12 = NOT_BELOW_0(C11), C13 = NOT_BELOW_0(C12), C14 = NOT_BELOW_0(C13), C15 = NOT_BELOW_0(C14),
	C16 = NOT_BELOW_0(C15), C17 = NOT_BELOW_0(C16), C18 = NOT_BELOW_0(C17), C19 = NOT_BELOW_0(C18),
	C20 = NOT_BELOW_0(C19), C21 = NOT_BELOW_0(C20), C22 = NOT_BELOW_0(C21), C23 = NOT_BELOW_0(C22),
	C24 = NOT_BELOW_0(C23), C25 = NOT_BELOW_0(C24), C26 = NOT_BELOW_0(C25), C27 = NOT_BELOW_0(C26),
	C28 = NOT_BELOW_0(C27), C29 = NOT_BELOW_0(C28), C30 = NOT_BELOW_0(C29), C31 = NOT_BELOW_0(C30),
};

u64 chain(void)
{
	return C31;
}

/* How far a loop counts, and another one of the same variable. */

u64 short_loop_after_a_longer_one(const u8 *p)
{
	u64 r = 0;
	int i;

	for (i = 0; i < 8; i++)
		r += p[i];
	for (i = 0; i < 3; i++)
		r |= p[i] << (8 * i);
	return r;
}

u64 short_loop_after_any(const u64 *p, int n, u8 b)
{
	u64 r = 0;
	int i;

	for (i = 0; i < n; i++)
		r += p[i];
	for (i = 0; i < n && i < 3; i++)
		r |= b << (8 * i);
	return r;
}

u64 used_before_counted(const u8 *p)
{
	unsigned int shift = 0;
	u64 r = 0;

	while (shift < 24) {
		r |= *p++ << shift;
		shift += 8;
	}
	return r;
}

u64 short_loop_in_a_loop(const u8 *p)
{
	u64 r = 0;
	int i, j;

	for (j = 0; j < 9; j++)
		for (i = 0; i < 3; i++)
			r += p[i] << (8 * i);
	return r;
}

u64 doubled(void)
{
	u64 r = 0;
	int bit;

	for (bit = 1; bit < 0x100; bit <<= 1)
		r |= bit;
	return r;
}

s64 sign_extended_in_steps(u8 b)
{
	int r = b;

	r <<= 24;
	r >>= 24;
	return r;
}

u64 only_read_by_asm(void)
{
	u8 b = 3;

	__asm__ volatile("" : : "r" (b));
	return b << 24;
}

/* Widened, but only whether it is 0 matters, or the low half. */

#define likely(x)	__builtin_expect((x), 1)

int expected(int n, u8 b)
{
	if (likely(n & (1 << 31)))
		return 1;
	return likely(b << 24) ? 1 : 0;
}

bool is_0(u8 b)
{
	return (u64)(b << 24) == 0;
}

bool is_not_0(u8 b, u64 wide)
{
	return wide && (u64)(b << 24);
}

bool negated(u8 b)
{
	return !(u64)(b << 24);
}

bool widened_to_bool(u8 b)
{
	return (u64)(b << 24);
}

struct entry bitfield_initialised(u8 b)
{
	return (struct entry){ .low = 1, .rest = b << 24 };
}

/* The ones of an alignment go on upwards, as those of -4096 and of ~0xfff do. */
#define PAGE_OF(address)	((address) & (0xfffff << 12))

u64 page(u64 address)
{
	return PAGE_OF(address);
}

/* Where the product has bit 31 set it is negative, and what it is taken from grows. */
u64 less_a_product(u16 a, u16 b)
{
	return b - a * a;
}
