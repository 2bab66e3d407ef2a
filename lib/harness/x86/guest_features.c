// SPDX-License-Identifier: GPL-2.0-only
/* What a guest has: CPUID, and MSRs that the VMM sets. */
#include "x86/processor.h"

#define MSR_KVM_STEAL_TIME	0x4b564d03
#define STEAL_TIME_ENABLED	1
#define KVM_FEATURES		0x40000001	/* a leaf */
#define FEATURE_STEAL_TIME	5		/* a bit of its EAX */

/** kvm_get_supported_cpuid() - all that KVM can give to a guest, VMX and SVM too */
const struct kvm_cpuid2 *kvm_get_supported_cpuid(void)
{
	static struct kvm_cpuid2 *supported;
	const u32 entries = 256;

	if (supported)
		return supported;
	supported = calloc(1, sizeof(*supported) + entries * sizeof(supported->entries[0]));
	TEST_RESOURCE(supported, "not enough memory for CPUID");
	supported->nent = entries;
	TEST_RESOURCE(!ioctl(kvm_dev_fd(), KVM_GET_SUPPORTED_CPUID, supported),
		      "KVM_GET_SUPPORTED_CPUID");
	return supported;
}

/** guest_cpuid() - a register of what every guest gets from CPUID, 0 if nothing */
u32 guest_cpuid(u32 leaf, u32 subleaf, u32 reg)
{
	const struct kvm_cpuid2 *cpuid = kvm_get_supported_cpuid();

	for (u32 i = 0; i < cpuid->nent; i++) {
		const struct kvm_cpuid_entry2 *e = &cpuid->entries[i];
		const u32 regs[] = { e->eax, e->ebx, e->ecx, e->edx };

		if (e->function == leaf && e->index == subleaf)
			return regs[reg];
	}
	return 0;
}

/** kvm_feature_msr() - what KVM's guests read from a capability MSR at most, 0 if nothing */
u64 kvm_feature_msr(u32 msr)
{
	struct {
		struct kvm_msrs head;
		struct kvm_msr_entry entry;
	} msrs = { .head.nmsrs = 1, .entry.index = msr };

	return ioctl(kvm_dev_fd(), KVM_GET_MSRS, &msrs) == 1 ? msrs.entry.data : 0;
}

/**
 * vcpu_hide_cpuid() - give a vCPU what KVM supports, without some of it
 * @vcpu: that has not run yet
 * @hidden: EAX to EDX are the bits to leave out of that leaf; NULL: none
 */
void vcpu_hide_cpuid(struct kvm_vcpu *vcpu, const struct kvm_cpuid_entry2 *hidden)
{
	const struct kvm_cpuid2 *supported = kvm_get_supported_cpuid();
	size_t size = sizeof(*supported) + supported->nent * sizeof(supported->entries[0]);
	struct kvm_cpuid2 *own = malloc(size);

	TEST_RESOURCE(own, "not enough memory for CPUID");
	memcpy(own, supported, size);
	for (u32 i = 0; i < own->nent; i++) {
		struct kvm_cpuid_entry2 *entry = &own->entries[i];

		/* The host's own APIC id stands there. */
		if (entry->function == 1)
			entry->ebx = (entry->ebx & 0x00ffffff) | vcpu->id << 24;
		else if (entry->function == 0xb || entry->function == 0x1f)
			entry->edx = vcpu->id;
		if (hidden && entry->function == hidden->function &&
		    entry->index == hidden->index) {
			entry->eax &= ~hidden->eax;
			entry->ebx &= ~hidden->ebx;
			entry->ecx &= ~hidden->ecx;
			entry->edx &= ~hidden->edx;
		}
	}
	TEST_ASSERT_OK(ioctl(vcpu->fd, KVM_SET_CPUID2, own));
	free(own);
}

/** vcpu_set_msr() - KVM_SET_MSRS of one, as a VM that comes from another machine has it */
void vcpu_set_msr(int vcpu_fd, u32 msr, u64 value)
{
	struct {
		struct kvm_msrs head;
		struct kvm_msr_entry entry;
	} msrs = { .head.nmsrs = 1, .entry = { .index = msr, .data = value } };

	TEST_ASSERT(ioctl(vcpu_fd, KVM_SET_MSRS, &msrs) == 1, "KVM_SET_MSRS: 0x%x", msr);
}

/**
 * vcpu_enable_steal_time() - have KVM write down how long a vCPU waited
 *
 * With each run, and when it is preempted: in the page that this returns, by its
 * guest-physical address.  0: KVM tells no guest of it.
 */
u64 vcpu_enable_steal_time(struct kvm_vcpu *vcpu)
{
	u64 gpa;

	if (!(guest_cpuid(KVM_FEATURES, 0, 0) >> FEATURE_STEAL_TIME & 1))
		return 0;
	gpa = vm_phy_page_alloc(vcpu->vm);
	vcpu_set_msr(vcpu->fd, MSR_KVM_STEAL_TIME, gpa | STEAL_TIME_ENABLED);
	return gpa;
}
