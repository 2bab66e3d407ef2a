// SPDX-License-Identifier: GPL-2.0-only
/*
 * The host after KVM has gone: each CPU is as it was before KVM came.
 *
 * CR4.VMXE, EFER.SVME and VM_HSAVE_PA are set on each CPU while KVM is loaded, or
 * while there are VMs.  What stays set tells the next hypervisor, or KVM itself,
 * that the CPU is in use; and VM_HSAVE_PA that stays leads to a page that belongs
 * to others by then.
 *
 * What user mode alone needs KVM reads when it comes to a CPU, for good
 * (kvm_user_return_msr_cpu_online()): so TSC_AUX is right after runs on one, however
 * late that was.
 *
 * What a guest has of those waits in a CPU for the next return to user mode.  After a
 * process that was killed in KVM_RUN none may come for long, and by then what would put
 * the host's back is gone with KVM: so it does that when it leaves the CPU
 * (kvm_arch_disable_virtualization_cpu(), 3548bab501ab).
 *
 * This process has no VM: its children do, and have closed them when they end.
 */
#include <sys/mman.h>

#include "child_vm.h"
#include "cpu_hotplug.h"
#include "cpus.h"
#include "hop_vm.h"
#include "kvm_module.h"
#include "observer.h"
#include "x86/unloaded.h"
#include "x86/user_state.h"

#define GUEST_TSC_AUX	0x7e57
#define KILLS		2

static bool has_aux;			/* this CPU has RDTSCP */
static u64 checked;
static const char *no_hotplug;		/* why not */
static struct {
	u64 got, want;
} *auxes;				/* of each CPU, as a child saw it; shared with it */

/* KVM may not give RDTSCP to a guest, though the host has it. */
static void set_tsc_aux(void)
{
	u32 regs[4];

	cpuid(0x80000001, 0, regs);
	if (regs[3] >> 27 & 1)
		wrmsr(MSR_TSC_AUX, GUEST_TSC_AUX);
}

static void write_tsc_aux(void)
{
	set_tsc_aux();
	guest_exit_for_ever();
}

static void write_tsc_aux_and_halt(void)
{
	set_tsc_aux();
	for (;;)
		asm volatile("hlt");
}

/* In the child. */
static void read_tsc_aux(int cpu)
{
	auxes[cpu].want = right_tsc_aux();
	auxes[cpu].got = has_aux ? rdtscp_aux() : auxes[cpu].want;
}

/* That the module works, on each CPU, and nothing is left open. */
static void run_guests(void)
{
	if (!child_vm_run(write_tsc_aux, read_tsc_aux) || !has_aux)
		return;
	for (int i = 0; i < nr_allowed_cpus(); i++) {
		int cpu = allowed_cpu(i);

		checked++;
		host_state_expect("behaviour", "TSC_AUX", cpu, -1, auxes[cpu].got,
				  auxes[cpu].want);
	}
}

static void report(void)
{
	test_count("values=%llu", checked);
	if (!checked)
		subtest_inconclusive("no value was compared");
	checked = 0;
}

/* Not loaded on the first CPU: KVM tries out such MSRs there, and its TSC_AUX is 0. */
static void unload_and_load(void)
{
	for (int i = 0; i < 2; i++) {
		run_guests();
		kvm_module_unload();
		checked += unloaded_check();
		migrate_self(allowed_cpu(nr_allowed_cpus() - 1));
		kvm_module_load();
		migrate_restore();
	}
	run_guests();
	report();
}

/* A CPU that is away when KVM goes, and one that KVM finds when it comes. */
static void offline_meanwhile(void)
{
	int cpu;

	SUBTEST_REQUIRE(!no_hotplug, "%s", no_hotplug);
	cpu = hotplug_cpu(0);
	run_guests();
	cpu_offline(cpu);
	kvm_module_unload();
	cpu_online(cpu);
	checked += unloaded_check();
	cpu_offline(cpu);
	kvm_module_load();
	cpu_online(cpu);
	run_guests();
	kvm_module_unload();
	checked += unloaded_check();
	kvm_module_load();
	report();
}

static void after_a_killed_run(void)
{
	int cpu = allowed_cpu(nr_allowed_cpus() - 1);

	for (int i = 0; i < KILLS; i++) {
		migrate_self(allowed_cpu(0));
		if (!child_vm_kill_halted(write_tsc_aux_and_halt, cpu))
			return;
		kvm_module_unload();
		checked += unloaded_check();
		migrate_self(cpu);
		if (has_aux) {
			checked++;
			host_state_expect("behaviour", "TSC_AUX", cpu, -1, rdtscp_aux(),
					  right_tsc_aux());
		}
		migrate_restore();
		kvm_module_load();
	}
	report();
}

static const struct subtest subtests[] = {
	{ "unload_and_load", unload_and_load },
	{ "offline_meanwhile", offline_meanwhile },
	{ "after_a_killed_run", after_a_killed_run },
};

int main(int argc, char *argv[])
{
	const char *why_not;

	test_init(argc, argv, TEST_NO_KVM);
	why_not = kvm_module_why_not();
	TEST_REQUIRE(!why_not, "%s", why_not);
	unloaded_require();
	auxes = mmap(NULL, (size_t)nr_cpu_ids() * sizeof(*auxes), PROT_READ | PROT_WRITE,
		     MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	TEST_RESOURCE(auxes != MAP_FAILED, "not enough memory");
	has_aux = cpu_has_rdtscp();
	no_hotplug = nr_allowed_cpus() > 1 ? hotplug_find() : "one CPU: none can go offline";
	return test_run(subtests, ARRAY_SIZE(subtests));
}
