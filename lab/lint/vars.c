// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the variables of a function can be worth: all that it ever gives them,
 * in whatever order.
 */
#include <limits.h>

#include "facts.h"

struct var {
	CXCursor decl;
	struct value value;
	struct value steps;	/* less what it is counted up or down */
	bool up;
	bool down;
	bool unsure;
	CXCursor wrapped_by;	/* null where value.wraps is not set */
	bool ready;		/* false: it is being looked at */
};

static struct var *vars;
static unsigned int nr_vars, vars_room;
static bool in_function;

void vars_enter(CXCursor f)
{
	in_function = !clang_Cursor_isNull(f);
	nr_vars = 0;
	facts_enter(f);
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

/* "v <<= n; v >>= n": somebody extends a sign on purpose. */
static bool undoes_shift(const struct fact *right, struct value by)
{
	const struct fact *f;

	for (f = facts; f < facts + nr_facts; f++)
		if (clang_equalCursors(f->decl, right->decl) &&
		    ((f->kind == SHIFT_LEFT && is_const(by) && eval_plain(f->expr).lo == by.lo) ||
		     (f->kind == SET && extends_sign(f->expr, by))))
			return true;
	return false;
}

/* What makes it smaller, in an order that is not looked at. */
static struct value shrunk(struct value v, const struct fact *f, struct value by)
{
	bool sign_stays = is_int32(cursor_type(f->expr)) || f->kind == SHIFT_RIGHT;

	if (f->kind == MASK)
		sign_stays = by.lo < 0 || by.hi > INT_MAX;
	else if (f->kind == SHIFT_RIGHT && undoes_shift(f, by))
		sign_stays = false;
	v.wraps = v.wraps && sign_stays;
	v.lo = v.lo < 0 ? v.lo : 0;
	return v;
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
	case MASK:
	case SHIFT_RIGHT:
	case SHRINK:
		return shrunk(v, f, by);
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

/* The farthest that one step counts @decl. */
static __int128 longest_step(CXCursor decl, enum fact_kind kind, const struct evaluation *ev)
{
	struct evaluation own = { .variables = ev->variables };
	const struct fact *f;
	__int128 longest = 1, n;

	for (f = facts; f < facts + nr_facts; f++) {
		if (f->kind != kind || !clang_equalCursors(f->decl, decl) ||
		    clang_Cursor_isNull(f->expr))
			continue;
		n = eval(f->expr, &own).hi;
		longest = n > longest ? n : longest;
	}
	return longest;
}

static bool is_bound(const struct fact *f, CXCursor decl, bool up)
{
	return (up ? f->kind == BELOW || f->kind == UP_TO :
		     f->kind == ABOVE || f->kind == DOWN_TO) && clang_equalCursors(f->decl, decl);
}

/* Where the condition still holds; false: an int that may be anything is no end. */
static bool get_end(const struct fact *f, bool up, const struct evaluation *ev, __int128 *end)
{
	struct evaluation own = { .variables = ev->variables };
	struct value v = eval(f->expr, &own);

	*end = up ? v.hi - (f->kind == BELOW) : v.lo + (f->kind == ABOVE);
	return up ? v.hi < INT_MAX : v.lo > INT_MIN;
}

/*
 * How far the loops let @v go, up or down, the last step, after which the
 * condition fails, included; without an end, nothing is known.
 */
static struct value bounded(CXCursor decl, struct value v, struct ctype t, bool up,
			    const struct evaluation *ev)
{
	__int128 end, last = longest_step(decl, up ? ADD : DOWN, ev);
	struct value all = value_of_type(t);
	const struct fact *f;
	bool any = false;

	for (f = facts; f < facts + nr_facts; f++) {
		if (!is_bound(f, decl, up))
			continue;
		if (!get_end(f, up, ev, &end))
			return all;
		end += up ? last : -last;
		if (up && end > v.hi)
			v.hi = end;
		if (!up && end < v.lo)
			v.lo = end;
		any = true;
	}
	return any && v.lo >= all.lo && v.hi <= all.hi ? v : all;
}

static struct value all_steps(CXCursor decl, struct value v, struct ctype t, bool in_loop,
			      struct var *var, struct evaluation *ev)
{
	const struct fact *f;

	for (f = facts; f < facts + nr_facts; f++)
		if (clang_equalCursors(f->decl, decl) && (!in_loop || f->loop >= 0))
			v = step(v, f, t, ev, &var->up, &var->down);
	return v;
}

/* Sets all of @var that follows from the facts. */
static void look_at_local(CXCursor decl, struct var *var, struct evaluation *ev)
{
	struct ctype t = cursor_type(decl);
	struct evaluation again = { .variables = ev->variables };
	struct value v = value_of_type(t), more;
	unsigned int i;

	var->value = v;
	if (!var_given(decl, &v, t, ev))
		return;
	v = all_steps(decl, v, t, false, var, ev);
	/* A loop does it once more, and a narrow type sets the end. */
	for (i = 0; i < 4; i++) {
		more = all_steps(decl, v, t, true, var, &again);
		if (more.lo == v.lo && more.hi == v.hi)
			break;
		/* How often, nobody knows: it may never get as far as bit 31. */
		if (i == 3 || (more.wraps && !v.wraps)) {
			var->unsure = true;
			var->steps = value_of_type(t);
			var->steps.lo = v.lo < 0 ? var->steps.lo : v.lo;
			return;
		}
		v = more;
	}
	var->steps = v;
	if (var->up && !v.wraps)
		v = bounded(decl, v, t, true, ev);
	if (var->down && !v.wraps)
		v = bounded(decl, v, t, false, ev);
	var->value = v;
}

static bool changes(const struct fact *f)
{
	return f->kind < BELOW || f->kind == ESCAPES;
}

/*
 * Does nothing change @decl between the condition of loop @at and @place in it?
 * In a loop further in, whatever is anywhere in there may have come before.
 */
static bool still_holds(CXCursor decl, unsigned int at, unsigned int place)
{
	const struct loop *loop = loops + at, *in;
	bool in_body = place > loop->body, between;
	const struct fact *f;

	for (f = facts; f < facts + nr_facts; f++) {
		if (!changes(f) || !clang_equalCursors(f->decl, decl))
			continue;
		if (f->kind == ESCAPES)
			return false;
		if (f->place <= loop->condition || f->place > loop->end)
			continue;
		if (f->place <= loop->again)
			return false;
		between = f->place <= place && f->place > (in_body ? loop->body : loop->again);
		if (between || (!in_body && f->place > loop->body))
			return false;
		for (in = loops; in < loops + nr_loops; in++)
			if (in->start > loop->body && in->end <= loop->end &&
			    place > in->start && place <= in->end &&
			    f->place > in->start && f->place <= in->end)
				return false;
	}
	return true;
}

/* What @var can be worth where @ref stands, by the conditions of the loops around. */
static struct value value_at(CXCursor ref, const struct var *var, const struct evaluation *ev)
{
	struct value v = var->value, steps = var->steps;
	CXCursor decl = var->decl;
	bool up = var->up || var->unsure;
	const struct loop *loop;
	unsigned int i, place;
	__int128 end;

	/* Counted both ways, or not at all: no condition says much. */
	if (v.wraps || up == var->down)
		return v;
	place = place_of(ref);
	for (i = 0; place && i < nr_facts; i++) {
		if (!is_bound(facts + i, decl, up))
			continue;
		loop = loops + facts[i].loop;
		if (place <= loop->again || place > loop->end ||
		    !still_holds(decl, (unsigned int)facts[i].loop, place) ||
		    !get_end(facts + i, up, ev, &end))
			continue;
		if (up) {
			v.lo = v.lo > steps.lo ? v.lo : steps.lo;
			v.hi = v.hi < end ? v.hi : end;
		} else {
			v.hi = v.hi < steps.hi ? v.hi : steps.hi;
			v.lo = v.lo > end ? v.lo : end;
		}
	}
	return v.lo <= v.hi ? v : var->value;
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
static struct value remembered(CXCursor ref, CXCursor decl, struct evaluation *ev)
{
	struct evaluation own = { .variables = ev->variables };
	struct var var = { .decl = decl };
	unsigned int i;

	for (i = 0; i < nr_vars && !clang_equalCursors(vars[i].decl, decl); i++)
		;
	if (i < nr_vars && !vars[i].ready)
		return value_of_type(cursor_type(decl));
	if (i == nr_vars) {
		vars = grow(vars, nr_vars, &vars_room, sizeof(*vars));
		vars[nr_vars++] = var;
		/* This may move vars. */
		if (is_local(decl))
			look_at_local(decl, &var, &own);
		else
			var.value = global_value(decl, &own);
		var.wrapped_by = own.nr_offenders ? own.offender[0].op : clang_getNullCursor();
		var.unsure = var.unsure || own.unsure;
		var.ready = true;
		vars[i] = var;
	}
	/* Looking at where its loops end may move vars, too. */
	var = vars[i];
	if (var.value.wraps)
		offend(var.wrapped_by, ev);
	ev->unsure = ev->unsure || (var.unsure && !var.value.wraps);
	return value_at(ref, &var, ev);
}

/* The value that the variable @decl, named by @ref, can have there. */
struct value var_value(CXCursor ref, CXCursor decl, struct evaluation *ev)
{
	struct value v = value_of_type(cursor_type(decl));

	if (!in_function || ev->variables > 8)
		return v;
	ev->variables++;
	facts_collect();
	v = remembered(ref, decl, ev);
	ev->variables--;
	return v;
}
