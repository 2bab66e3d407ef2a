// SPDX-License-Identifier: GPL-2.0-only
/* Anybody's command, which prints and ends as it likes. */
#include <dirent.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>

#include "command.h"
#include "test_util.h"

/* What a command leaves behind may go on to print; so long it is listened to. */
#define SECONDS_AFTER	5
/* A command without output is no standstill, and whoever reads along is to know. */
#define SECONDS_SILENT	60

/* The runner has stdbuf, whose library every command would be started with. */
static void forget_stdbuf(void)
{
	char *preload = getenv("LD_PRELOAD"), *own;

	unsetenv("_STDBUF_I");
	unsetenv("_STDBUF_O");
	unsetenv("_STDBUF_E");
	own = preload ? strstr(preload, "libstdbuf.so") : NULL;
	if (!own)
		return;
	while (own > preload && own[-1] != ':')
		own--;
	if (own == preload)
		unsetenv("LD_PRELOAD");
	else
		own[-1] = '\0';
}

/* In a process group of its own: a script that ends its group shall not end us. */
static pid_t start(const char *line, const char *cwd, int *output)
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
		setpgid(0, 0);
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		forget_stdbuf();
		if (chdir(cwd)) {
			perror(cwd);
			_exit(127);
		}
		execl("/bin/sh", "sh", "-c", line, NULL);
		perror("/bin/sh");
		_exit(127);
	}
	close(pipes[1]);
	*output = pipes[0];
	return pid;
}

/*
 * Prints the whole lines of @text, each behind a mark that none of our own lines has;
 * returns what is left of it.
 */
static size_t print_lines(char *text, size_t size, bool all)
{
	char *line = text, *end;

	text[size] = '\0';
	while ((end = strchr(line, '\n')) || (all && *line)) {
		if (end)
			*end = '\0';
		test_diag("| %s", line);
		line = end ? end + 1 : line + strlen(line);
	}
	size -= (size_t)(line - text);
	memmove(text, line, size);
	return size;
}

static s64 seconds_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec;
}

/* Reads once; a NUL would end a line for us.  Returns false at the end of all output. */
static bool read_lines(int output, char *text, size_t room, size_t *size)
{
	ssize_t got = read(output, text + *size, room - 1 - *size);

	for (ssize_t i = 0; i < got; i++)
		text[*size + (size_t)i] = text[*size + (size_t)i] ?: '?';
	if (got > 0)
		*size = print_lines(text, *size + (size_t)got, *size + (size_t)got == room - 1);
	return got > 0;
}

/* Its output until it ends.  It may close that early, or leave somebody who has it open. */
static int follow(pid_t pid, int output)
{
	struct pollfd ready = { .fd = output, .events = POLLIN };
	s64 heard = seconds_now(), ended = 0;
	char text[4096];
	size_t size = 0;
	int status = 0;

	while (!ended || (ready.fd >= 0 && seconds_now() - ended < SECONDS_AFTER)) {
		test_progress("the command, in second", seconds_now(), -1);
		if (poll(&ready, 1, 1000) > 0) {
			if (!read_lines(output, text, sizeof(text), &size))
				ready.fd = -1;
			heard = seconds_now();
		} else if (ended) {
			break;
		}
		if (seconds_now() - heard >= SECONDS_SILENT) {
			test_diag("no output for %d s", SECONDS_SILENT);
			heard = seconds_now();
		}
		if (!ended && waitpid(pid, &status, WNOHANG) == pid)
			ended = seconds_now();
	}
	print_lines(text, size, true);
	close(output);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

/**
 * command_run() - run a command to its end; what it prints are diagnostics
 * @line: for the shell
 * @cwd: the folder to run it in
 *
 * Feeds the watchdog.  Returns its exit status, or 128 and the signal that ended it.
 */
int command_run(const char *line, const char *cwd)
{
	int output;
	pid_t pid;

	pid = start(line, cwd, &output);
	return follow(pid, output);
}

/* The fourth field of /proc/PID/stat; the second may hold anything. */
static pid_t parent_of(const char *pid)
{
	char path[300], text[512] = "", *end;
	FILE *file;
	int parent = 0;

	snprintf(path, sizeof(path), "/proc/%s/stat", pid);
	file = fopen(path, "re");
	if (!file)
		return 0;
	if (fgets(text, sizeof(text), file)) {
		end = strrchr(text, ')');
		if (!end || sscanf(end, ") %*c %d", &parent) != 1)
			parent = 0;
	}
	fclose(file);
	return parent;
}

static int kill_children(void)
{
	DIR *proc = opendir("/proc");
	struct dirent *entry;
	int nr = 0;

	while (proc && (entry = readdir(proc)))
		if (entry->d_name[0] >= '1' && entry->d_name[0] <= '9' &&
		    parent_of(entry->d_name) == getpid() &&
		    !kill(atoi(entry->d_name), SIGKILL))
			nr++;
	if (proc)
		closedir(proc);
	return nr;
}

/**
 * command_end_rest() - end what the commands before have left running
 *
 * For a process that is PR_SET_CHILD_SUBREAPER: with each that is gone, what it had
 * started becomes a child of ours.
 */
void command_end_rest(void)
{
	int nr, all = 0;

	for (int round = 0; round < 100; round++) {
		while (waitpid(-1, NULL, WNOHANG) > 0)
			;
		nr = kill_children();
		if (!nr)
			break;
		all += nr;
		usleep(20000);
	}
	if (all)
		test_diag("ended what was left running: %d processes", all);
}
