// SPDX-License-Identifier: GPL-2.0-only
#include <limits.h>

#include "value.h"

/* Beyond any type, and far from the end of __int128. */
#define FAR	((__int128)1 << 100)

static __int128 max_of(__int128 a, __int128 b)
{
	return a > b ? a : b;
}

static __int128 min_of(__int128 a, __int128 b)
{
	return a < b ? a : b;
}

struct value value_of_bits(unsigned int bits, bool is_signed)
{
	__int128 one = 1;

	if (!bits || bits > 64)
		bits = 64;
	if (is_signed)
		return (struct value){ -(one << (bits - 1)), (one << (bits - 1)) - 1, false };
	return (struct value){ 0, (one << bits) - 1, false };
}

struct value value_of_type(struct ctype t)
{
	return value_of_bits(t.bits, t.is_signed);
}

struct value value_const(__int128 n)
{
	return (struct value){ n, n, false };
}

struct value value_union(struct value a, struct value b)
{
	return (struct value){ min_of(a.lo, b.lo), max_of(a.hi, b.hi), a.wraps || b.wraps };
}

/* What a variable or a result of type @t holds when it is given @v. */
struct value value_convert(struct value v, struct ctype to)
{
	struct value all = value_of_type(to);
	__int128 mask = all.hi;

	if (to.bits == 1)
		return is_const(v) && !v.lo ? value_const(0) : all;
	if (v.wraps && is_int32(to))
		return v;
	/* Bits 63..32 are no longer what was computed. */
	if (v.wraps && to.bits > 32)
		return all;
	v.wraps = false;
	if (v.lo >= all.lo && v.hi <= all.hi)
		return v;
	if (is_const(v) && !to.is_signed)
		return value_const(v.lo & mask);
	return all;
}

/* @v was computed, of operands of which some wrapped, in type @t. */
static struct value computed(struct value v, bool wrapped, struct ctype t)
{
	if (is_int32(t) && v.lo >= 0 && v.hi > INT_MAX) {
		if (v.hi > UINT_MAX)
			v = (struct value){ 0, UINT_MAX, true };
		v.wraps = true;
		return v;
	}
	/* Back in range: (1 << 31) - 1 is what it looks like. */
	wrapped = wrapped && is_int32(t) && (v.lo < 0 || v.hi > INT_MAX);
	v.wraps = false;
	v = value_convert(v, t);
	v.wraps = wrapped;
	return v;
}

/* Nothing is known but the type. */
static struct value unknown(bool wrapped, struct ctype t)
{
	struct value v = value_of_type(t);

	v.wraps = wrapped && is_int32(t);
	return v;
}

/* By how much it can shift: a negative amount is no valid program's. */
static bool shifts(struct value *by)
{
	by->lo = max_of(by->lo, 0);
	return by->hi >= by->lo && by->hi < 64;
}

struct value value_shl(struct value a, struct value by, struct ctype t)
{
	if (!shifts(&by) || a.lo < 0 || a.hi >> 64)
		return unknown(a.wraps, t);
	return computed((struct value){ a.lo << by.lo, min_of(a.hi << by.hi, FAR), false },
			a.wraps, t);
}

struct value value_shr(struct value a, struct value by, struct ctype t)
{
	/* The sign goes with it. */
	if (!shifts(&by) || a.wraps)
		return unknown(a.wraps, t);
	return computed((struct value){ a.lo >> (a.lo < 0 ? by.lo : by.hi),
					a.hi >> (a.hi < 0 ? by.hi : by.lo), false }, false, t);
}

struct value value_and(struct value a, struct value b, struct ctype t)
{
	struct value v = { 0, 0, false };

	if (is_const(a) && is_const(b))
		return computed(value_const(a.lo & b.lo), false, t);
	if (a.lo < 0 && b.lo < 0)
		return unknown(a.wraps || b.wraps, t);
	if (a.lo < 0)
		v.hi = b.hi;
	else
		v.hi = b.lo < 0 ? a.hi : min_of(a.hi, b.hi);
	return computed(v, false, t);
}

/* For ^ too. */
struct value value_or(struct value a, struct value b, struct ctype t)
{
	__int128 ones = 1;

	if (a.lo < 0 || b.lo < 0)
		return unknown(a.wraps || b.wraps, t);
	if (is_const(a) && is_const(b) && !(a.lo & b.lo))
		return computed(value_const(a.lo | b.lo), a.wraps || b.wraps, t);
	while (ones <= max_of(a.hi, b.hi))
		ones <<= 1;
	return computed((struct value){ 0, ones - 1, false }, a.wraps || b.wraps, t);
}

struct value value_add(struct value a, struct value b, struct ctype t)
{
	/* With a negative operand it is signed on purpose, however far it goes. */
	if ((a.lo < 0 || b.lo < 0) && a.hi + b.hi > INT_MAX && is_int32(t))
		return unknown(a.wraps || b.wraps, t);
	return computed((struct value){ a.lo + b.lo, a.hi + b.hi, false },
			a.wraps || b.wraps, t);
}

struct value value_sub(struct value a, struct value b, struct ctype t)
{
	/* Less something negative is more: a @b that wraps does not make it so. */
	if ((a.lo < 0 || b.lo < 0) && a.hi - b.lo > INT_MAX && is_int32(t))
		return unknown(a.wraps, t);
	return computed((struct value){ a.lo - b.hi, a.hi - b.lo, false }, a.wraps, t);
}

struct value value_mul(struct value a, struct value b, struct ctype t)
{
	if (a.lo < 0 || b.lo < 0 || a.hi >> 50 || b.hi >> 50) {
		if (is_const(a) && is_const(b) && !(a.lo >> 50) && !(b.lo >> 50))
			return computed(value_const(a.lo * b.lo), false, t);
		return unknown(a.wraps || b.wraps, t);
	}
	return computed((struct value){ a.lo * b.lo, a.hi * b.hi, false },
			a.wraps || b.wraps, t);
}

/* By what it can divide: 0 is no valid program's. */
static bool divides(struct value *by)
{
	if (!by->lo)
		by->lo = 1;
	return by->lo > 0 && by->hi >= by->lo && !by->wraps;
}

struct value value_div(struct value a, struct value b, struct ctype t)
{
	if (a.lo < 0 || !divides(&b) || a.wraps)
		return unknown(a.wraps, t);
	return computed((struct value){ a.lo / b.hi, a.hi / b.lo, false }, false, t);
}

struct value value_rem(struct value a, struct value b, struct ctype t)
{
	if (a.lo < 0 || !divides(&b) || a.wraps)
		return unknown(a.wraps, t);
	return computed((struct value){ 0, min_of(a.hi, b.hi - 1), false }, false, t);
}

struct value value_not(struct value a, struct ctype t)
{
	return computed((struct value){ -a.hi - 1, -a.lo - 1, false }, a.wraps, t);
}

struct value value_less(struct value a, struct value b)
{
	if (a.wraps || b.wraps || (a.hi >= b.lo && a.lo < b.hi))
		return VALUE_BOOL;
	return value_const(a.hi < b.lo);
}

struct value value_equal(struct value a, struct value b)
{
	if (a.wraps || b.wraps)
		return VALUE_BOOL;
	if (is_const(a) && is_const(b))
		return value_const(a.lo == b.lo);
	return a.hi < b.lo || b.hi < a.lo ? value_const(0) : VALUE_BOOL;
}

struct value value_negated(struct value a)
{
	return is_const(a) ? value_const(!a.lo) : a;
}
