// SPDX-License-Identifier: GPL-2.0-only
/* A VM whose guest is a hypervisor with an L2, and which hops at one of both levels. */
#include "x86/nested.h"
#include "x86/nested_vm.h"

#define PAUSES		16	/* in a round */

/* The guest's copies count. */
static int hop_level;
static bool hop_during_run;
static struct nested nested;
static u64 rounds, stop;

/* Where the vCPU hops, in L1 or in L2. */
static void let_it_hop(void)
{
	if (!hop_during_run) {
		GUEST_SYNC((u64)hop_level);
		return;
	}
	WRITE_ONCE(rounds, rounds + 1);
	/* An exit of L2 cleared IF; why it is wanted says lib/harness/x86/vmx.c. */
	asm volatile("sti" : : : "memory");
	for (int i = 0; i < PAUSES; i++)
		cpu_relax();
}

/* After a hop in L2 between runs, L2 goes on, L1 follows, L2 is entered anew. */
static void l2_code(void)
{
	while (!READ_ONCE(stop)) {
		if (hop_level == 2)
			let_it_hop();
		if (hop_level == 1 || !hop_during_run)
			l2_call(&nested);
	}
	GUEST_DONE();
}

static void l1_code(void)
{
	load_tr(GUEST_TSS);
	nested_init(&nested, l2_code);
	for (;;) {
		nested_run(&nested);
		if (hop_level == 1)
			let_it_hop();
		l1_fault(&nested);
	}
}

/**
 * nested_vm_create() - a VM with one vCPU, with nested_supported()
 * @level: 1 or 2: which level is active whenever the vCPU may hop
 * @during_run: it may while it counts rounds, with no exit to L0; else its guest calls
 *	GUEST_SYNC(@level)
 *
 * Each time that L2 has exited, L1 takes an exception on the stack that its TSS names;
 * but L2 does not exit to L1 where @level is 2 and @during_run is set.
 */
struct nested_vm nested_vm_create(int level, bool during_run)
{
	struct nested_vm n;

	/* The VM's image is a copy of this one. */
	hop_level = level;
	hop_during_run = during_run;
	n.vm = vm_create_with_one_vcpu(&n.vcpu, l1_code);
	nested_alloc(n.vcpu, &nested);
	n.l2_tss = nested.l2_tss;
	n.round = guest_copy(n.vm, rounds);
	n.stop = guest_copy(n.vm, stop);
	return n;
}
