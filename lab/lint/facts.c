// SPDX-License-Identifier: GPL-2.0-only
#include <stdlib.h>

#include "facts.h"

struct fact *facts;
unsigned int nr_facts;
struct loop *loops;
unsigned int nr_loops;

static unsigned int facts_room, loops_room;
static struct use *uses;
static unsigned int nr_uses, uses_room;
static CXCursor function;
static bool collected;
static unsigned int here;		/* the place that is being looked at ... */
static int loop_here;			/* ... and the innermost loop around it */

void facts_enter(CXCursor f)
{
	function = f;
	collected = false;
	nr_facts = 0;
	nr_loops = 0;
	nr_uses = 0;
	here = 0;
	loop_here = -1;
}

/* Room for one more behind @nr elements. */
void *grow(void *p, unsigned int nr, unsigned int *room, size_t size)
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
	facts[nr_facts++] = (struct fact){ target, expr, kind, here, loop_here };
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
		add_fact(left, MASK, right);
		break;
	case CXBinaryOperator_ShrAssign:
		add_fact(left, SHIFT_RIGHT, right);
		break;
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

/* What asm is given in parentheses only is written; what is read is converted. */
static void add_asm(struct children operands)
{
	unsigned int i;
	CXCursor c;

	for (i = 0; i < operands.nr; i++) {
		c = operands.at[i];
		while (clang_getCursorKind(c) == CXCursor_ParenExpr)
			c = last_child(c);
		if (clang_getCursorKind(c) == CXCursor_DeclRefExpr)
			add_fact(c, ESCAPES, clang_getNullCursor());
	}
}

static void add_use(CXCursor ref)
{
	uses = grow(uses, nr_uses, &uses_room, sizeof(*uses));
	uses[nr_uses++] = (struct use){ ref, clang_hashCursor(ref), here };
}

static void collect(CXCursor c);

/* A loop's body is its last child, but that of do. */
static void collect_loop(CXCursor c, struct children kids)
{
	bool conditional = clang_getCursorKind(c) != CXCursor_DoStmt;
	unsigned int i, at = nr_loops, nr_facts_before, before;

	loops = grow(loops, nr_loops, &loops_room, sizeof(*loops));
	loops[nr_loops++] = (struct loop){ .start = here, .around = loop_here };
	loop_here = (int)at;
	for (i = 0; i < kids.nr; i++) {
		if (i == kids.nr - 1)
			loops[at].body = here;
		before = here;
		collect(kids.at[i]);
		nr_facts_before = nr_facts;
		if (conditional && i < kids.nr - 1)
			add_condition(kids.at[i]);
		if (nr_facts > nr_facts_before) {
			loops[at].condition = before;
			loops[at].again = here;
		}
	}
	loops[at].end = here;
	loop_here = loops[at].around;
}

static void collect(CXCursor c)
{
	struct children kids = get_children(c);
	unsigned int i;
	CXCursor init;

	here++;
	switch (clang_getCursorKind(c)) {
	case CXCursor_VarDecl:
		init = clang_Cursor_getVarDeclInitializer(c);
		if (!clang_Cursor_isNull(init))
			add_fact(c, SET, init);
		break;
	case CXCursor_BinaryOperator:
	case CXCursor_CompoundAssignOperator:
		add_operator(c);
		break;
	case CXCursor_UnaryOperator:
		add_unary(c);
		break;
	case CXCursor_DeclRefExpr:
		add_use(c);
		break;
	case CXCursor_GCCAsmStmt:
		add_asm(kids);
		break;
	case CXCursor_ForStmt:
	case CXCursor_WhileStmt:
	case CXCursor_DoStmt:
		collect_loop(c, kids);
		goto out;
	default:
		break;
	}
	for (i = 0; i < kids.nr; i++)
		collect(kids.at[i]);
out:
	free(kids.at);
}

/* Once a function, when somebody asks. */
void facts_collect(void)
{
	if (!collected)
		collect(function);
	collected = true;
}

/* The place of @ref in the function, or 0. */
unsigned int place_of(CXCursor ref)
{
	unsigned int hash = clang_hashCursor(ref);
	const struct use *u;

	for (u = uses; u < uses + nr_uses; u++)
		if (u->hash == hash && clang_equalCursors(u->ref, ref))
			return u->place;
	return 0;
}
