// SPDX-License-Identifier: GPL-2.0-only
/*
 * What an expression can be worth, from its literals, its bit-fields and the
 * types that C's promotions hide.
 */
#include <stdlib.h>

#include "lint.h"

void offend(CXCursor op, struct evaluation *ev)
{
	if (ev->nr_offenders < MAX_OFFENDERS)
		ev->offender[ev->nr_offenders++] = (struct offender){ op, !ev->variables };
}

/* A constant as the compiler folds it: literals, sizeof. */
static struct value folded(CXCursor c)
{
	struct value v = value_of_type(cursor_type(c));
	CXEvalResult result = clang_Cursor_Evaluate(c);

	if (!result)
		return v;
	if (clang_EvalResult_getKind(result) == CXEval_Int)
		v = value_const(clang_EvalResult_isUnsignedInt(result) ?
				(__int128)clang_EvalResult_getAsUnsigned(result) :
				(__int128)clang_EvalResult_getAsLongLong(result));
	clang_EvalResult_dispose(result);
	return v;
}

/* a << n >> n: somebody extends a sign on purpose. */
bool extends_sign(CXCursor left, struct value by)
{
	struct children kids;
	bool yes = false;

	left = strip(left);
	if (clang_getCursorKind(left) != CXCursor_BinaryOperator ||
	    clang_getCursorBinaryOperatorKind(left) != CXBinaryOperator_Shl)
		return false;
	kids = get_children(left);
	if (kids.nr == 2 && is_const(by))
		yes = eval_plain(kids.at[1]).lo == by.lo;
	free(kids.at);
	return yes;
}

static struct value eval_shl(struct value a, struct value b, struct ctype t,
			     struct evaluation *ev)
{
	if (is_int32(t) && a.lo >= 0 && a.hi <= 0xffff && !is_const(a) && b.hi > 63)
		ev->unsure = true;
	return value_shl(a, b, t);
}

static struct value eval_binary(CXCursor c, struct evaluation *ev)
{
	struct children kids = get_children(c);
	struct ctype t = cursor_type(c);
	struct value a, b, v = value_of_type(t);

	if (kids.nr != 2 || !t.bits)
		goto out;
	a = eval(kids.at[0], ev);
	b = eval(kids.at[1], ev);
	switch (clang_getCursorBinaryOperatorKind(c)) {
	case CXBinaryOperator_Shl:
		v = eval_shl(a, b, t, ev);
		break;
	case CXBinaryOperator_Shr:
		v = value_shr(a, b, t);
		if (extends_sign(kids.at[0], b))
			v.wraps = false;
		break;
	case CXBinaryOperator_And:
		v = value_and(a, b, t);
		break;
	case CXBinaryOperator_Or:
	case CXBinaryOperator_Xor:
		v = value_or(a, b, t);
		break;
	case CXBinaryOperator_Add:
		v = value_add(a, b, t);
		break;
	case CXBinaryOperator_Sub:
		v = value_sub(a, b, t);
		break;
	case CXBinaryOperator_Mul:
		v = value_mul(a, b, t);
		break;
	case CXBinaryOperator_Div:
		v = value_div(a, b, t);
		break;
	case CXBinaryOperator_Rem:
		v = value_rem(a, b, t);
		break;
	case CXBinaryOperator_LT:
		v = value_less(a, b);
		goto out;
	case CXBinaryOperator_GT:
		v = value_less(b, a);
		goto out;
	case CXBinaryOperator_LE:
		v = value_negated(value_less(b, a));
		goto out;
	case CXBinaryOperator_GE:
		v = value_negated(value_less(a, b));
		goto out;
	case CXBinaryOperator_EQ:
		v = value_equal(a, b);
		goto out;
	case CXBinaryOperator_NE:
		v = value_negated(value_equal(a, b));
		goto out;
	case CXBinaryOperator_LAnd:
	case CXBinaryOperator_LOr:
		v = VALUE_BOOL;
		goto out;
	case CXBinaryOperator_Comma:
	case CXBinaryOperator_Assign:
		v = value_convert(b, t);
		goto out;
	default:
		goto out;
	}
	if (v.wraps && !a.wraps && !b.wraps)
		offend(c, ev);
out:
	free(kids.at);
	return v;
}

static struct value eval_unary(CXCursor c, struct evaluation *ev)
{
	CXCursor kid = last_child(c);
	struct ctype t = cursor_type(c);
	struct value v;

	switch (clang_getCursorUnaryOperatorKind(c)) {
	case CXUnaryOperator_Plus:
	case CXUnaryOperator_Extension:
		return eval(kid, ev);
	case CXUnaryOperator_Not:
		return value_not(eval(kid, ev), t);
	case CXUnaryOperator_Minus:
		v = eval(kid, ev);
		return value_union(value_sub(value_const(0), v, t),
				   (struct value){ 0, 0, v.wraps && is_int32(t) });
	case CXUnaryOperator_LNot:
		return VALUE_BOOL;
	default:
		return value_of_type(t);
	}
}

