// SPDX-License-Identifier: GPL-2.0-only
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "lint.h"

struct list {
	CXCursor *at;
	unsigned int nr;
	unsigned int room;
};

static enum CXChildVisitResult add_child(CXCursor c, CXCursor parent, CXClientData data)
{
	struct list *list = data;

	(void)parent;
	if (list->nr == list->room) {
		list->room = list->room ? 2 * list->room : 4;
		list->at = realloc(list->at, list->room * sizeof(*list->at));
		if (!list->at)
			abort();
	}
	list->at[list->nr++] = c;
	return CXChildVisit_Continue;
}

/* The caller frees .at. */
struct children get_children(CXCursor c)
{
	struct list list = { 0 };

	clang_visitChildren(c, add_child, &list);
	return (struct children){ list.at, list.nr };
}

CXCursor last_child(CXCursor c)
{
	struct children kids = get_children(c);
	CXCursor last = kids.nr ? kids.at[kids.nr - 1] : clang_getNullCursor();

	free(kids.at);
	return last;
}

CXCursor strip(CXCursor c)
{
	struct children kids;
	CXCursor next;

	for (;;) {
		if (clang_getCursorKind(c) != CXCursor_ParenExpr &&
		    clang_getCursorKind(c) != CXCursor_UnexposedExpr)
			return c;
		kids = get_children(c);
		next = kids.nr == 1 ? kids.at[0] : clang_getNullCursor();
		free(kids.at);
		if (clang_Cursor_isNull(next))
			return c;
		c = next;
	}
}

struct ctype type_of(CXType type)
{
	struct ctype t = { 0 };
	long long size;

	type = clang_getCanonicalType(type);
	if (type.kind == CXType_Enum)
		type = clang_getEnumDeclIntegerType(clang_getTypeDeclaration(type));
	type = clang_getCanonicalType(type);
	switch (type.kind) {
	case CXType_Bool:
		t.bits = 1;
		return t;
	case CXType_Char_S:
	case CXType_SChar:
	case CXType_Short:
	case CXType_Int:
	case CXType_Long:
	case CXType_LongLong:
	case CXType_Int128:
		t.is_signed = true;
		break;
	case CXType_Char_U:
	case CXType_UChar:
	case CXType_UShort:
	case CXType_UInt:
	case CXType_ULong:
	case CXType_ULongLong:
	case CXType_UInt128:
	case CXType_WChar:
	case CXType_Char16:
	case CXType_Char32:
		break;
	default:
		return t;
	}
	size = clang_Type_getSizeOf(type);
	t.bits = size > 0 ? (unsigned int)size * 8 : 0;
	return t;
}

struct ctype cursor_type(CXCursor c)
{
	return type_of(clang_getCursorType(c));
}

bool is_pointer(CXCursor c)
{
	enum CXTypeKind kind = clang_getCanonicalType(clang_getCursorType(c)).kind;

	return kind == CXType_Pointer || kind == CXType_ConstantArray ||
	       kind == CXType_IncompleteArray;
}

/* Where addresses have 32 bits, nothing is widened to be a part of one. */
bool has_wide_pointers(CXCursor c)
{
	CXTargetInfo target =
		clang_getTranslationUnitTargetInfo(clang_Cursor_getTranslationUnit(c));
	bool wide = clang_TargetInfo_getPointerWidth(target) >= 64;

	clang_TargetInfo_dispose(target);
	return wide;
}

/* Of the bit-field that @c reads or writes; 0 if it is none. */
unsigned int bitfield_width(CXCursor c)
{
	CXCursor field;

	c = strip(c);
	if (clang_getCursorKind(c) != CXCursor_MemberRefExpr)
		return 0;
	field = clang_getCursorReferenced(c);
	return clang_Cursor_isBitField(field) ? (unsigned int)clang_getFieldDeclBitWidth(field) : 0;
}

/* Where @c stands in its file: a macro's expansion is where the macro is used. */
void extent(CXCursor c, CXFile *file, unsigned int *start, unsigned int *end)
{
	CXSourceRange range = clang_getCursorExtent(c);
	CXFile end_file;

	clang_getFileLocation(clang_getRangeStart(range), file, NULL, NULL, start);
	clang_getFileLocation(clang_getRangeEnd(range), &end_file, NULL, NULL, end);
	if (!*file || !clang_File_isEqual(*file, end_file) || *end < *start)
		*end = *start;
}

/* All of @file, or NULL. */
const char *file_content(CXCursor c, CXFile file, size_t *size)
{
	return file ? clang_getFileContents(clang_Cursor_getTranslationUnit(c), file, size) : NULL;
}

/* Of a macro in a macro only the beginning is known: there its name ends, or its call. */
static unsigned int end_of_call(const char *content, size_t size, unsigned int at)
{
	unsigned int depth = 0, i;

	while (at < size && (isalnum((unsigned char)content[at]) || content[at] == '_'))
		at++;
	if (at == size || content[at] != '(')
		return at;
	for (i = at; i < size && !strchr("\"';", content[i]); i++) {
		if (content[i] == '(')
			depth++;
		else if (content[i] == ')' && --depth == 0)
			return i + 1;
	}
	return at;
}

/* The text of @c on one line; the caller frees it. */
char *source_text(CXCursor c)
{
	unsigned int start, end, i, n = 0;
	const char *content;
	CXFile file;
	size_t size;
	char *text;

	extent(c, &file, &start, &end);
	content = file_content(c, file, &size);
	if (!content || end > size)
		return strdup("");
	if (start == end)
		end = end_of_call(content, size, start);
	text = malloc(end - start + 1);
	if (!text)
		abort();
	for (i = start; i < end; i++) {
		if (!isspace((unsigned char)content[i]) && content[i] != '\\')
			text[n++] = content[i];
		else if (n && text[n - 1] != ' ')
			text[n++] = ' ';
	}
	text[n] = '\0';
	return text;
}
