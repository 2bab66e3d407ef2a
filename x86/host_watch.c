// SPDX-License-Identifier: GPL-2.0-only
/*
 * Runs anybody's commands with the entry guard on all that they start, and says
 * which VM entries had a wrong host state, beside the command during which.
 *
 * KHS_WATCH is a folder with a file "commands", of lines NAME<tab>COMMAND, and a
 * file "cwd", the folder to run them in.  KHS_WATCH_ALL: watch all VMs, whoever's.
 */
#include <sys/prctl.h>

#include "command.h"
#include "observer.h"

struct command {
	char *name;
	char *line;
};

static struct command *commands;
static size_t nr_commands, next_command;
static char *cwd;

static FILE *open_in(const char *dir, const char *name)
{
	char path[4096];
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	file = fopen(path, "re");
	TEST_ASSERT(file, "cannot read %s", path);
	return file;
}

static void read_commands(const char *dir)
{
	FILE *file = open_in(dir, "cwd");
	char *line = NULL, *tab;
	size_t room = 0;

	TEST_ASSERT(getline(&cwd, &room, file) > 0, "%s/cwd is empty", dir);
	cwd[strcspn(cwd, "\n")] = '\0';
	fclose(file);

	file = open_in(dir, "commands");
	for (room = 0; getline(&line, &room, file) > 0; line = NULL, room = 0) {
		line[strcspn(line, "\n")] = '\0';
		tab = strchr(line, '\t');
		TEST_ASSERT(tab, "%s/commands: no tab in '%s'", dir, line);
		*tab = '\0';
		commands = realloc(commands, (nr_commands + 1) * sizeof(*commands));
		TEST_ASSERT(commands, "no memory for %zu commands", nr_commands);
		commands[nr_commands++] = (struct command) { line, tab + 1 };
	}
	free(line);
	fclose(file);
}

static void run_command(void)
{
	const struct command *command = &commands[next_command++];
	u64 entries;
	int status;

	/* Neither what the ones before go on to do nor what was wrong is this one's. */
	command_end_rest();
	if (!host_state_guard(test_options.guard))
		test_diag("the entry guard cannot be set anew: %s", strerror(errno));
	host_state_subtest_begins();
	test_diag("$ %s", command->line);
	status = command_run(command->line, cwd);
	/* Its own verdict stays its own. */
	entries = host_state_entries();
	test_count("status=%d entries=%llu", status, entries);
	/* A shell's 126 and 127. */
	if ((status == 126 || status == 127) && !entries)
		subtest_inconclusive("could not be run: exit status %d", status);
}

int main(int argc, char *argv[])
{
	const char *dir = getenv("KHS_WATCH");
	struct subtest *subtests;

	test_init(argc, argv, TEST_NO_KVM);
	TEST_REQUIRE(dir, "run_tests.sh watch runs this");
	host_state_guard_whom(getenv("KHS_WATCH_ALL") ? HOST_STATE_EVERYBODY :
			      HOST_STATE_DESCENDANTS);
	host_state_open();
	TEST_REQUIRE(host_state_available(), "%s", host_state_why_not());
	/* A command may want to load KVM's modules anew. */
	host_state_let_kvm_go();
	/* Whoever outlives its parent, a daemon, is a child of ours then. */
	TEST_ASSERT_OK(prctl(PR_SET_CHILD_SUBREAPER, 1));
	read_commands(dir);
	subtests = calloc(nr_commands + 1, sizeof(*subtests));
	TEST_ASSERT(subtests, "no memory for %zu commands", nr_commands);
	for (size_t i = 0; i < nr_commands; i++)
		subtests[i] = (struct subtest) { commands[i].name, run_command };
	subtests[nr_commands] = (struct subtest) { "entry_guard", host_state_entry_guard };
	return test_run(subtests, nr_commands + 1);
}
