/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What an expression of C can be worth: a range, in exact arithmetic.
 */
#ifndef LINT_VALUE_H
#define LINT_VALUE_H

#include <stdbool.h>

/* An integer type; bits is 0 for whatever is none. */
struct ctype {
	unsigned int bits;
	bool is_signed;
};

/*
 * From lo to hi.  wraps: an int holds it, no operand was negative, and hi is
 * beyond what an int can hold: where bit 31 is set, the int is negative.
 */
struct value {
	__int128 lo;
	__int128 hi;
	bool wraps;
};

#define VALUE_BOOL	((struct value){ 0, 1, false })

static inline bool is_int32(struct ctype t)
{
	return t.bits == 32 && t.is_signed;
}

static inline bool is_const(struct value v)
{
	return v.lo == v.hi;
}

struct value value_of_type(struct ctype t);
struct value value_of_bits(unsigned int bits, bool is_signed);
struct value value_const(__int128 n);
struct value value_union(struct value a, struct value b);
struct value value_convert(struct value v, struct ctype to);

/* The result of an operation whose type is @t. */
struct value value_shl(struct value a, struct value by, struct ctype t);
struct value value_shr(struct value a, struct value by, struct ctype t);
struct value value_and(struct value a, struct value b, struct ctype t);
struct value value_or(struct value a, struct value b, struct ctype t);
struct value value_add(struct value a, struct value b, struct ctype t);
struct value value_sub(struct value a, struct value b, struct ctype t);
struct value value_mul(struct value a, struct value b, struct ctype t);
struct value value_div(struct value a, struct value b, struct ctype t);
struct value value_rem(struct value a, struct value b, struct ctype t);
struct value value_not(struct value a, struct ctype t);

/* Of comparisons: 0, 1, or either. */
struct value value_less(struct value a, struct value b);
struct value value_equal(struct value a, struct value b);
struct value value_negated(struct value a);

#endif /* LINT_VALUE_H */
