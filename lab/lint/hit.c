// SPDX-License-Identifier: GPL-2.0-only
/*
 * One line of JSON for each hit: where it is, which values make it, and what
 * would put it right.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lint.h"

/* How C spells the operation, and the two operands of a binary one. */
struct operation {
	CXCursor left;
	CXCursor right;
	enum CXBinaryOperatorKind kind;
};

static bool get_operation(CXCursor c, struct operation *op)
{
	struct children kids;
	bool ok;

	if (clang_getCursorKind(c) != CXCursor_BinaryOperator)
		return false;
	kids = get_children(c);
	ok = kids.nr == 2;
	if (ok)
		*op = (struct operation){ kids.at[0], kids.at[1],
					  clang_getCursorBinaryOperatorKind(c) };
	free(kids.at);
	return ok;
}

/* Is the operator itself in the file, and not in a macro's definition? */
static bool is_spelled_out(const struct operation *op)
{
	unsigned int start, left_end, right_start, end, i;
	const char *content;
	CXFile file, right_file;
	size_t size;

	extent(op->left, &file, &start, &left_end);
	extent(op->right, &right_file, &right_start, &end);
	if (!file || !right_file || !clang_File_isEqual(file, right_file) ||
	    right_start <= left_end)
		return false;
	content = file_content(op->left, file, &size);
	if (!content || end > size)
		return false;
	for (i = left_end; i < right_start; i++)
		if (!strchr(" \t\r\n\\()<+*-", content[i]))
			return false;
	return start < left_end;
}

static bool binds_tightly(CXCursor c)
{
	switch (clang_getCursorKind(strip(c))) {
	case CXCursor_BinaryOperator:
	case CXCursor_ConditionalOperator:
	case CXCursor_CompoundAssignOperator:
	case CXCursor_StmtExpr:
		return clang_getCursorKind(c) == CXCursor_ParenExpr;
	default:
		return true;
	}
}

/* strip() without leaving parentheses. */
static CXCursor uncast(CXCursor c)
{
	struct children kids;

	while (clang_getCursorKind(c) == CXCursor_UnexposedExpr) {
		kids = get_children(c);
		if (kids.nr != 1) {
			free(kids.at);
			break;
		}
		c = kids.at[0];
		free(kids.at);
	}
	return c;
}

/* A type to cast to, in the words that this source uses. */
static void cast_name(CXType to, bool only32, char *name, size_t size)
{
	CXString spelling = clang_getTypeSpelling(to);
	const char *s = clang_getCString(spelling);

	if (!strncmp(s, "const ", 6))
		s += 6;
	if (strpbrk(s, "*()[]{}:\"") || strstr(s, "typeof"))
		s = to.kind == CXType_Pointer ? "unsigned long" : "unsigned long long";
	if (!only32)
		snprintf(name, size, "%s", s);
	else if (!strcmp(s, "uint64_t") || !strcmp(s, "int64_t"))
		snprintf(name, size, "uint32_t");
	else if (!strcmp(s, "u64") || !strcmp(s, "s64"))
		snprintf(name, size, "u32");
	else
		snprintf(name, size, "unsigned int");
	clang_disposeString(spelling);
}

static void append(char *to, size_t size, const char *between, const char *text)
{
	size_t n = strlen(to);

	snprintf(to + n, size - n, "%s%s", between, text);
}

void put_json_string(const char *s)
{
	putchar('"');
	for (; *s; s++) {
		if (*s == '"' || *s == '\\')
			printf("\\%c", *s);
		else if ((unsigned char)*s < ' ')
			printf("\\u%04x", (unsigned int)*s);
		else
			putchar(*s);
	}
	putchar('"');
}

static void put_field(const char *name, const char *value)
{
	put_json_string(name);
	putchar(':');
	put_json_string(value);
	putchar(',');
}

/* Which values of its operands make @c wrap. */
static void describe_values(CXCursor c, char *out, size_t size)
{
	char *left, *right, *text;
	struct operation op;
	struct value a, n;
	int bit;

	text = source_text(c);
	snprintf(out, size, "%s >= 0x80000000", text);
	if (is_const(eval_plain(c)))
		snprintf(out, size, "always");
	if (!get_operation(c, &op) || op.kind != CXBinaryOperator_Shl || !is_spelled_out(&op))
		goto out;
	left = source_text(op.left);
	right = source_text(op.right);
	a = eval_plain(op.left);
	n = eval_plain(op.right);
	bit = 31 - (int)(n.hi < 31 ? n.hi : 31);
	if (is_const(a) && is_const(n))
		snprintf(out, size, "always");
	else if (is_const(a))
		snprintf(out, size, "%s reaches bit 31", text);
	else if (!(a.hi >> (bit + 1)))
		snprintf(out, size, "%s >= 0x%llx", left, 1ULL << bit);
	else
		snprintf(out, size, "%s with bit %d set", left, bit);
	if (!is_const(n) && !is_const(a))
		snprintf(out + strlen(out), size - strlen(out), " and %s == %d", right, (int)n.hi);
	free(left);
	free(right);
out:
	free(text);
}

struct edit {
	unsigned int offset;
	char text[80];
};

