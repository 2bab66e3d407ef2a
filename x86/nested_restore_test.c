// SPDX-License-Identifier: GPL-2.0-only
/*
 * The host's state and L1's, when a vCPU that is a hypervisor was saved and restored.
 *
 * That is what a live migration does (KVM_GET_NESTED_STATE, KVM_SET_NESTED_STATE).  On VMX
 * the new vCPU's vmcs02 is made inside an ioctl then, by another way than VMLAUNCH takes:
 * nested_vmx_enter_non_root_mode(), not from an entry of L1's.  All that an exit of L2
 * loads has to be there all the same.  On SVM the state that L1 gets back comes from the
 * ioctl as well (svm_set_nested_state()).
 *
 * Two vCPUs of a VM take turns: what the one has after its run is given to the other,
 * which goes on.  L1's registers after an exit of a restored L2: nested_l1_state_test.
 */
#include "cpus.h"
#include "hopper.h"
#include "observer.h"
#include "x86/desc_tables.h"
#include "x86/nested.h"
#include "x86/nested_check.h"
#include "x86/nested_vm.h"

#define HOPS		500	/* --hops sets it */
#define SHARE		4	/* of them are taken, and every pair of CPUs */
#define L1_GDT		0xfffffe7cf8d60000ULL
#define L1_TSS		0xfffffe7cf8d65000ULL

static struct nested_vm nested;
static int level;			/* that is active when the vCPU is saved */
static u64 restores;

static const char *whose(void)
{
	return level == 2 ? "L2" : "L1";
}

static bool check_hop(struct kvm_vcpu *vcpu, int from, int to)
{
	struct host_state hs;

	host_state_snapshot(&hs);
	nested_check_tr(vcpu, whose(), level == 2 ? nested.l2_tss : L1_TSS, from);
	desc_tables_check(&hs, to, from);
	return host_state_check_tr(&hs, to, from) > 0;
}

/* Every second time on the CPU that it came from: made there, it has to run here. */
static struct kvm_vcpu *restored(const struct hopper *h)
{
	struct kvm_vcpu *vcpu = nested.vm->vcpus[!h->vcpu->id];
	u64 regs[NESTED_NR_REGS];

	if (restores++ % 2)
		migrate_self(h->from);
	nested_restore(vcpu, h->vcpu);
	nested_regs_get(h->vcpu, regs);
	nested_check_regs(vcpu, whose(), regs);
	migrate_self(h->cpu);
	return vcpu;
}

/* In between the vCPU hops by itself, and once it is saved and goes on. */
static enum hop_seen stop_restored(struct hopper *h)
{
	if (h->stops % 3 == 1)
		h->vcpu = restored(h);
	else if (h->stops % 3 == 2)
		nested_save(h->vcpu);
	return hopper_stop(h);
}

static void save_and_restore(void)
{
	struct hop_stats stats = { };
	u64 entries = nested_entries();
	struct hopper *h;

	level = strcmp(subtest_name(), "with_l2_active") ? 1 : 2;
	restores = 0;
	nested = nested_vm_create(level, false);
	vcpu_place_tables(nested.vcpu, L1_GDT, L1_TSS);
	vm_vcpu_add(nested.vm, 1, NULL);
	h = hoppers_alloc(&nested.vcpu, 1, hops_share(default_hops(HOPS), SHARE, hop_plan_all()),
			  test_options.seed, &stats);
	h->check = check_hop;
	h->stop = stop_restored;
	hopper_walk(h);
	hop_stats_report(&stats);
	entries = nested_entries() - entries;
	test_count("restores=%llu nested_entries=%llu", restores, entries);
	if (!restores)
		subtest_inconclusive("nothing was restored");
	nested_check_guarded(restores, "restores", entries);
	hoppers_free(h, 1);
	kvm_vm_free(nested.vm);
}

static const struct subtest subtests[] = {
	{ "with_l2_active", save_and_restore },
	{ "with_l1_active", save_and_restore },
};

int main(int argc, char *argv[])
{
	test_init(argc, argv, TEST_KVM);
	nested_require();
	TEST_REQUIRE(host_state_available(), "%s", host_state_why_not());
	TEST_REQUIRE(nr_allowed_cpus() > 1, "one CPU: nowhere to hop to");
	TEST_REQUIRE(kvm_check_cap(KVM_CAP_NESTED_STATE), "no KVM_SET_NESTED_STATE");
	host_state_user(true);
	return test_run(subtests, ARRAY_SIZE(subtests));
}
