/* SPDX-License-Identifier: GPL-2.0-only */
/* The rows of host_state_table.h, for programs. */
#ifndef STATE_ROWS_H
#define STATE_ROWS_H

#include "test_util.h"

struct state_row {
	const char *state, *encoding;
	const char *places[2];		/* on VMX, on SVM */
	const char *why;
};

extern const struct state_row state_rows[];
extern const size_t nr_state_rows;

bool state_has_word(const char *list, const char *word);
const struct state_row *state_row_of(const char *field);

#endif /* STATE_ROWS_H */
