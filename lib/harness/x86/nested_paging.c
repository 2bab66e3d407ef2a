// SPDX-License-Identifier: GPL-2.0-only
/*
 * Nested paging that an L1 hypervisor has for its L2.  Sources: SDM volume 3, 29.3 (EPT);
 * APM volume 2, 15.25.
 */
#include "host_state.h"
#include "x86/nested.h"
#include "x86/vmx.h"

#define ENTRIES		(PAGE_SIZE / sizeof(u64))
#define LEAF_SHIFT	21

/* The same in both: in EPT it allows to read, to write and to execute. */
#define ALL_ALLOWED	(PTE_PRESENT | PTE_WRITABLE | PTE_USER)
#define LEAF		BIT_ULL(7)

/** nested_paging_why_not() - NULL where L1 can have nested_set_paging(), else the reason */
const char *nested_paging_why_not(void)
{
	if (!nested_supported())
		return "KVM's module has nested=0";
	if (kvm_vendor() == HOST_STATE_SVM)
		return guest_cpuid(0x8000000a, 0, 3) & 1 ? NULL : "KVM gives L1 no nested paging";
	if (!(kvm_feature_msr(MSR_IA32_VMX_PROCBASED_CTLS2) >> 32 & PROCBASED2_ENABLE_EPT))
		return "KVM gives L1 no EPT";
	if (!(kvm_feature_msr(MSR_IA32_VMX_EPT_VPID_CAP) & EPT_CAP_2M_PAGES))
		return "KVM gives L1 no EPT with pages of 2 MiB";
	return NULL;
}

static u64 *table(const struct nested *nested, int level)
{
	return (u64 *)(uintptr_t)nested->paging[level].gva;
}

/**
 * nested_set_paging() - give L2 nested paging
 * @nested: after nested_init(); only where nested_paging_why_not() is NULL
 *
 * It maps the first GiB to itself, by three tables, the topmost first in nested->paging[].
 * The last has pages of 2 MiB, of the two others the first entry is the only one.
 */
void nested_set_paging(struct nested *nested)
{
	const u64 top = nested->paging[0].gpa;
	u64 leaf = ALL_ALLOWED | LEAF;

	for (int level = 0; level < NESTED_PAGING_TABLES - 1; level++)
		table(nested, level)[0] = nested->paging[level + 1].gpa | ALL_ALLOWED;
	leaf |= nested->vendor == HOST_STATE_VMX ? vmx_set_paging(top) :
						   svm_set_paging(nested, top);
	for (u64 i = 0; i < ENTRIES; i++)
		table(nested, NESTED_PAGING_TABLES - 1)[i] = i << LEAF_SHIFT | leaf;
}
