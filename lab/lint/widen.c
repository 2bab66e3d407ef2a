// SPDX-License-Identifier: GPL-2.0-only
/*
 * Walks a function and judges each conversion of an int to 64 bits.
 *
 * demand: which bits of an expression's value anybody looks at.  An int that is
 * sign-extended and then masked, or stored in 32 bits, does no harm.
 */
#include <stdlib.h>
#include <string.h>

#include "lint.h"

#define ALL	(~0ULL)
#define LOW32	0xffffffffULL

/* What is being walked, less parentheses and casts that nobody wrote. */
static CXCursor around[256];
static unsigned int depth;

static unsigned long long bits_of(struct ctype t)
{
	return t.bits && t.bits < 64 ? (1ULL << t.bits) - 1 : ALL;
}

/* Which bits of a value matter that is stored in @to. */
static unsigned long long stored(CXCursor to)
{
	struct ctype t = cursor_type(to);
	unsigned int width = bitfield_width(to);

	/* A bool: any bit makes it true. */
	if (t.bits == 1)
		return ALL;
	return bits_of(width ? (struct ctype){ .bits = width } : t);
}

/* All bits up to the highest of @n: what carries into them comes from below. */
static unsigned long long up_to_highest(unsigned long long n)
{
	return n ? ALL >> __builtin_clzll(n) : 0;
}

static void judge(CXCursor from, CXType to, unsigned long long demand)
{
	struct evaluation ev = { 0 };
	struct value v;

	if (!(demand & ~LOW32) || !is_int32(cursor_type(from)))
		return;
	v = eval(from, &ev);
	if (v.wraps)
		hit(from, depth && depth < ARRAY_SIZE(around) ? around[depth - 1] :
		    clang_getNullCursor(), to, &ev);
	else if (ev.unsure && v.lo < 0)
		cannot_tell(from, to);
}

/* @from becomes an address, or an offset to one. */
static void judge_address(CXCursor from, CXType to)
{
	if (has_wide_pointers(from))
		judge(from, to, ALL);
}

static bool is_call_of(CXCursor call, const char *function)
{
	CXString name;
	bool yes;

	if (clang_getCursorKind(call) != CXCursor_CallExpr)
		return false;
	name = clang_getCursorSpelling(call);
	yes = !strcmp(clang_getCString(name), function);
	clang_disposeString(name);
	return yes;
}

/* Nobody looks at more of @c than whether it is 0, which widening does not change. */
static void walk_truth(CXCursor c)
{
	enum CXCursorKind kind = clang_getCursorKind(c);
	struct children kids = get_children(c);
	CXCursor last = last_child(c);
	struct ctype to = cursor_type(c), from = cursor_type(last);
	bool written = kind == CXCursor_CStyleCastExpr;
	bool hidden = kind == CXCursor_ParenExpr || kind == CXCursor_UnexposedExpr;

	if (is_call_of(c, "__builtin_expect") && kids.nr == 3)
		walk_truth(kids.at[1]);
	else if ((written || (hidden && kids.nr == 1)) && from.bits &&
		 (to.bits == 1 || to.bits >= from.bits))
		walk_truth(last);
	else
		walk(c, ALL);
	free(kids.at);
}

/* A conversion from @from to @to's type, written or not. */
static void walk_conversion(CXCursor to, CXCursor from, unsigned long long demand)
{
	struct ctype t = cursor_type(to);

	if (t.bits >= 64)
		judge(from, clang_getCursorType(to), demand);
	else if (is_pointer(to) && clang_isExpression(clang_getCursorKind(from)))
		judge_address(from, clang_getCursorType(to));
	if (t.bits == 1 && demand)
		walk_truth(from);
	else
		walk(from, t.bits ? demand & bits_of(t) : demand);
}

/*
 * -4096 by another name: an int of ones from a low bit on up, whose ones shall go on
 * where it is widened.
 */
static bool is_alignment(CXCursor mask)
{
	struct value m = eval_plain(mask);

	return m.wraps && is_const(m) && (unsigned int)m.lo >= -(1U << 12) &&
	       !(-(unsigned int)m.lo & (-(unsigned int)m.lo - 1));
}

/* Which bits of @operand matter in "operand & mask". */
static unsigned long long masked(unsigned long long demand, CXCursor mask)
{
	struct value m = eval_plain(mask);

	return m.lo < 0 || m.wraps ? demand : demand & up_to_highest((unsigned long long)m.hi);
}

