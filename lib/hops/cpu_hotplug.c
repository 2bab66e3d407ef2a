// SPDX-License-Identifier: GPL-2.0-only
/*
 * Taking CPUs offline, and bringing them back whatever happens.
 *
 * One process alone writes to sysfs: a child, the keeper.  It does what it is
 * asked over a socket, one request after the other.  When the socket closes
 * the test is over, in whatever way - by SIGKILL too - and the keeper brings
 * back every CPU that it took, and what the kernel took from the settings that
 * name them.  Nobody can take another one after that.
 *
 * It keeps the test's standard output open until then: a runner that reads the
 * test's output to its end starts the next test with all CPUs.
 */
#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include "cpu_hotplug.h"
#include "cpus.h"

enum action { OFFLINE, ONLINE, PUT_BACK };

struct request {
	enum action action;
	int cpu;
};

static int to_keeper = -1;
static pid_t keeper;
static int cpus[HOTPLUG_MAX_CPUS], nr_cpus;

static void control_path(int cpu, char *path, size_t size)
{
	snprintf(path, size, "/sys/devices/system/cpu/cpu%d/online", cpu);
}

/*
 * CPU 0 stays: newer kernels refuse it, and on older ones firmware and
 * interrupts may depend on it.
 */
static bool has_control(int cpu)
{
	char path[64];

	control_path(cpu, path, sizeof(path));
	return cpu > 0 && !access(path, W_OK);
}

static bool is_online(int cpu)
{
	char path[64], state;
	int fd;

	control_path(cpu, path, sizeof(path));
	fd = open(path, O_RDONLY | O_CLOEXEC);
	TEST_ASSERT(fd >= 0 && read(fd, &state, 1) == 1, "cannot read %s", path);
	close(fd);
	return state == '1';
}

static int keeper_writes(int cpu, bool online)
{
	char path[64];
	int fd, ret;

	control_path(cpu, path, sizeof(path));
	fd = open(path, O_WRONLY);
	if (fd < 0)
		return errno;
	ret = write(fd, online ? "1" : "0", 1) == 1 ? 0 : errno;
	close(fd);
	return ret;
}

static __noreturn void keep(void)
{
	bool *taken = calloc((size_t)nr_cpu_ids(), sizeof(*taken));
	struct request request;
	sigset_t all;
	int ret;

	if (!taken)
		_exit(EXIT_FAILURE);
	kept_files_save();
	/*
	 * Nothing that is sent to the test's process group may end this, nor what a
	 * service manager sends to all that a test left behind.
	 */
	setsid();
	sigfillset(&all);
	sigprocmask(SIG_BLOCK, &all, NULL);
	prctl(PR_SET_NAME, "cpu-keeper");
	while (recv(STDIN_FILENO, &request, sizeof(request), 0) == sizeof(request)) {
		ret = 0;
		if (request.action == PUT_BACK)
			kept_files_restore();
		else
			ret = keeper_writes(request.cpu, request.action == ONLINE);
		if (!ret && request.action != PUT_BACK)
			taken[request.cpu] = request.action == OFFLINE;
		send(STDIN_FILENO, &ret, sizeof(ret), MSG_NOSIGNAL);
	}
	for (int cpu = 0; cpu < nr_cpu_ids(); cpu++) {
		ret = taken[cpu] ? keeper_writes(cpu, true) : 0;
		if (ret)
			dprintf(STDOUT_FILENO, "# cpu %d does not come back online: %s\n",
				cpu, strerror(ret));
	}
	kept_files_restore();
	fflush(stdout);
	_exit(EXIT_SUCCESS);
}

/* Every way out; what a signal handler may call, and nothing else. */
static void bring_back(void)
{
	shutdown(to_keeper, SHUT_RDWR);
	while (waitpid(keeper, NULL, 0) < 0 && errno == EINTR)
		;
}

