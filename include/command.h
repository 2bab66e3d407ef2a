/* SPDX-License-Identifier: GPL-2.0-only */
/* A line of the shell, run to its end. */
#ifndef COMMAND_H
#define COMMAND_H

int command_run(const char *line, const char *cwd);
void command_end_rest(void);

#endif /* COMMAND_H */
