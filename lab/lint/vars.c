// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the variables of a function can be worth: all that it ever gives them,
 * in whatever order.
 */
#include <limits.h>
#include <stdlib.h>

#include "lint.h"

enum fact_kind {
	SET,			/* = expr */
	OR,			/* |= expr, ^= expr */
	ADD,			/* += expr, ++ */
	SHIFT_LEFT,		/* <<= expr */
	MULTIPLY,		/* *= expr */
	SHRINK,			/* &=, >>=, /=, %= */
	DOWN,			/* --, -= */
	BELOW,			/* a loop goes on while it is less than expr ... */
	UP_TO,			/* ... or at most expr */
	ABOVE,			/* the same, downwards */
	DOWN_TO,
	ESCAPES,		/* its address is taken, or asm writes it */
};

struct fact {
	CXCursor decl;
	CXCursor expr;		/* null: none, or 1 */
	enum fact_kind kind;
};

struct var {
	CXCursor decl;
	struct value value;
	CXCursor wrapped_by;	/* null where value.wraps is not set */
	bool ready;		/* false: it is being looked at */
};

static CXCursor function;
static bool collected;
static struct fact *facts;
static unsigned int nr_facts, facts_room;
static struct var *vars;
static unsigned int nr_vars, vars_room;

void vars_enter(CXCursor f)
{
	function = f;
	collected = false;
	nr_facts = 0;
	nr_vars = 0;
}

static void *grow(void *p, unsigned int nr, unsigned int *room, size_t size)
{
	if (nr < *room)
		return p;
	*room = *room ? 2 * *room : 64;
	p = realloc(p, *room * size);
	if (!p)
		abort();
	return p;
}

/* @target: an expression; if it is a variable, something is known of it. */
static void add_fact(CXCursor target, enum fact_kind kind, CXCursor expr)
{
	target = strip(target);
	if (clang_getCursorKind(target) == CXCursor_DeclRefExpr)
		target = clang_getCursorReferenced(target);
	if (clang_getCursorKind(target) != CXCursor_VarDecl &&
	    clang_getCursorKind(target) != CXCursor_ParmDecl)
		return;
	facts = grow(facts, nr_facts, &facts_room, sizeof(*facts));
	facts[nr_facts++] = (struct fact){ target, expr, kind };
}

static void add_operator(CXCursor c)
{
	struct children kids = get_children(c);
	CXCursor left, right;

	if (kids.nr != 2)
		goto out;
	left = kids.at[0];
	right = kids.at[1];
	switch (clang_getCursorBinaryOperatorKind(c)) {
	case CXBinaryOperator_Assign:
		add_fact(left, SET, right);
		break;
	case CXBinaryOperator_OrAssign:
	case CXBinaryOperator_XorAssign:
		add_fact(left, OR, right);
		break;
	case CXBinaryOperator_AddAssign:
		add_fact(left, ADD, right);
		break;
	case CXBinaryOperator_ShlAssign:
		add_fact(left, SHIFT_LEFT, right);
		break;
	case CXBinaryOperator_MulAssign:
		add_fact(left, MULTIPLY, right);
		break;
	case CXBinaryOperator_SubAssign:
		add_fact(left, DOWN, right);
		break;
	case CXBinaryOperator_AndAssign:
	case CXBinaryOperator_ShrAssign:
	case CXBinaryOperator_DivAssign:
	case CXBinaryOperator_RemAssign:
		add_fact(left, SHRINK, right);
		break;
	default:
		break;
	}
out:
	free(kids.at);
}

/* A loop's condition: a < n, n > a, and such with &&. */
static void add_condition(CXCursor c)
{
	struct children kids;

	c = strip(c);
	if (clang_getCursorKind(c) != CXCursor_BinaryOperator)
		return;
	kids = get_children(c);
	if (kids.nr == 2) {
		switch (clang_getCursorBinaryOperatorKind(c)) {
		case CXBinaryOperator_LAnd:
			add_condition(kids.at[0]);
			add_condition(kids.at[1]);
			break;
		case CXBinaryOperator_LT:
		case CXBinaryOperator_NE:
			add_fact(kids.at[0], BELOW, kids.at[1]);
			break;
		case CXBinaryOperator_LE:
			add_fact(kids.at[0], UP_TO, kids.at[1]);
			break;
		case CXBinaryOperator_GT:
			add_fact(kids.at[0], ABOVE, kids.at[1]);
			add_fact(kids.at[1], BELOW, kids.at[0]);
			break;
		case CXBinaryOperator_GE:
			add_fact(kids.at[0], DOWN_TO, kids.at[1]);
			add_fact(kids.at[1], UP_TO, kids.at[0]);
			break;
		default:
			break;
		}
	}
	free(kids.at);
}

