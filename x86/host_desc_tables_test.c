// SPDX-License-Identifier: GPL-2.0-only
/*
 * GDTR, IDTR and LDTR of the host after VM exits, while vCPUs move.
 *
 * A VM exit on VMX loads the bases from the VMCS, makes the limits 0xffff and
 * LDTR null (SDM volume 3, 28.5.2), and KVM repairs the rest later; on SVM all of
 * them come back by themselves or with VMLOAD.  What must be right and when is
 * in lib/observers/x86/desc_tables.c.
 *
 * The LDT is used here as Wine or a DOS emulator would: segments in it are
 * loaded across runs and hops, and anew after each.
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

static bool check_tables(struct kvm_vcpu *vcpu, int from, int to)
{
	struct host_state hs;

	(void)vcpu;
	host_state_snapshot(&hs);
	count_values(desc_tables_check(&hs, to, from));
	return host_state_check_tr(&hs, to, from) > 0;
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

static void report(void)
{
	test_count("values=%llu user_mode_sees=%d", values, !desc_tables_are_hidden());
	hop_stats_report(&stats);
	if (!values)
		subtest_inconclusive("nobody looked");
}

static void between_runs(int nr, hop_check_fn check)
{
	values = 0;
	hop_stats_clear(&stats);
	hop_vm_between_runs(nr, default_hops(HOPS), check, NULL, &stats);
	report();
}

/* The LDT is the whole process': it stays as it is while a vCPU runs. */
static void ldt_between_runs(int nr)
{
	SUBTEST_REQUIRE(ldt_supported(), "no modify_ldt(): the kernel has no MODIFY_LDT_SYSCALL");
	for (int i = 0; i < LDT_ENTRIES; i++)
		ldt_selectors[i] = ldt_set(i, &ldt_words[i], sizeof(u64));
	host_state_snapshot(&with_ldt);
	between_runs(nr, check_ldt);
	for (int i = 0; i < LDT_ENTRIES; i++)
		ldt_clear(i);
}

/* Goes from CPU to CPU and looks: a vCPU in the middle of a run makes room for it. */
static void *watch_tables(void *done)
{
	struct host_state hs;

	for (int i = 0; !READ_ONCE(*(bool *)done); i++) {
		int cpu = allowed_cpu(i % nr_allowed_cpus());

		migrate_self(cpu);
		host_state_snapshot(&hs);
		memset(hs.exit_loads.mask, 0, sizeof(hs.exit_loads.mask)); /* that vCPU's */
		count_values(desc_tables_check(&hs, cpu, -1));
	}
	return NULL;
}

static void seen_during_runs(void)
{
	pthread_t watcher;
	bool done = false;

	values = 0;
	hop_stats_clear(&stats);
	errno = pthread_create(&watcher, NULL, watch_tables, &done);
	TEST_RESOURCE(!errno, "not enough threads");
	hop_vm_during_runs(hop_vm_vcpus(), default_hops(HOPS), NULL, &stats);
	WRITE_ONCE(done, true);
	pthread_join(watcher, NULL);
	report();
}

static void before_any_guest(void)
{
	values = 0;
	for (int i = 0; i < nr_allowed_cpus(); i++) {
		migrate_self(allowed_cpu(i));
		check_tables(NULL, -1, allowed_cpu(i));
	}
	test_count("cpus=%d values=%llu", nr_allowed_cpus(), values);
}

static void between_runs_one(void)
{
	between_runs(1, check_tables);
}

static void between_runs_several(void)
{
	between_runs(hop_vm_vcpus(), check_tables);
}

static void ldt_one(void)
{
	ldt_between_runs(1);
}

static void ldt_several(void)
{
	ldt_between_runs(hop_vm_vcpus());
}

static const struct subtest subtests[] = {
	{ "before_any_guest", before_any_guest },
	{ "between_runs", between_runs_one },
	{ "several_vcpus", between_runs_several },
	{ "ldt_between_runs", ldt_one },
	{ "ldt_several_vcpus", ldt_several },
	{ "seen_during_runs", seen_during_runs },
};

int main(int argc, char *argv[])
{
	test_init(argc, argv, TEST_KVM);
	TEST_REQUIRE(host_state_available(), "%s", host_state_why_not());
	TEST_REQUIRE(nr_allowed_cpus() > 1, "one CPU: nowhere to hop to");
	return test_run(subtests, ARRAY_SIZE(subtests));
}
