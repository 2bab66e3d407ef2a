// SPDX-License-Identifier: GPL-2.0-only
/*
 * In a kernel tree nobody inserts the module that is built with the tests.  So a
 * test loads it, if it may, and unloads what it loaded.
 *
 * A child does the latter, for a test may be killed.  It waits for the end of a
 * pipe that this process and all that it forks hold open.
 */
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "observer.h"
#include "test_util.h"

static pid_t janitor;
static pid_t owner;
static int life;		/* held open, never written to */

/* make leaves it above the tests' folder, make install beside them. */
static int open_beside(void)
{
	static const char * const places[] = { "/kvm_host_state.ko", "/../kvm_host_state.ko" };
	char path[PATH_MAX];
	ssize_t length = readlink("/proc/self/exe", path, sizeof(path) - 32);
	char *name;
	int fd = -1;

	if (length < 0)
		return -1;
	path[length] = '\0';
	name = strrchr(path, '/');
	for (size_t i = 0; name && fd < 0 && i < ARRAY_SIZE(places); i++) {
		snprintf(name, 32, "%s", places[i]);
		fd = open(path, O_RDONLY | O_CLOEXEC);
	}
	return fd;
}

/* The last holders may still be on their way out: 5 s are plenty. */
static __noreturn void clean_up_after(int end)
{
	char none;
	sigset_t all;

	/*
	 * No terminal, no harness shall wait for this one; nor may a service manager
	 * that ends what a test left behind.
	 */
	setsid();
	sigfillset(&all);
	sigprocmask(SIG_BLOCK, &all, NULL);
	close_range(0, (unsigned int)end - 1, 0);
	close_range((unsigned int)end + 1, ~0U, 0);
	while (read(end, &none, 1) < 0 && errno == EINTR)
		;
	for (int i = 0; i < 50; i++) {
		if (!syscall(SYS_delete_module, "kvm_host_state", O_NONBLOCK) || errno == ENOENT)
			break;
		usleep(100000);
	}
	_exit(0);
}

/* The next test shall not find the device of a module that is about to go. */
static void wait_for_janitor(void)
{
	if (getpid() != owner)
		return;
	close_range(STDERR_FILENO + 1, ~0U, 0);
	waitpid(janitor, NULL, 0);
}

/**
 * own_module_load() - load the module that was built with this test
 *
 * Returns 0 or -errno: -ENOENT if there is none, else why it does not load: the
 * kernel takes only what was built for it.
 */
int own_module_load(void)
{
	int fd = open_beside();
	int ends[2], tries = 100;
	int error;

	if (fd < 0) {
		errno = ENOENT;
		return -ENOENT;
	}
	/*
	 * EAGAIN: no CPU was found without a guest's system call MSRs, which a thread
	 * leaves there until it returns to user mode.  This one has just done that.
	 */
	do {
		error = syscall(SYS_finit_module, fd, "", 0) ? -errno : 0;
	} while (error == -EAGAIN && --tries);
	close(fd);
	if (error)
		return error == -EEXIST ? 0 : error;
	owner = getpid();
	fflush(NULL);
	janitor = pipe2(ends, O_CLOEXEC) ? -1 : fork();
	if (janitor < 0) {
		error = errno;
		syscall(SYS_delete_module, "kvm_host_state", O_NONBLOCK);
		errno = error;
		TEST_RESOURCE(false, "nobody to unload the module afterwards");
	}
	if (!janitor)
		clean_up_after(ends[0]);
	close(ends[0]);
	life = ends[1];
	TEST_ASSERT_OK(atexit(wait_for_janitor));
	return 0;
}
