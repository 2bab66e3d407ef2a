// SPDX-License-Identifier: GPL-2.0-only
/*
 * ioperm() of threads on a CPU where vCPUs run whose own threads have none.
 *
 * A thread's I/O permission bitmap is copied into the CPU's TSS.  A VM exit on VMX
 * cuts the TSS limit short of it, for every thread on that CPU; all that has the
 * next owner of a bitmap reload TR is a mark on the CPU, which KVM sets whether its
 * own thread has one or not (invalidate_tss_limit in asm/desc.h, 6.1 to 7.3).  And
 * what keeps others out is the I/O map base in the TSS alone: the last owner's bitmap
 * stays where it was (tss_invalidate_io_bitmap in arch/x86/kernel/process.c).
 *
 * Each thread takes a port and gives it back.  vCPUs run while theirs has none, and
 * preempt the others while those have it, and while they do not.
 *
 * Needs no module, only CAP_SYS_RAWIO for ioperm().
 */
#include <sched.h>
#include <sys/io.h>
#include <sys/ioctl.h>

#include "observer.h"
#include "state_hop.h"
#include "x86/io_port.h"
#include "x86/processor.h"

#define LOOKS	8		/* of a thread beside: with the port, and without */
#define ROUNDS	200		/* of a loop in user mode, before each */

static const struct violation unreachable = {
	.field = "TR_LIMIT",
	.behaviour = "ioperm bitmap not reachable through TR, by limit or base",
};

static const struct violation left_open = {
	.field = "IO_MAP_BASE",		/* of the TSS */
	.behaviour = "a port works without ioperm, by the bitmap of its last owner",
};

static void look(struct state_thread *t, const char *who, bool granted)
{
	struct violation v = granted ? unreachable : left_open;

	t->values++;
	if (port_read_works(POST_PORT) == granted)
		return;
	v.observer = who;
	v.cpu = sched_getcpu();
	v.from_cpu = t->from;
	v.count = 1;
	host_state_violation(&v);
}

/* To be preempted at any time, and where it gives way by itself. */
static void look_again_and_again(struct state_thread *t, bool granted)
{
	for (int i = 0; i < LOOKS; i++) {
		if (i % 4)
			for (int n = 0; n < ROUNDS; n++)
				cpu_relax();
		else
			sched_yield();
		look(t, "behaviour, beside a vCPU", granted);
	}
}

static int observe(struct state_thread *t, int vcpu_fd)
{
	int ret = 0;

	if (vcpu_fd >= 0) {
		ret = ioctl(vcpu_fd, KVM_RUN, 0) ? -errno : 0;
		look(t, "behaviour", false);
	}
	TEST_ASSERT_OK(ioperm(POST_PORT, 1, 1));
	look(t, "behaviour", true);
	if (vcpu_fd < 0)
		look_again_and_again(t, true);
	TEST_ASSERT_OK(ioperm(POST_PORT, 1, 0));
	if (vcpu_fd < 0)
		look_again_and_again(t, false);
	return ret;
}

/* All that matters is that it is entered. */
static void guest_step(u64 id, u64 n)
{
	(void)id;
	(void)n;
}

static const struct state_ops ops = {
	.guest_step = guest_step,
	.observe = observe,
};

static const struct subtest subtests[] = { STATE_SUBTESTS };

int main(int argc, char *argv[])
{
	test_init(argc, argv, TEST_KVM);
	state_use(&ops);
	ioperm_require(POST_PORT);
	TEST_ASSERT_OK(ioperm(POST_PORT, 1, 0));
	return test_run(subtests, ARRAY_SIZE(subtests));
}