static void add_unary(CXCursor c)
{
	switch (clang_getCursorUnaryOperatorKind(c)) {
	case CXUnaryOperator_PostInc:
	case CXUnaryOperator_PreInc:
		add_fact(last_child(c), ADD, clang_getNullCursor());
		break;
	case CXUnaryOperator_PostDec:
	case CXUnaryOperator_PreDec:
		add_fact(last_child(c), DOWN, clang_getNullCursor());
		break;
	case CXUnaryOperator_AddrOf:
		add_fact(last_child(c), ESCAPES, clang_getNullCursor());
		break;
	default:
		break;
	}
}

static enum CXChildVisitResult collect(CXCursor c, CXCursor parent, CXClientData data)
{
	CXCursor init;

	(void)data;
	switch (clang_getCursorKind(c)) {
	case CXCursor_VarDecl:
		init = clang_Cursor_getVarDeclInitializer(c);
		if (!clang_Cursor_isNull(init))
			add_fact(c, SET, init);
		break;
	case CXCursor_BinaryOperator:
		add_operator(c);
		if (clang_getCursorKind(parent) == CXCursor_ForStmt ||
		    clang_getCursorKind(parent) == CXCursor_WhileStmt)
			add_condition(c);
		break;
	case CXCursor_CompoundAssignOperator:
		add_operator(c);
		break;
	case CXCursor_UnaryOperator:
		add_unary(c);
		break;
	case CXCursor_DeclRefExpr:
		/* An operand of asm that is not read first is written. */
		if (clang_getCursorKind(parent) == CXCursor_GCCAsmStmt)
			add_fact(c, ESCAPES, clang_getNullCursor());
		break;
	default:
		break;
	}
	return CXChildVisit_Recurse;
}

/* What @decl can be worth by what it is given, but not in steps. */
static bool var_given(CXCursor decl, struct value *v, struct ctype t, struct evaluation *ev)
{
	const struct fact *f;
	struct value given;
	bool any = false;

	if (clang_getCursorKind(decl) == CXCursor_ParmDecl) {
		*v = value_of_type(t);
		any = true;
	}
	for (f = facts; f < facts + nr_facts; f++) {
		if (f->kind != SET || !clang_equalCursors(f->decl, decl))
			continue;
		given = value_convert(eval(f->expr, ev), t);
		*v = any ? value_union(*v, given) : given;
		any = true;
	}
	return any;
}

static struct value step(struct value v, const struct fact *f, struct ctype t,
			 struct evaluation *ev, bool *up, bool *down)
{
	struct value by = value_const(1), result;

	if (!clang_Cursor_isNull(f->expr))
		by = eval(f->expr, ev);
	switch (f->kind) {
	case OR:
		result = value_or(v, by, t);
		break;
	case SHIFT_LEFT:
		result = value_union(v, value_shl(v, by, t));
		break;
	case MULTIPLY:
		result = value_union(v, value_mul(v, by, t));
		break;
	case ADD:
		*up = true;
		if (by.lo < 0)
			v.lo = value_of_type(t).lo;
		return by.wraps ? value_union(v, by) : v;
	case DOWN:
		*down = true;
		return v;
	case ESCAPES:
		by = value_of_type(t);
		by.wraps = v.wraps;
		return by;
	case SHRINK:
		/* In an order that is not looked at. */
		v.wraps = false;
		v.lo = v.lo < 0 ? v.lo : 0;
		return v;
	default:
		return v;
	}
	/* Not computed in the variable's own type: the high half is cut off. */
	if (f->kind != SHIFT_LEFT && !is_int32(cursor_type(f->expr)))
		return value_convert((struct value){ result.lo, result.hi, false }, t);
	if (result.wraps && !v.wraps && !by.wraps)
		offend(f->expr, ev);
	return result;
}

