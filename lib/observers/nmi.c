// SPDX-License-Identifier: GPL-2.0-only
/*
 * NMIs of the host.
 *
 * SysRq l asks all other CPUs for a backtrace, by an NMI, and waits for them.
 * That works without a PMU and prints some fifty lines for each CPU on the
 * console, none of which looks like a fault: so send few.
 */
#include <fcntl.h>
#include <linux/perf_event.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/klog.h>
#include <sys/mount.h>
#include <sys/syscall.h>

#include "cpus.h"
#include "host_state.h"
#include "kvm_util.h"
#include "nmi.h"

#define SYSRQ		"/proc/sysrq-trigger"	/* heeds no sysctl, only root */
#define CONSOLE_LEVEL	8			/* of klogctl() */
#define TRACEFS		"/sys/kernel/tracing"
#define KVM_EXIT_ID	TRACEFS "/events/kvm/kvm_exit/id"

static int exit_fd = -1;

static struct {
	int log;
	int level;
} hushed;

/** nmi_why_not() - NULL if NMIs can be sent, else the reason */
const char *nmi_why_not(void)
{
	return access(SYSRQ, W_OK) ? "no writable " SYSRQ ": needs root and MAGIC_SYSRQ" : NULL;
}

/* However the test ends: what the kernel says next is not to be missed. */
static void restore_level(void)
{
	if (hushed.level)
		klogctl(CONSOLE_LEVEL, NULL, hushed.level);
}

/**
 * nmi_hush() - keep the backtraces off the console, in the lab
 *
 * On the emulated serial line of a VM they take ten times as long as all the rest.
 * So they stay in the kernel's log until nmi_speak().  An oops raises the
 * console's level by itself.
 */
void nmi_hush(void)
{
	FILE *file;

	if (!getenv("KHS_LAB"))
		return;
	file = fopen("/proc/sys/kernel/printk", "r");
	hushed.log = open("/dev/kmsg", O_RDWR | O_NONBLOCK | O_CLOEXEC);
	TEST_ASSERT(file && fscanf(file, "%d", &hushed.level) == 1 && hushed.log >= 0,
		    "cannot read the kernel's log");
	fclose(file);
	test_on_exit(restore_level);
	TEST_ASSERT(lseek(hushed.log, 0, SEEK_END) >= 0 && !klogctl(CONSOLE_LEVEL, NULL, 4),
		    "cannot hush the console");
}

/** nmi_speak() - as before; what the kernel complained of meanwhile is said again */
void nmi_speak(void)
{
	static const char last[] = "<7>kvm_host_state: NMIs taken\n";
	char record[2048], again[1024], *text;
	ssize_t size;
	int len;

	if (!getenv("KHS_LAB"))
		return;
	/* What the last NMI printed reaches the console with the next message. */
	TEST_ASSERT(write(hushed.log, last, sizeof(last) - 1) > 0,
		    "cannot write to the kernel's log");
	TEST_ASSERT_OK(klogctl(CONSOLE_LEVEL, NULL, hushed.level));
	hushed.level = 0;
	while ((size = read(hushed.log, record, sizeof(record) - 1)) > 0 || errno == EPIPE) {
		record[size > 0 ? size : 0] = '\0';
		text = strchr(record, ';');
		if (size < 0 || !text)
			continue;
		if (strstr(text, "kvm_host_state: NMIs taken"))
			break;
		if (strstr(text, "WARNING: ") || strstr(text, "BUG")) {
			len = snprintf(again, sizeof(again), "<4>%.900s", text + 1);
			TEST_ASSERT(write(hushed.log, again, (size_t)len) == len,
				    "cannot write to the kernel's log");
		}
	}
	close(hushed.log);
}

/** nmi_send() - an NMI to each CPU but this one; returns when all have taken it */
void nmi_send(void)
{
	int fd = open(SYSRQ, O_WRONLY | O_CLOEXEC);

	TEST_ASSERT(fd >= 0 && write(fd, "l", 1) == 1, "cannot write to " SYSRQ);
	close(fd);
}

