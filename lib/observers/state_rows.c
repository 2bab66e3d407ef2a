// SPDX-License-Identifier: GPL-2.0-only
/* The rows of host_state_table.h, for programs. */
#include "host_state_table.h"
#include "state_rows.h"

const struct state_row state_rows[] = {
#define ROW(state, encoding, vmx, svm, why) { state, encoding, { vmx, svm }, why },
	HOST_STATE_TABLE(ROW)
#undef ROW
};

const size_t nr_state_rows = ARRAY_SIZE(state_rows);

/** state_has_word() - whether @list has @word, separated by commas */
bool state_has_word(const char *list, const char *word)
{
	size_t length = strlen(word);

	for (const char *at = list; (at = strstr(at, word)); at += length)
		if ((at == list || at[-1] == ' ') && (!at[length] || at[length] == ','))
			return true;
	return false;
}

/** state_row_of() - the row that names @field, or NULL */
const struct state_row *state_row_of(const char *field)
{
	for (size_t i = 0; i < nr_state_rows; i++)
		if (state_has_word(state_rows[i].state, field))
			return &state_rows[i];
	return NULL;
}