static bool same_start(CXCursor a, CXCursor b)
{
	return clang_equalLocations(clang_getRangeStart(clang_getCursorExtent(a)),
				    clang_getRangeStart(clang_getCursorExtent(b)));
}

/* c ? a : b, and GNU's a ?: b, whose value is one of the last two children. */
static struct value eval_choice(CXCursor c, struct children kids, struct evaluation *ev)
{
	struct value a, b, condition = eval_plain(kids.at[0]);

	if (clang_getCursorKind(c) == CXCursor_ConditionalOperator && is_const(condition))
		return eval(kids.at[condition.lo ? 1 : 2], ev);
	a = eval(kids.at[kids.nr - 2], ev);
	b = eval(kids.at[kids.nr - 1], ev);
	return value_union(a, b);
}

/* The associations of _Generic that have its type: one of them was chosen. */
static struct value eval_generic(CXCursor c, struct children kids, struct evaluation *ev)
{
	struct value v = value_of_type(cursor_type(c));
	bool any = false;
	unsigned int i;

	for (i = 1; i < kids.nr; i++) {
		if (!clang_isExpression(clang_getCursorKind(kids.at[i])) ||
		    !clang_equalTypes(clang_getCursorType(kids.at[i]), clang_getCursorType(c)))
			continue;
		v = any ? value_union(v, eval(kids.at[i], ev)) : eval(kids.at[i], ev);
		any = true;
	}
	return v;
}

static struct value eval_cast(CXCursor c, struct evaluation *ev)
{
	struct ctype t = cursor_type(c);
	struct value v = eval(last_child(c), ev);

	/* (int)(...): somebody says that it is to be signed. */
	if (v.wraps && is_int32(t))
		return value_of_type(t);
	return value_convert(v, t);
}

static struct value eval_enumerator(CXCursor decl, struct evaluation *ev)
{
	/* Each may name the one before it several times: not too deep. */
	static unsigned int depth;
	CXCursor init = last_child(decl);
	struct value v;

	if (depth > 2 || clang_Cursor_isNull(init) ||
	    !clang_isExpression(clang_getCursorKind(init)))
		return value_const(clang_getEnumConstantDeclValue(decl));
	ev->variables++;
	depth++;
	v = eval(init, ev);
	depth--;
	ev->variables--;
	return v;
}

static struct value eval_ref(CXCursor c, struct evaluation *ev)
{
	CXCursor decl = clang_getCursorReferenced(c);
	unsigned int width;

	switch (clang_getCursorKind(decl)) {
	case CXCursor_EnumConstantDecl:
		return eval_enumerator(decl, ev);
	case CXCursor_VarDecl:
	case CXCursor_ParmDecl:
		return var_value(c, decl, ev);
	case CXCursor_FieldDecl:
		width = bitfield_width(c);
		if (width)
			return value_of_bits(width, cursor_type(c).is_signed);
		break;
	default:
		break;
	}
	return value_of_type(cursor_type(c));
}

static struct value eval_kids(CXCursor c, struct evaluation *ev)
{
	struct children kids = get_children(c);
	struct value v = value_of_type(cursor_type(c));

	switch (clang_getCursorKind(c)) {
	case CXCursor_ParenExpr:
	case CXCursor_UnexposedExpr:
		if (kids.nr == 1)
			v = value_convert(eval(kids.at[0], ev), cursor_type(c));
		else if (kids.nr == 4 && same_start(kids.at[0], kids.at[2]))
			v = eval_choice(c, kids, ev);
		break;
	case CXCursor_ConditionalOperator:
		if (kids.nr == 3)
			v = eval_choice(c, kids, ev);
		break;
	case CXCursor_GenericSelectionExpr:
		v = eval_generic(c, kids, ev);
		break;
	case CXCursor_StmtExpr:
		if (kids.nr == 1)
			v = eval(last_child(kids.at[0]), ev);
		break;
	default:
		break;
	}
	free(kids.at);
	return v;
}

/* The value of @c as its own type holds it; see struct value for wraps. */
struct value eval(CXCursor c, struct evaluation *ev)
{
	if (!cursor_type(c).bits)
		return value_of_bits(64, true);
	switch (clang_getCursorKind(c)) {
	case CXCursor_IntegerLiteral:
	case CXCursor_CharacterLiteral:
	case CXCursor_UnaryExpr:
		return folded(c);
	case CXCursor_BinaryOperator:
		return eval_binary(c, ev);
	case CXCursor_UnaryOperator:
		return eval_unary(c, ev);
	case CXCursor_CStyleCastExpr:
		return eval_cast(c, ev);
	case CXCursor_DeclRefExpr:
	case CXCursor_MemberRefExpr:
		return eval_ref(c, ev);
	default:
		return eval_kids(c, ev);
	}
}

/* Where nobody asks who made it wrap. */
struct value eval_plain(CXCursor c)
{
	struct evaluation ev = { .variables = 1 };

	return eval(c, &ev);
}
