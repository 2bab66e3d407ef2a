// SPDX-License-Identifier: GPL-2.0-only
/*
 * The debug registers of the host after VM exits, by what they are for: perf
 * watchpoints of a thread that runs a guest.
 *
 * A guest that uses DR0 to DR7 has them in the CPU (KVM_DEBUGREG_WONT_EXIT), and
 * a VM exit restores DR7 alone, to 0x400.  KVM writes the host's back, if the
 * host has a breakpoint: all four addresses and DR7, or a watchpoint misses its
 * own variable and counts somebody else's.  A DR6 that stays the guest's makes
 * the next hit of one watchpoint look like a hit of all.
 *
 * Who debugs a guest (KVM_SET_GUEST_DEBUG) has KVM load addresses of his own for it,
 * at other places in vcpu_enter_guest(): every second vCPU is debugged.
 */
#include <sched.h>

#include "observer.h"
#include "state_hop.h"
#include "x86/debug_guest.h"

#define LOOKS		20	/* of a thread beside, in one go */
#define SETS		4	/* before one of that many runs the VMM sets the guest's */
#define HOPS		100	/* of no_watchpoint; --hops sets it */

static void debug_every_second(struct kvm_vcpu *vcpu)
{
	if (vcpu->id % 2)
		debug_guest_set(vcpu->fd, vcpu->id, 0);
}

static void begin(struct state_thread *t)
{
	watchpoints_open(&watchpoints_of[t->index]);
}

static void end(struct state_thread *t)
{
	watchpoints_close(&watchpoints_of[t->index]);
}

static void compare(struct state_thread *t, const char *who)
{
	u64 hits[NR_WATCHPOINTS], want[NR_WATCHPOINTS];
	struct violation v = {
		.observer = who, .cpu = sched_getcpu(), .from_cpu = t->from, .count = 1,
	};

	watchpoints_hit(&watchpoints_of[t->index], hits, want);
	for (int i = 0; i < NR_WATCHPOINTS; i++) {
		t->values++;
		if (hits[i] == want[i])
			continue;
		snprintf(v.field, sizeof(v.field), "DR%d", i);
		v.behaviour = hits[i] < want[i] ? "a watchpoint of this thread was not hit" :
						  "a watchpoint counts what is not its own";
		host_state_violation(&v);
	}
}

/*
 * What the VMM sets is the guest's alone, until it runs
 * (kvm_vcpu_ioctl_x86_set_debugregs(), kvm_arch_vcpu_ioctl_set_guest_debug()).
 */
static void set_debugregs(struct state_thread *t, int vcpu_fd)
{
	struct kvm_debugregs debug;

	TEST_ASSERT_OK(ioctl(vcpu_fd, KVM_GET_DEBUGREGS, &debug));
	TEST_ASSERT_OK(ioctl(vcpu_fd, KVM_SET_DEBUGREGS, &debug));
	compare(t, "behaviour, KVM_SET_DEBUGREGS");
	if (t->index % 2) {
		debug_guest_set(vcpu_fd, (u64)t->index, 0);
		compare(t, "behaviour, KVM_SET_GUEST_DEBUG");
	}
}

static int observe(struct state_thread *t, int vcpu_fd)
{
	if (vcpu_fd >= 0 && t->runs % SETS == 1)
		set_debugregs(t, vcpu_fd);
	return state_observe(t, vcpu_fd, LOOKS, compare);
}

static const struct state_ops ops = {
	.guest_step = debug_guest_step,
	.l2_step = debug_l2_step,
	.prepare = debug_every_second,
	.begin = begin,
	.end = end,
	.observe = observe,
};

static void load_for_ever(u64 id, u64 unused)
{
	(void)unused;
	for (u64 n = 0;; n++) {
		debug_l2_step(id, n);
		GUEST_SYNC(n);
	}
}

/* Each run ends by an exception whose DR6 KVM hands to the VMM (handle_exception_nmi()). */
static void single_step(struct kvm_vcpu *vcpu, u64 runs)
{
	u64 steps = 0;

	debug_guest_set(vcpu->fd, vcpu->id, KVM_GUESTDBG_SINGLESTEP);
	host_state_user(true);
	for (u64 i = 0; i < runs; i++) {
		vcpu_run(vcpu);
		steps += vcpu->run->exit_reason == KVM_EXIT_DEBUG;
	}
	host_state_user(false);
	test_count("steps=%llu", steps);
	if (!steps)
		subtest_inconclusive("none of %llu runs ended by a single step", runs);
}

/*
 * For a thread that watches something hw_breakpoint_restore() cleans DR6 as well.
 * For any other it is KVM that has to, on VMX; but for a guest that is debugged, and
 * never gets DR6 into the CPU (vcpu_enter_guest()).
 */
static void no_watchpoint(void)
{
	struct kvm_vcpu *vcpu;
	struct kvm_vm *vm;

	SUBTEST_REQUIRE(kvm_vendor() == HOST_STATE_VMX,
			"on SVM DR6 is the guest's until the next debug exception");
	vm = vm_create_with_one_vcpu(&vcpu, load_for_ever);
	vcpu_args_set(vcpu, 0, 0);
	hop_and_look_at_user(vcpu, default_hops(HOPS));
	debug_guest_set(vcpu->fd, vcpu->id, 0);
	hop_and_look_at_user(vcpu, default_hops(HOPS));
	single_step(vcpu, default_hops(HOPS));
	host_state_must_compare(HS_DR6);
	kvm_vm_free(vm);
}

static const struct subtest subtests[] = {
	STATE_SUBTESTS,
	{ "no_watchpoint", no_watchpoint },
};

int main(int argc, char *argv[])
{
	const char *why_not;

	test_init(argc, argv, TEST_KVM);
	state_use(&ops);
	why_not = watchpoints_why_not();
	TEST_REQUIRE(!why_not, "%s", why_not);
	return test_run(subtests, ARRAY_SIZE(subtests));
}
