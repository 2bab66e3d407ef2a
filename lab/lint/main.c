// SPDX-License-Identifier: GPL-2.0-only
/*
 * lint PATH...: reads translation units from stdin, one a line, tab-separated:
 * the folder to compile in, the file, the compiler's arguments.  Prints a line
 * of JSON for each hit below one of the PATHs, and one for each unit.
 */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lint.h"

#define MAX_ARGS	1024

static char **asked;
static int nr_asked;
static char last_asked[PATH_MAX];	/* relative to the folder of this unit */
static char unit_path[PATH_MAX];	/* asked for too, if only by way of a link */

/* The whole path of @file if it was asked for, or NULL. */
const char *asked_path(CXFile file)
{
	static char path[PATH_MAX];
	static bool answer;
	CXString name = clang_getFileName(file);
	size_t n;
	int i;

	if (strcmp(clang_getCString(name), last_asked)) {
		snprintf(last_asked, sizeof(last_asked), "%s", clang_getCString(name));
		answer = realpath(last_asked, path) && !strcmp(path, unit_path);
		for (i = 0; i < nr_asked && realpath(last_asked, path) && !answer; i++) {
			n = strlen(asked[i]);
			answer = !strncmp(path, asked[i], n) && (path[n] == '/' || !path[n]);
		}
	}
	clang_disposeString(name);
	return answer ? path : NULL;
}

static enum CXChildVisitResult visit_top(CXCursor c, CXCursor parent, CXClientData data)
{
	CXFile file;

	(void)parent;
	(void)data;
	clang_getFileLocation(clang_getCursorLocation(c), &file, NULL, NULL, NULL);
	if (!file || !asked_path(file))
		return CXChildVisit_Continue;
	if (clang_getCursorKind(c) == CXCursor_FunctionDecl) {
		if (clang_isCursorDefinition(c)) {
			vars_enter(c);
			walk(last_child(c), ~0ULL);
		}
	} else if (clang_getCursorKind(c) == CXCursor_VarDecl) {
		vars_enter(clang_getNullCursor());
		walk(c, ~0ULL);
	}
	return CXChildVisit_Continue;
}

static void put_header(CXFile file, CXSourceLocation *stack, unsigned int depth, CXClientData data)
{
	const char *path = asked_path(file);

	(void)stack;
	(void)data;
	if (depth && path) {
		printf("{\"header\":");
		put_json_string(path);
		printf("}\n");
	}
}

/* The first error's text, or NULL; the caller frees it. */
static char *first_error(CXTranslationUnit unit)
{
	unsigned int i, n = clang_getNumDiagnostics(unit);
	CXDiagnostic diagnostic;
	char *text = NULL;
	CXString s;

	for (i = 0; i < n && !text; i++) {
		diagnostic = clang_getDiagnostic(unit, i);
		if (clang_getDiagnosticSeverity(diagnostic) >= CXDiagnostic_Error) {
			s = clang_formatDiagnostic(diagnostic, CXDiagnostic_DisplaySourceLocation);
			text = strdup(clang_getCString(s));
			clang_disposeString(s);
		}
		clang_disposeDiagnostic(diagnostic);
	}
	return text;
}

static void lint_unit(CXIndex index, const char *file, const char *const *args, int nr_args)
{
	CXTranslationUnit unit = NULL;
	char *error = NULL;

	last_asked[0] = '\0';
	if (!realpath(file, unit_path))
		unit_path[0] = '\0';
	if (clang_parseTranslationUnit2(index, file, args, nr_args, NULL, 0,
					CXTranslationUnit_KeepGoing, &unit) != CXError_Success) {
		error = strdup("the compiler could not read it");
	} else {
		error = first_error(unit);
		clang_visitChildren(clang_getTranslationUnitCursor(unit), visit_top, NULL);
		clang_getInclusions(unit, put_header, NULL);
		clang_disposeTranslationUnit(unit);
	}
	printf("{\"unit\":");
	put_json_string(file);
	printf(",\"error\":");
	if (error)
		put_json_string(error);
	else
		printf("null");
	printf("}\n");
	free(error);
}

int main(int argc, char **argv)
{
	const char *args[MAX_ARGS];
	char *line = NULL, *rest, *dir, *file, *arg;
	CXIndex index = clang_createIndex(0, 0);
	size_t room = 0;
	int n;

	asked = argv + 1;
	nr_asked = argc - 1;
	while (getline(&line, &room, stdin) > 0) {
		line[strcspn(line, "\n")] = '\0';
		rest = line;
		dir = strsep(&rest, "\t");
		file = strsep(&rest, "\t");
		if (!file || chdir(dir))
			continue;
		for (n = 0; n < MAX_ARGS && (arg = strsep(&rest, "\t")); n++)
			args[n] = arg;
		lint_unit(index, file, args, n);
	}
	free(line);
	clang_disposeIndex(index);
	return ferror(stdout) || fflush(stdout);
}
