// SPDX-License-Identifier: GPL-2.0-only
/*
 * LDTR of the host after VM exits, while vCPUs move.
 *
 * A VM exit on VMX makes LDTR null (SDM volume 3, 28.5.2), and KVM repairs it later;
 * on SVM it comes back with VMLOAD.  The LDT is used here as Wine or a DOS emulator
 * would: segments in it are loaded across runs and hops, and anew after each.
 */
#include "hop_vm.h"
#include "observer.h"
#include "x86/desc_tables.h"
#include "x86/segments.h"

#define HOPS		1000
#define LDT_ENTRIES	2

static struct hop_stats stats;
static u64 values;			/* compared */

static u64 ldt_words[LDT_ENTRIES] = { 0x1d70001, 0x1d70002 };
static u16 ldt_selectors[LDT_ENTRIES];
static struct host_state with_ldt;	/* a snapshot from before the runs */

static void count_values(int nr)
{
	__atomic_fetch_add(&values, (u64)nr, __ATOMIC_RELAXED);
}

static void load_gs(u16 selector)
{
	asm volatile("mov %0, %%gs" : : "r"((u32)selector) : "memory");
}

static void expect_gs(int cpu, int from, u16 want, u64 word)
{
	u16 selector;
	u64 got;

	asm volatile("mov %%gs, %0" : "=r"(selector));
	if (!host_state_expect("user mode", "GS_SELECTOR", cpu, from, selector, want) || !want)
		return;
	asm volatile("mov %%gs:0, %0" : "=r"(got));
	host_state_expect("user mode", "GS_MEMORY", cpu, from, got, word);
	count_values(2);
}

/* Every other run has the LDT's segment loaded; all of them can load it after. */
static bool check_ldt(struct kvm_vcpu *vcpu, int from, int to)
{
	static __thread u16 loaded;
	u16 selector = ldt_selectors[vcpu->id % LDT_ENTRIES];
	u64 word = ldt_words[vcpu->id % LDT_ENTRIES];
	struct host_state hs;
	u64 limit = 0;

	expect_gs(to, from, loaded, word);
	host_state_snapshot(&hs);
	count_values(desc_tables_check(&hs, to, from));
	host_state_expect("snapshot", "LDTR_SELECTOR", to, from,
			  hs.cpu_holds.value[HS_LDTR_SELECTOR], HOST_LDTR_SELECTOR);
	if (host_state_has(hs.cpu_holds.mask, HS_LDTR_BASE) &&
	    host_state_has(with_ldt.cpu_holds.mask, HS_LDTR_BASE))
		host_state_expect("snapshot", "LDTR_BASE", to, from,
				  hs.cpu_holds.value[HS_LDTR_BASE],
				  with_ldt.cpu_holds.value[HS_LDTR_BASE]);
	/* LSL does not fault where MOV would; where there is no segment, 0 stays. */
	asm volatile("lsl %1, %0" : "+r"(limit) : "r"((u64)selector) : "cc");
	count_values(3);
	if (!host_state_expect("user mode", "LDT_LIMIT", to, from, limit, sizeof(u64) - 1))
		return true;
	load_gs(selector);
	expect_gs(to, from, selector, word);
	loaded = loaded ? 0 : selector;
	load_gs(loaded);
	return true;
}

/* The LDT is the whole process': it stays as it is while a vCPU runs. */
static void hop_with_ldt(int nr)
{
	for (int i = 0; i < LDT_ENTRIES; i++)
		ldt_selectors[i] = ldt_set(i, &ldt_words[i], sizeof(u64));
	host_state_snapshot(&with_ldt);
	values = 0;
	hop_stats_clear(&stats);
	hop_vm_between_runs(nr, default_hops(HOPS), check_ldt, NULL, &stats);
	for (int i = 0; i < LDT_ENTRIES; i++)
		ldt_clear(i);
	test_count("values=%llu user_mode_sees=%d", values, !desc_tables_are_hidden());
	hop_stats_report(&stats);
	if (!values)
		subtest_inconclusive("nobody looked");
}

static void ldt_between_runs(void)
{
	hop_with_ldt(1);
}

static void ldt_several_vcpus(void)
{
	hop_with_ldt(hop_vm_vcpus());
}

static const struct subtest subtests[] = {
	{ "ldt_between_runs", ldt_between_runs },
	{ "ldt_several_vcpus", ldt_several_vcpus },
};

int main(int argc, char *argv[])
{
	test_init(argc, argv, TEST_KVM);
	TEST_REQUIRE(host_state_available(), "%s", host_state_why_not());
	TEST_REQUIRE(nr_allowed_cpus() > 1, "one CPU: nowhere to hop to");
	TEST_REQUIRE(ldt_supported(), "no modify_ldt(): the kernel has no MODIFY_LDT_SYSCALL");
	return test_run(subtests, ARRAY_SIZE(subtests));
}