/* pointer + int: the int is widened though nobody converts it. */
static void walk_pointer_sum(CXCursor c, struct children kids)
{
	CXCursor other = is_pointer(kids.at[0]) ? kids.at[1] : kids.at[0];

	if (is_pointer(c) && !is_pointer(other))
		judge_address(other, clang_getCursorType(c));
	walk(kids.at[0], ALL);
	walk(kids.at[1], ALL);
}

/* Which bits of what is shifted @by, to a result of type @t, matter. */
static unsigned long long shifted(unsigned long long demand, struct value by, struct ctype t,
				  bool left)
{
	unsigned long long all = bits_of(t), bits;

	if (!is_const(by) || by.lo < 0 || by.lo > 63)
		return ALL;
	if (left)
		return demand >> by.lo;
	bits = demand << by.lo;
	/* Beyond its top a right shift of what is signed brings in the sign. */
	if (t.is_signed && (bits >> by.lo != demand || bits & ~all))
		bits |= all ^ all >> 1;
	return bits & all;
}

static void walk_compared(CXCursor c, CXCursor with)
{
	struct value v = eval_plain(with);

	if (is_const(v) && !v.lo)
		walk_truth(c);
	else
		walk(c, ALL);
}

static void walk_binary(CXCursor c, unsigned long long demand)
{
	enum CXBinaryOperatorKind kind = clang_getCursorBinaryOperatorKind(c);
	struct children kids = get_children(c);
	unsigned int i;

	if (kids.nr != 2)
		goto out;
	switch (kind) {
	case CXBinaryOperator_Add:
	case CXBinaryOperator_Sub:
		if (is_pointer(c)) {
			walk_pointer_sum(c, kids);
			break;
		}
		fallthrough;
	case CXBinaryOperator_Mul:
		walk(kids.at[0], up_to_highest(demand));
		walk(kids.at[1], up_to_highest(demand));
		break;
	case CXBinaryOperator_Or:
	case CXBinaryOperator_Xor:
		walk(kids.at[0], demand);
		walk(kids.at[1], demand);
		break;
	case CXBinaryOperator_And:
		for (i = 0; i < 2; i++)
			walk(kids.at[i], masked(demand, kids.at[!i]) &
			     (is_alignment(strip(kids.at[i])) ? LOW32 : ALL));
		break;
	case CXBinaryOperator_Shl:
	case CXBinaryOperator_Shr:
		walk(kids.at[0], shifted(demand, eval_plain(kids.at[1]),
					 cursor_type(c), kind == CXBinaryOperator_Shl));
		walk(kids.at[1], LOW32);
		break;
	case CXBinaryOperator_LAnd:
	case CXBinaryOperator_LOr:
		walk_truth(kids.at[0]);
		walk_truth(kids.at[1]);
		break;
	case CXBinaryOperator_EQ:
	case CXBinaryOperator_NE:
		walk_compared(kids.at[0], kids.at[1]);
		walk_compared(kids.at[1], kids.at[0]);
		break;
	case CXBinaryOperator_Comma:
		walk(kids.at[0], 0);
		walk(kids.at[1], demand);
		break;
	case CXBinaryOperator_Assign:
		walk(kids.at[0], ALL);
		walk(kids.at[1], bitfield_width(kids.at[0]) ? stored(kids.at[0]) : ALL);
		break;
	default:
		walk(kids.at[0], ALL);
		walk(kids.at[1], ALL);
	}
out:
	free(kids.at);
}

static void walk_compound(CXCursor c)
{
	struct children kids = get_children(c);
	unsigned long long demand = ALL;

	if (kids.nr != 2)
		goto out;
	switch (clang_getCursorBinaryOperatorKind(c)) {
	case CXBinaryOperator_AddAssign:
	case CXBinaryOperator_SubAssign:
		if (is_pointer(kids.at[0])) {
			judge_address(kids.at[1], clang_getCursorType(kids.at[0]));
			break;
		}
		fallthrough;
	case CXBinaryOperator_OrAssign:
	case CXBinaryOperator_XorAssign:
	case CXBinaryOperator_AndAssign:
	case CXBinaryOperator_MulAssign:
		demand = stored(kids.at[0]);
		break;
	case CXBinaryOperator_ShlAssign:
	case CXBinaryOperator_ShrAssign:
		demand = LOW32;
		break;
	default:
		break;
	}
	walk(kids.at[0], ALL);
	walk(kids.at[1], demand);
out:
	free(kids.at);
}