/* The fix at the operation itself: its left operand is widened first. */
static unsigned int edit_operand(CXCursor c, const char *type, struct edit *edit, char *fix,
				 size_t size)
{
	struct operation op;
	char *left, *all;
	unsigned int start, end;
	CXFile file;
	bool tight;

	if (!get_operation(c, &op) || !is_spelled_out(&op))
		return 0;
	left = source_text(op.left);
	all = source_text(c);
	extent(op.left, &file, &start, &end);
	tight = binds_tightly(uncast(op.left));
	snprintf(fix, size, tight ? "(%s)%s%s" : "(%s)(%s)%s", type, left, all + strlen(left));
	edit[0].offset = start;
	snprintf(edit[0].text, sizeof(edit[0].text), tight ? "(%s)" : "(%s)(", type);
	edit[1].offset = end;
	snprintf(edit[1].text, sizeof(edit[1].text), ")");
	free(left);
	free(all);
	return tight ? 1 : 2;
}

/* The fix at the conversion: what is below 2^32 is taken for what it is. */
static unsigned int edit_whole(CXCursor c, const char *type, struct edit *edit, char *fix,
			       size_t size)
{
	char *text = source_text(c);
	bool tight = binds_tightly(uncast(c));
	unsigned int start, end;
	CXFile file;

	extent(c, &file, &start, &end);
	snprintf(fix, size, tight ? "(%s)%s" : "(%s)(%s)", type, text);
	edit[0].offset = start;
	snprintf(edit[0].text, sizeof(edit[0].text), tight ? "(%s)" : "(%s)(", type);
	edit[1].offset = end;
	snprintf(edit[1].text, sizeof(edit[1].text), ")");
	free(text);
	return tight ? 1 : 2;
}

/* The expression that wraps first and is a part of @converted. */
static CXCursor place(CXCursor converted, const struct evaluation *ev)
{
	struct operation op;

	if (ev->nr_offenders && ev->offender[0].direct && get_operation(ev->offender[0].op, &op))
		return ev->offender[0].op;
	return converted;
}

/* Two expressions that nothing tells apart in the file: parts of one macro. */
static bool same_extent(CXCursor a, CXCursor b)
{
	unsigned int a_start, a_end, b_start, b_end;
	CXFile a_file, b_file;

	if (clang_Cursor_isNull(b))
		return false;
	extent(a, &a_file, &a_start, &a_end);
	extent(b, &b_file, &b_start, &b_end);
	return a_file && b_file && clang_File_isEqual(a_file, b_file) &&
	       a_start == b_start && a_end == b_end;
}

static void put_edits(CXCursor converted, CXCursor around, CXType to, const struct evaluation *ev)
{
	char fix[1024] = "", one[512], type[64];
	struct edit edit[2 * MAX_OFFENDERS];
	unsigned int i, nr = 0, got = 1;
	CXCursor op;

	cast_name(to, false, type, sizeof(type));
	for (i = 0; i < ev->nr_offenders && got; i++) {
		op = ev->offender[i].op;
		got = ev->offender[i].direct ?
		      edit_operand(op, type, edit + nr, one, sizeof(one)) : 0;
		nr += got;
		append(fix, sizeof(fix), i ? "; " : "", one);
	}
	if ((!got || !ev->nr_offenders) && same_extent(converted, around)) {
		nr = 0;
		snprintf(fix, sizeof(fix), "widen it in the macro's definition");
	} else if (!got || !ev->nr_offenders) {
		cast_name(to, true, type, sizeof(type));
		nr = edit_whole(converted, type, edit, fix, sizeof(fix));
	}
	put_field("fix", fix);
	printf("\"edits\":[");
	for (i = 0; i < nr; i++) {
		printf("%s[%u,", i ? "," : "", edit[i].offset);
		put_json_string(edit[i].text);
		putchar(']');
	}
	putchar(']');
}

/* The path of the file that @c is in, if it was asked for, or NULL. */
static const char *locate(CXCursor c, unsigned int *line, unsigned int *column)
{
	CXSourceLocation start = clang_getRangeStart(clang_getCursorExtent(c));
	CXFile file;

	clang_getFileLocation(start, &file, line, column, NULL);
	return file ? asked_path(file) : NULL;
}

void hit(CXCursor converted, CXCursor around, CXType to, const struct evaluation *ev)
{
	char values[1024] = "", one[512];
	CXCursor at = place(converted, ev);
	unsigned int line, column, i;
	const char *file = locate(at, &line, &column);
	CXString type;
	char *text;

	if (!file)
		return;
	text = source_text(at);
	type = clang_getTypeSpelling(to);
	for (i = 0; i < ev->nr_offenders; i++) {
		describe_values(ev->offender[i].op, one, sizeof(one));
		append(values, sizeof(values), i ? " or " : "", one);
	}
	putchar('{');
	put_field("file", file);
	printf("\"line\":%u,\"column\":%u,", line, column);
	put_field("expression", text);
	put_field("values", values);
	put_field("widened_to", clang_getCString(type));
	put_edits(converted, around, to, ev);
	printf("}\n");
	free(text);
	clang_disposeString(type);
}

/* Nobody can tell from the source by how much it is shifted. */
void cannot_tell(CXCursor converted, CXType to)
{
	unsigned int line, column;
	const char *file = locate(converted, &line, &column);
	CXString type;
	char *text;

	if (!file)
		return;
	text = source_text(converted);
	type = clang_getTypeSpelling(to);
	printf("{\"unsure\":true,");
	put_field("file", file);
	printf("\"line\":%u,\"column\":%u,", line, column);
	put_field("expression", text);
	printf("\"widened_to\":");
	put_json_string(clang_getCString(type));
	printf("}\n");
	free(text);
	clang_disposeString(type);
}
