// SPDX-License-Identifier: GPL-2.0-only
/* Prints the table of all state, as README.md has it; compare_test checks it. */
#include "host_state_table.h"
#include "test_util.h"

static const struct row {
	const char *state, *encoding, *vmx, *svm, *why;
} rows[] = {
#define ROW(...) { __VA_ARGS__ },
	HOST_STATE_TABLE(ROW)
#undef ROW
};

int main(void)
{
	printf("| state | VMCS | VMX | SVM | |\n|---|---|---|---|---|\n");
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		printf("| `%s` | %s | %s | %s | %s |\n", rows[i].state, rows[i].encoding,
		       rows[i].vmx, rows[i].svm, rows[i].why);
	return 0;
}