/** nmi_clear_counts() - none of any CPU */
void nmi_clear_counts(struct nmi_counts *counts)
{
	size_t size = (size_t)nr_cpu_ids() * sizeof(*counts->nr);

	if (!counts->nr)
		counts->nr = malloc(size);
	TEST_RESOURCE(counts->nr, "not enough memory for counts of %d CPUs", nr_cpu_ids());
	memset(counts->nr, 0, size);
}

/** nmi_read_counts() - the NMIs that each CPU has handled, by /proc/interrupts */
void nmi_read_counts(struct nmi_counts *counts)
{
	int *cpus = calloc((size_t)nr_cpu_ids(), sizeof(*cpus)), nr = 0;
	FILE *file = fopen("/proc/interrupts", "r");
	size_t size = 0;
	char *line = NULL, *at, *end;
	bool read;

	nmi_clear_counts(counts);
	counts->pmu = 0;
	read = cpus && file && getline(&line, &size, file) > 0;
	TEST_ASSERT(read, "cannot read /proc/interrupts");
	for (at = strstr(line, "CPU"); at && nr < nr_cpu_ids(); at = strstr(at + 3, "CPU"))
		cpus[nr++] = atoi(at + 3);
	while (getline(&line, &size, file) > 0) {
		bool nmi = strstr(line, "NMI:");

		at = strchr(line, ':');
		if (!at || (!nmi && !strstr(line, "PMI:")))
			continue;
		at++;
		for (int i = 0; i < nr; i++, at = end) {
			u64 count = strtoull(at, &end, 10);

			if (!nmi)
				counts->pmu += count;
			else if (cpus[i] < nr_cpu_ids())
				counts->nr[cpus[i]] = count;
		}
	}
	free(cpus);
	free(line);
	fclose(file);
}

static u64 read_kvm_exit_id(void)
{
	FILE *file = fopen(KVM_EXIT_ID, "r");
	u64 id = 0;

	if (!file)
		return 0;
	if (fscanf(file, "%llu", &id) != 1)
		id = 0;
	fclose(file);
	return id;
}

/**
 * nmi_exits_open() - count VM exits that an NMI caused, from now on
 *
 * By tracepoint kvm_exit, through perf: that needs no PMU.  The exit's reason comes
 * from the hardware, so it is an NMI that came while a guest was running, and
 * nothing else.  The event is this thread's and of those that it creates, so
 * that other processes' VMs do not count.  Where tracefs is not mounted it gets
 * mounted, for this process alone; call this before there are threads.
 *
 * Returns NULL, or the reason why these exits cannot be counted.
 */
const char *nmi_exits_open(void)
{
	/* SVM_EXIT_NMI; EXIT_REASON_EXCEPTION_NMI with a valid NMI, vector 2. */
	const char *filter = kvm_vendor() == HOST_STATE_SVM ? "exit_reason == 0x61" :
			     "exit_reason == 0 && intr_info == 0x80000202";
	struct perf_event_attr attr = {
		.type = PERF_TYPE_TRACEPOINT,
		.size = sizeof(attr),
		.inherit = 1,
	};

	attr.config = read_kvm_exit_id();
	if (!attr.config && !unshare(CLONE_NEWNS) &&
	    !mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) &&
	    !mount("tracefs", TRACEFS, "tracefs", 0, NULL))
		attr.config = read_kvm_exit_id();
	if (!attr.config)
		return "no " KVM_EXIT_ID ": exits cannot be counted by their reason";

	exit_fd = (int)syscall(SYS_perf_event_open, &attr, 0, -1, -1, PERF_FLAG_FD_CLOEXEC);
	if (exit_fd < 0)
		return "no perf events of tracepoints: exits cannot be counted";
	TEST_ASSERT_OK(ioctl(exit_fd, PERF_EVENT_IOC_SET_FILTER, filter));
	return NULL;
}

/** nmi_exits() - VM exits by NMIs since nmi_exits_open() */
u64 nmi_exits(void)
{
	u64 count = 0;

	if (exit_fd >= 0)
		TEST_ASSERT(read(exit_fd, &count, sizeof(count)) == sizeof(count),
			    "cannot read a perf event");
	return count;
}