/* Both arms, or the one that a constant condition leaves. */
static void walk_choice(struct children kids, unsigned long long demand)
{
	struct value condition = eval_plain(kids.at[0]);
	unsigned int i;

	walk_truth(kids.at[0]);
	for (i = 1; i < kids.nr; i++)
		if (!is_const(condition) || (condition.lo ? i == 1 : i == 2))
			walk(kids.at[i], demand);
}

/* Functions of the compiler's that do not evaluate what they are given. */
static bool evaluates(CXCursor call)
{
	return !is_call_of(call, "__builtin_constant_p") &&
	       !is_call_of(call, "__builtin_object_size") &&
	       !is_call_of(call, "__builtin_dynamic_object_size");
}

/* .member = expression, where the member may be a narrow bit-field. */
static bool walk_designated(struct children kids)
{
	CXCursor field;

	if (kids.nr != 2 || clang_getCursorKind(kids.at[0]) != CXCursor_MemberRef)
		return false;
	field = clang_getCursorReferenced(kids.at[0]);
	if (!clang_Cursor_isBitField(field))
		return false;
	walk(kids.at[1], cursor_type(field).bits == 1 ? ALL : bits_of((struct ctype){
		.bits = (unsigned int)clang_getFieldDeclBitWidth(field) }));
	return true;
}

static void walk_all(struct children kids, unsigned int first, unsigned long long demand)
{
	unsigned int i;

	for (i = first; i < kids.nr; i++)
		walk(kids.at[i], demand);
}

static void walk_kids(CXCursor c, unsigned long long demand)
{
	struct children kids = get_children(c);

	switch (clang_getCursorKind(c)) {
	case CXCursor_UnexposedExpr:
		if (kids.nr == 1)
			walk_conversion(c, kids.at[0], demand);
		else if (!walk_designated(kids))
			walk_all(kids, 0, demand);
		break;
	case CXCursor_ParenExpr:
		walk_all(kids, 0, demand);
		break;
	case CXCursor_ConditionalOperator:
		if (kids.nr == 3)
			walk_choice(kids, demand);
		break;
	case CXCursor_IfStmt:
		if (kids.nr >= 2)
			walk_choice(kids, ALL);
		break;
	case CXCursor_ArraySubscriptExpr:
		if (kids.nr == 2)
			judge_address(kids.at[1], clang_getCursorType(kids.at[0]));
		walk_all(kids, 0, ALL);
		break;
	case CXCursor_GenericSelectionExpr:
		walk_all(kids, 1, demand);
		break;
	case CXCursor_CallExpr:
		if (evaluates(c))
			walk_all(kids, 0, ALL);
		break;
	default:
		walk_all(kids, 0, ALL);
	}
	free(kids.at);
}

static void walk_one(CXCursor c, unsigned long long demand)
{
	CXCursor init;

	switch (clang_getCursorKind(c)) {
	case CXCursor_BinaryOperator:
		walk_binary(c, demand);
		break;
	case CXCursor_CompoundAssignOperator:
		walk_compound(c);
		break;
	case CXCursor_CStyleCastExpr:
		walk_conversion(c, last_child(c), demand);
		break;
	case CXCursor_UnaryOperator:
		if (clang_getCursorUnaryOperatorKind(c) == CXUnaryOperator_LNot) {
			walk_truth(last_child(c));
			break;
		}
		if (clang_getCursorUnaryOperatorKind(c) == CXUnaryOperator_Minus)
			demand = up_to_highest(demand);
		else if (clang_getCursorUnaryOperatorKind(c) != CXUnaryOperator_Not)
			demand = ALL;
		walk(last_child(c), demand);
		break;
	case CXCursor_VarDecl:
		/* Not the expression in its typeof(). */
		init = clang_Cursor_getVarDeclInitializer(c);
		if (!clang_Cursor_isNull(init))
			walk(init, ALL);
		break;
	case CXCursor_UnaryExpr:	/* sizeof and such */
	case CXCursor_TypeRef:
	case CXCursor_StructDecl:
	case CXCursor_UnionDecl:
	case CXCursor_EnumDecl:
	case CXCursor_TypedefDecl:
	case CXCursor_StaticAssert:
		break;
	default:
		walk_kids(c, demand);
	}
}

void walk(CXCursor c, unsigned long long demand)
{
	bool counts = clang_getCursorKind(c) != CXCursor_UnexposedExpr &&
		      clang_getCursorKind(c) != CXCursor_ParenExpr;

	if (counts) {
		if (depth < ARRAY_SIZE(around))
			around[depth] = c;
		depth++;
	}
	walk_one(c, demand);
	depth -= counts;
}
