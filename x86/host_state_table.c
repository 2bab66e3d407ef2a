// SPDX-License-Identifier: GPL-2.0-only
/* Prints the table of all state, as README.md has it; compare_test checks it. */
#include "state_rows.h"

int main(void)
{
	printf("| state | VMCS | VMX | SVM | |\n|---|---|---|---|---|\n");
	for (size_t i = 0; i < nr_state_rows; i++)
		printf("| `%s` | %s | %s | %s | %s |\n", state_rows[i].state,
		       state_rows[i].encoding, state_rows[i].places[0],
		       state_rows[i].places[1], state_rows[i].why);
	return 0;
}
