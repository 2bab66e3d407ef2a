// SPDX-License-Identifier: GPL-2.0-only
/*
 * What verification costs: hops between runs with the entry guard, with the
 * snapshot, with both (a verified hop), and with all observers off, block by
 * block in turn, in one run.  Each block is compared with the one without
 * observers of the same turn, which saw the same machine; the median of these
 * ratios counts, and where they are spread too widely there is no figure.
 */
#include <time.h>

#include "hop_vm.h"
#include "observer.h"
#include "x86/processor.h"

#define BLOCK	24	/* hops; short, so that both see the same machine */
#define WARM_UP	24
#define BLOCKS	1000	/* at most, of each kind */
#define HOPS	4000	/* of each kind; --hops sets it */
#define SPREAD	300	/* permille of the median: wider quartiles tell nothing */

static struct hop_stats stats;

static bool believe(struct kvm_vcpu *vcpu, int from, int to)
{
	(void)vcpu;
	(void)from;
	(void)to;
	return true;
}

static u64 now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (u64)ts.tv_sec * 1000000000 + (u64)ts.tv_nsec;
}

/* Bit 0: the snapshot, bit 1: the guard. */
enum kind { OFF, SNAPSHOT, GUARD, VERIFIED, NR_KINDS };

static u64 ns[NR_KINDS][BLOCKS];

static u64 block(struct kvm_vcpu *vcpu, u64 n, u32 kind)
{
	hop_check_fn check = kind & SNAPSHOT ? hop_vm_check_tr : believe;
	u64 start;

	/*
	 * Switching the guard patches the kernel's text, which an emulator then
	 * translates anew: the first hops are not what is measured.
	 */
	TEST_ASSERT(host_state_guard(kind & GUARD ? test_options.guard : HOST_STATE_GUARD_OFF),
		    "cannot set the entry guard");
	migrate_between_runs(vcpu, WARM_UP, test_options.seed + n, check, &stats);
	start = now_ns();
	migrate_between_runs(vcpu, BLOCK, test_options.seed + n, check, &stats);
	return now_ns() - start;
}

static int compare_u64(const void *a, const void *b)
{
	const u64 *x = a, *y = b;

	return *x < *y ? -1 : *x > *y;
}

/* Of sorted values: what lies between the quartiles, and where the middle is. */
static u64 median(u64 *values, u64 nr, u64 *spread)
{
	qsort(values, nr, sizeof(*values), compare_u64);
	*spread = values[nr * 3 / 4] - values[nr / 4];
	return values[nr / 2];
}

static void report(const char *name, const u64 *with, const u64 *without, u64 nr)
{
	static u64 ratio[BLOCKS];
	u64 spread, middle;

	for (u64 n = 0; n < nr; n++)
		ratio[n] = with[n] * 1000 / without[n];
	middle = median(ratio, nr, &spread);
	if (spread * 1000 > middle * SPREAD)
		test_diag("%s: no figure, quartiles %llu permille apart: the machine is busy",
			  name, spread);
	else
		test_count("%s_permille=%llu spread_permille=%llu", name, middle, spread);
}

static void bench(void)
{
	u64 blocks = default_hops(HOPS) / BLOCK, middle[NR_KINDS], spread;
	struct kvm_vcpu *vcpu;
	struct kvm_vm *vm = vm_create_with_one_vcpu(&vcpu, guest_exit_for_ever);

	blocks = blocks < 1 ? 1 : blocks > BLOCKS ? BLOCKS : blocks;
	block(vcpu, 0, OFF);		/* warm up */
	for (u64 n = 0; n < blocks; n++)
		/* Which one goes first changes from turn to turn. */
		for (u64 i = n; i < n + NR_KINDS; i++)
			ns[i % NR_KINDS][n] = block(vcpu, n, i % NR_KINDS);
	report("verified", ns[VERIFIED], ns[OFF], blocks);
	report("guard", ns[GUARD], ns[OFF], blocks);
	report("snapshot", ns[SNAPSHOT], ns[OFF], blocks);
	for (int i = 0; i < NR_KINDS; i++)
		middle[i] = median(ns[i], blocks, &spread);
	test_count("hops=%llu verified_per_s=%llu unverified_per_s=%llu", blocks * BLOCK,
		   BLOCK * 1000000000ULL / middle[VERIFIED],
		   BLOCK * 1000000000ULL / middle[OFF]);
	kvm_vm_free(vm);
}

static const struct subtest subtests[] = {
	{ "bench", bench },
};

int main(int argc, char *argv[])
{
	test_init(argc, argv, TEST_KVM);
	TEST_REQUIRE(host_state_available(), "%s", host_state_why_not());
	TEST_REQUIRE(nr_allowed_cpus() > 1, "one CPU: nowhere to hop to");
	return test_run(subtests, ARRAY_SIZE(subtests));
}
