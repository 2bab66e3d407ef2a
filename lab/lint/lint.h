/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Finds where an int that was computed from narrower values is widened to 64
 * bits though its bit 31 may be set: get_desc64_base()'s old bug.
 */
#ifndef LINT_H
#define LINT_H

#include <clang-c/Index.h>
#include <stddef.h>

#include "value.h"

#define fallthrough		__attribute__((__fallthrough__))
#define ARRAY_SIZE(a)		(sizeof(a) / sizeof((a)[0]))
#define MAX_OFFENDERS		8

/* cursor.c: what libclang does not say in one call. */
struct children {
	CXCursor *at;
	unsigned int nr;
};

struct children get_children(CXCursor c);
CXCursor last_child(CXCursor c);
CXCursor strip(CXCursor c);		/* parentheses, and casts nobody wrote */
struct ctype type_of(CXType type);
struct ctype cursor_type(CXCursor c);
bool is_pointer(CXCursor c);
bool has_wide_pointers(CXCursor c);
unsigned int bitfield_width(CXCursor c);
const char *file_content(CXCursor c, CXFile file, size_t *size);
char *source_text(CXCursor c);
void extent(CXCursor c, CXFile *file, unsigned int *start, unsigned int *end);

/*
 * An operation whose result wraps though its operands do not.  direct: it is
 * part of the expression in question, not of what a variable was given before.
 */
struct offender {
	CXCursor op;
	bool direct;
};

/* expr.c: what an expression can be worth, and who made it wrap. */
struct evaluation {
	struct offender offender[MAX_OFFENDERS];
	unsigned int nr_offenders;
	unsigned int variables;		/* how deep in variables' values */
	bool unsure;			/* a narrow value shifted by who knows what */
};

struct value eval(CXCursor c, struct evaluation *ev);
void offend(CXCursor op, struct evaluation *ev);
struct value eval_plain(CXCursor c);
bool extends_sign(CXCursor left, struct value by);

/* vars.c: what a variable can be worth. */
void vars_enter(CXCursor function);
struct value var_value(CXCursor ref, CXCursor decl, struct evaluation *ev);

/* widen.c */
void walk(CXCursor c, unsigned long long demand);

/* hit.c */
void hit(CXCursor converted, CXCursor around, CXType to, const struct evaluation *ev);
void cannot_tell(CXCursor converted, CXType to);
void put_json_string(const char *s);

/* main.c */
const char *asked_path(CXFile file);

#endif /* LINT_H */