static void start_keeper(void)
{
	int sockets[2];

	TEST_RESOURCE(!socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sockets),
		      "not enough files");
	fflush(stdout);
	keeper = fork();
	TEST_RESOURCE(keeper >= 0, "not enough processes");
	if (!keeper) {
		dup2(sockets[1], STDIN_FILENO);
		/* KVM and the guard must go when the test goes. */
		close_range(STDERR_FILENO + 1, ~0U, 0);
		keep();
	}
	close(sockets[1]);
	to_keeper = sockets[0];
	test_on_exit(bring_back);
}

/* Returns 0 when it is done, or the kernel's errno. */
static int ask_keeper(enum action action, int cpu)
{
	static const char * const doing[] = {
		[OFFLINE] = "offline of cpu",
		[ONLINE] = "online of cpu",
		[PUT_BACK] = "settings of cpu",
	};
	struct request request = { .action = action, .cpu = cpu };
	int ret;

	test_progress(doing[action], cpu, -1);
	TEST_ASSERT(send(to_keeper, &request, sizeof(request), MSG_NOSIGNAL) == sizeof(request) &&
		    recv(to_keeper, &ret, sizeof(ret), 0) == sizeof(ret),
		    "the process that takes CPUs offline is gone");
	return ret;
}

/**
 * cpu_offline() - take @cpu offline, one of hotplug_cpu()
 *
 * Returns false, and skips the subtest, where the kernel refuses: it went before,
 * but by now there may be work that must not move.
 */
bool cpu_offline(int cpu)
{
	errno = ask_keeper(OFFLINE, cpu);
	if (errno == EBUSY || errno == ENOSPC || errno == EPERM) {
		subtest_skip("cpu %d refuses to go offline now: %s", cpu, strerror(errno));
		return false;
	}
	TEST_ASSERT(!errno, "cpu %d went offline before, and now does not", cpu);
	TEST_ASSERT(!is_online(cpu), "cpu %d went offline and says it is online", cpu);
	return true;
}

/** hotplug_put_back() - the settings that name CPUs, as they were at first */
void hotplug_put_back(void)
{
	ask_keeper(PUT_BACK, -1);
}

/** cpu_online() - bring @cpu back; it must work */
void cpu_online(int cpu)
{
	errno = ask_keeper(ONLINE, cpu);
	TEST_ASSERT(!errno, "cpu %d does not come back", cpu);
	TEST_ASSERT(is_online(cpu), "cpu %d came back and says it is offline", cpu);
}

/**
 * hotplug_find() - find CPUs that go offline and come back, after test_init()
 *
 * A CPU with work that must not move may refuse, so each one has to do it once.
 * Returns why there are none, or NULL.
 */
const char *hotplug_find(void)
{
	static char why_not[80];
	int nr = nr_allowed_cpus(), ret = 0;

	if (geteuid())
		return "only root may take CPUs offline";
	start_keeper();
	for (int i = 0; i < nr && nr_cpus < HOTPLUG_MAX_CPUS; i++) {
		int cpu = allowed_cpu((int)((test_options.seed + (u64)i) % (u64)nr));

		if (!has_control(cpu))
			continue;
		ret = ask_keeper(OFFLINE, cpu);
		if (ret) {
			test_diag("cpu %d cannot go offline: %s", cpu, strerror(ret));
			continue;
		}
		cpu_online(cpu);
		cpus[nr_cpus++] = cpu;
	}
	if (nr_cpus)
		return NULL;
	snprintf(why_not, sizeof(why_not), "no allowed CPU can go offline: %s",
		 ret ? strerror(ret) : "no /sys/devices/system/cpu/cpuN/online to write to");
	return why_not;
}

/** hotplug_init() - hotplug_find(), and the test is skipped where there are none */
void hotplug_init(void)
{
	const char *why_not = hotplug_find();

	TEST_REQUIRE(!why_not, "%s", why_not);
}

/** nr_hotplug_cpus() - how many CPUs hotplug_init() has found */
int nr_hotplug_cpus(void)
{
	return nr_cpus;
}

/** hotplug_cpu() - the @i-th CPU that can go offline, from 0; never CPU 0 */
int hotplug_cpu(int i)
{
	return cpus[i];
}
