// SPDX-License-Identifier: GPL-2.0-only
/* Guest code of state_with_l2(): L1 and L2 take turns to load state and to exit to L0. */
#include "state_hop.h"
#include "x86/nested.h"

/*
 * Of three runs in a row two end in L2 and one in L1.  There are two on each CPU, so
 * hops have their turn at either level.
 */
#define L2_RUNS		2

/* The guest's copies count. */
static struct nested nested;
static void (*l1_step)(u64 id, u64 n), (*l2_step)(u64 id, u64 n);
static u64 steps;			/* of both: registers are not kept between them */

static void load_and_exit(void (*step)(u64 id, u64 n))
{
	step(0, steps);
	GUEST_SYNC(steps++);
}

static void l2_code(void)
{
	for (;;) {
		for (int i = 0; i < L2_RUNS; i++)
			load_and_exit(l2_step);
		l2_call(&nested);
	}
}

/** state_l1_code() - guest code of the only vCPU of its VM */
void state_l1_code(void)
{
	load_tr(GUEST_TSS);
	/* First, as L2 has its CR4 and XCR0 from L1. */
	load_and_exit(l1_step);
	nested_init(&nested, l2_code);
	nested_pass_msrs(&nested);
	for (;;) {
		nested_run(&nested);
		load_and_exit(l1_step);
	}
}

/** state_l1_prepare() - before the guest of @vcpu starts, with nested_supported() */
void state_l1_prepare(struct kvm_vcpu *vcpu, const struct state_ops *ops)
{
	nested_alloc(vcpu, &nested);
	l1_step = ops->guest_step;
	l2_step = ops->l2_step ?: ops->guest_step;
	sync_global_to_guest(vcpu->vm, l1_step);
	sync_global_to_guest(vcpu->vm, l2_step);
}
