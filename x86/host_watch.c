// SPDX-License-Identifier: GPL-2.0-only
/*
 * Runs anybody's commands with the entry guard on all that they start, and says
 * which VM entries had a wrong host state, beside the command during which.
 *
 * KHS_WATCH is a folder with a file "commands", of lines NAME<tab>COMMAND, and a
 * file "cwd", the folder to run them in.  KHS_WATCH_ALL: watch all VMs, whoever's.
 */
#include <poll.h>
#include <sys/wait.h>

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

static pid_t start(const struct command *command, int *output)
{
	int pipes[2];
	pid_t pid;

	TEST_ASSERT_OK(pipe(pipes));
	pid = fork();
	TEST_RESOURCE(pid >= 0, "not enough processes");
	if (!pid) {
		dup2(pipes[1], STDOUT_FILENO);
		dup2(pipes[1], STDERR_FILENO);
		close(pipes[0]);
		close(pipes[1]);
		if (chdir(cwd)) {
			perror(cwd);
			_exit(127);
		}
		execl("/bin/sh", "sh", "-c", command->line, NULL);
		perror("/bin/sh");
		_exit(127);
	}
	close(pipes[1]);
	*output = pipes[0];
	return pid;
}

/* Prints the whole lines of @text as comments; returns what is left of it. */
static size_t print_lines(char *text, size_t size, bool all)
{
	char *line = text, *end;

	text[size] = '\0';
	while ((end = strchr(line, '\n')) || (all && *line)) {
		if (end)
			*end = '\0';
		test_diag("%s", line);
		line = end ? end + 1 : line + strlen(line);
	}
	size -= (size_t)(line - text);
	memmove(text, line, size);
	return size;
}

/* Its output until it ends.  What it leaves behind may hold the pipe open. */
static int follow(pid_t pid, int output)
{
	struct pollfd ready = { .fd = output, .events = POLLIN };
	s64 seconds = 0;
	char text[4096];
	size_t size = 0;
	int status = 0;
	bool ended = false;
	ssize_t got;

	for (;;) {
		test_progress("the command's seconds", seconds++, -1);
		if (poll(&ready, 1, 1000) > 0) {
			got = read(output, text + size, sizeof(text) - 1 - size);
			if (got <= 0)
				break;
			size = print_lines(text, size + (size_t)got,
					   size + (size_t)got == sizeof(text) - 1);
		} else if (ended) {
			break;
		}
		ended = ended || waitpid(pid, &status, WNOHANG) == pid;
	}
	print_lines(text, size, true);
	close(output);
	if (!ended)
		waitpid(pid, &status, 0);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static void run_command(void)
{
	const struct command *command = &commands[next_command++];
	int output, status;
	pid_t pid;

	test_diag("$ %s", command->line);
	pid = start(command, &output);
	status = follow(pid, output);
	/* Its own verdict stays its own. */
	test_count("status=%d entries=%llu", status, host_state_entries());
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
	read_commands(dir);
	subtests = calloc(nr_commands + 1, sizeof(*subtests));
	TEST_ASSERT(subtests, "no memory for %zu commands", nr_commands);
	for (size_t i = 0; i < nr_commands; i++)
		subtests[i] = (struct subtest) { commands[i].name, run_command };
	subtests[nr_commands] = (struct subtest) { "entry_guard", host_state_entry_guard };
	return test_run(subtests, nr_commands + 1);
}
