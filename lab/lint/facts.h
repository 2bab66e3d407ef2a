/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a function does to its variables, and where.
 */
#ifndef LINT_FACTS_H
#define LINT_FACTS_H

#include "lint.h"

enum fact_kind {
	SET,			/* = expr */
	OR,			/* |= expr, ^= expr */
	ADD,			/* += expr, ++ */
	SHIFT_LEFT,		/* <<= expr */
	MULTIPLY,		/* *= expr */
	MASK,			/* &= expr */
	SHIFT_RIGHT,		/* >>= expr */
	SHRINK,			/* /=, %= */
	DOWN,			/* --, -= */
	BELOW,			/* a loop goes on while it is less than expr ... */
	UP_TO,			/* ... or at most expr */
	ABOVE,			/* the same, downwards */
	DOWN_TO,
	ESCAPES,		/* its address is taken, or asm writes it */
};

/*
 * Places are counted in the order of the tree, which macros do not disturb.
 * loop: that whose condition it is, and otherwise the innermost one around it,
 * or -1.
 */
struct fact {
	CXCursor decl;
	CXCursor expr;		/* null: none, or 1 */
	enum fact_kind kind;
	unsigned int place;
	int loop;
};

/* A for's last clause is before its body in the source, and after it in time. */
struct loop {
	unsigned int start;
	unsigned int condition;
	unsigned int again;	/* after the condition: a for's last clause */
	unsigned int body;
	unsigned int end;
	int around;		/* the next loop further out, or -1 */
};

struct use {
	CXCursor ref;
	unsigned int hash;
	unsigned int place;
};

/* Of the function that was entered last. */
extern struct fact *facts;
extern unsigned int nr_facts;
extern struct loop *loops;
extern unsigned int nr_loops;

void facts_enter(CXCursor function);
void facts_collect(void);
unsigned int place_of(CXCursor ref);
void *grow(void *p, unsigned int nr, unsigned int *room, size_t size);

#endif /* LINT_FACTS_H */