/* How far the loops let @v go, up or down; without an end, nothing is known. */
static struct value bounded(CXCursor decl, struct value v, struct ctype t, bool up,
			    struct evaluation *ev)
{
	struct value all = value_of_type(t), end;
	const struct fact *f;
	bool any = false;

	for (f = facts; f < facts + nr_facts; f++) {
		if (!(up ? f->kind == BELOW || f->kind == UP_TO :
			   f->kind == ABOVE || f->kind == DOWN_TO) ||
		    !clang_equalCursors(f->decl, decl))
			continue;
		end = eval(f->expr, ev);
		/* An int that may be anything is no end. */
		if (up ? end.hi >= INT_MAX : end.lo <= INT_MIN)
			return all;
		end.hi -= f->kind == BELOW;
		end.lo += f->kind == ABOVE;
		if (up && end.hi > v.hi)
			v.hi = end.hi;
		if (!up && end.lo < v.lo)
			v.lo = end.lo;
		any = true;
	}
	return any ? v : all;
}

static struct value local_value(CXCursor decl, struct evaluation *ev)
{
	struct ctype t = cursor_type(decl);
	struct value v = value_of_type(t);
	const struct fact *f;
	bool up = false, down = false;

	if (!var_given(decl, &v, t, ev))
		return value_of_type(t);
	for (f = facts; f < facts + nr_facts; f++)
		if (clang_equalCursors(f->decl, decl))
			v = step(v, f, t, ev, &up, &down);
	if (up && !v.wraps)
		v = bounded(decl, v, t, true, ev);
	if (down && !v.wraps)
		v = bounded(decl, v, t, false, ev);
	return v;
}

static bool is_local(CXCursor decl)
{
	return clang_getCursorKind(decl) == CXCursor_ParmDecl ||
	       !clang_isTranslationUnit(clang_getCursorKind(clang_getCursorSemanticParent(decl)));
}

static struct value global_value(CXCursor decl, struct evaluation *ev)
{
	struct ctype t = cursor_type(decl);
	CXCursor init = clang_Cursor_getVarDeclInitializer(decl);

	if (!clang_isConstQualifiedType(clang_getCursorType(decl)) ||
	    clang_isVolatileQualifiedType(clang_getCursorType(decl)) || clang_Cursor_isNull(init))
		return value_of_type(t);
	return value_convert(eval(init, ev), t);
}

/* Looks at it once, and remembers who made it wrap. */
static struct value remembered(CXCursor decl, struct evaluation *ev)
{
	struct evaluation own = { .variables = ev->variables };
	struct value v;
	unsigned int i;

	for (i = 0; i < nr_vars && !clang_equalCursors(vars[i].decl, decl); i++)
		;
	if (i < nr_vars && !vars[i].ready)
		return value_of_type(cursor_type(decl));
	if (i == nr_vars) {
		vars = grow(vars, nr_vars, &vars_room, sizeof(*vars));
		vars[nr_vars++] = (struct var){ .decl = decl };
		/* This may move vars. */
		v = local_value(decl, &own);
		vars[i].value = v;
		vars[i].wrapped_by = own.nr_offenders ? own.offender[0].op : clang_getNullCursor();
		vars[i].ready = true;
	}
	if (vars[i].value.wraps)
		offend(vars[i].wrapped_by, ev);
	return vars[i].value;
}

/* The value that the variable @decl can have, anywhere in this function. */
struct value var_value(CXCursor decl, struct evaluation *ev)
{
	struct value v = value_of_type(cursor_type(decl));

	if (clang_Cursor_isNull(function) || ev->variables > 8)
		return v;
	ev->variables++;
	if (!is_local(decl)) {
		v = global_value(decl, ev);
	} else {
		if (!collected)
			clang_visitChildren(function, collect, NULL);
		collected = true;
		v = remembered(decl, ev);
	}
	ev->variables--;
	return v;
}
