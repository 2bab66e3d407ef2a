// SPDX-License-Identifier: GPL-2.0-only
/*
 * Prints the table of all state, as README.md has it.  Exits with 1 where a field
 * of the module's is missing in it.
 */
#include "host_state_table.h"
#include "observer.h"

static const struct row {
	const char *state, *encoding, *vmx, *svm, *why;
} rows[] = {
#define ROW(...) { __VA_ARGS__ },
	HOST_STATE_TABLE(ROW)
#undef ROW
};

static bool has_row(const char *field)
{
	size_t length = strlen(field);

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		if (!strncmp(rows[i].state, field, length) &&
		    strchr(".,", rows[i].state[length]))
			return true;
	return false;
}

int main(void)
{
	int status = 0;

	printf("| state | VMCS | VMX | SVM | |\n|---|---|---|---|---|\n");
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		printf("| `%s` | %s | %s | %s | %s |\n", rows[i].state, rows[i].encoding,
		       rows[i].vmx, rows[i].svm, rows[i].why);
	for (u32 field = 0; field < HS_NR_FIELDS; field++) {
		if (has_row(host_state_field_name(field)))
			continue;
		fprintf(stderr, "%s has no row\n", host_state_field_name(field));
		status = 1;
	}
	return status;
}
