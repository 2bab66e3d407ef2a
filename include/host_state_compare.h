/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which fields are compared where, and how: for the module, which does it, and
 * for compare_test, which shows with made-up values that each can fail.
 *
 * host_state_table.h has the same with the reasons; compare_test compares the two.
 */
#ifndef HOST_STATE_COMPARE_H
#define HOST_STATE_COMPARE_H

#ifdef __KERNEL__
#include <linux/build_bug.h>
#else
#include <assert.h>
#endif

#include "host_state.h"

/* A set of fields.  Two words are one number to the compiler, with operators. */
#define hs_fields	unsigned __int128
#define HS_FIELD(f)	((hs_fields)1 << (f))
#define HS_BIT(f)	HS_FIELD(HS_##f)
#define HS_ALL		(~(hs_fields)0)

static_assert(HS_NR_FIELDS <= 8 * sizeof(hs_fields) &&
	      sizeof(hs_fields) == 8 * HOST_STATE_MASK_WORDS, "the mask is too short");

static inline hs_fields hs_get_mask(const __u64 *mask)
{
	return (hs_fields)mask[1] << 64 | mask[0];
}

static inline void hs_add_mask(__u64 *mask, hs_fields fields)
{
	mask[0] |= (__u64)fields;
	mask[1] |= (__u64)(fields >> 64);
}

static inline void hs_remove_mask(__u64 *mask, hs_fields fields)
{
	mask[0] &= ~(__u64)fields;
	mask[1] &= ~(__u64)(fields >> 64);
}

static inline void hs_clear(struct hs_values *v)
{
	v->mask[0] = 0;
	v->mask[1] = 0;
}

static inline void hs_put(struct hs_values *v, unsigned int field, __u64 value)
{
	v->value[field] = value;
	v->mask[field / 64] |= 1ULL << field % 64;
}

static inline unsigned int hs_first(hs_fields fields)
{
	return (__u64)fields ? (unsigned int)__builtin_ctzll((__u64)fields) :
			       64 + (unsigned int)__builtin_ctzll((__u64)(fields >> 64));
}

/*
 * Word by word: the guard does this at each entry and exit, and 128 bits take longer.
 * Not beyond the last field: gcc 14 sees that nothing has such an index.
 */
#define for_each_hs_field(f, fields)					\
	for (unsigned int w_ = 0; w_ < HS_NR_FIELDS; w_ += 64)		\
		for (__u64 m_ = (__u64)((fields) >> w_);		\
		     m_ && ((f) = w_ + (unsigned int)__builtin_ctzll(m_), 1); m_ &= m_ - 1)

/*
 * Copy those of @fields that @from has.  One by one: the assignment of a whole struct may
 * be a string instruction, which runs backwards where an exit has left DF set.
 */
static inline void hs_copy(struct hs_values *to, const struct hs_values *from,
			   hs_fields fields)
{
	unsigned int f;

	fields &= hs_get_mask(from->mask);
	hs_add_mask(to->mask, fields);
	for_each_hs_field(f, fields)
		to->value[f] = from->value[f];
}

/* Those of @fields that both have. */
static inline hs_fields hs_both(const struct hs_values *got, const struct hs_values *want,
				hs_fields fields)
{
	return fields & hs_get_mask(got->mask) & hs_get_mask(want->mask);
}

/* Those of @fields that both have, and where @got is not what @want says. */
static inline hs_fields hs_differ(const struct hs_values *got, const struct hs_values *want,
				  hs_fields fields)
{
	hs_fields wrong = 0;
	unsigned int f;

	fields = hs_both(got, want, fields);
	for_each_hs_field(f, fields)
		if (got->value[f] != want->value[f])
			wrong |= HS_FIELD(f);
	return wrong;
}

/*
 * False only where hs_differ() finds nothing.  It takes no notice of what was read at all:
 * what was not has the value of some time before, or 0.
 *
 * As in the next one the compiler is to know @fields, and each takes three instructions;
 * finding the next bit of a mask takes nine.
 */
static __always_inline int hs_may_differ(const struct hs_values *got,
					 const struct hs_values *want, const hs_fields fields)
{
	__u64 differ = 0;

#pragma GCC unroll 128
	for (unsigned int f = 0; f < HS_NR_FIELDS; f++)
		if (fields & HS_FIELD(f))
			differ |= got->value[f] ^ want->value[f];
	return !!differ;
}

/* hs_copy() into a set that has none of @fields. */
static __always_inline void hs_begin_with(struct hs_values *to, const struct hs_values *from,
					  const hs_fields fields)
{
	hs_add_mask(to->mask, fields & hs_get_mask(from->mask));
#pragma GCC unroll 128
	for (unsigned int f = 0; f < HS_NR_FIELDS; f++)
		if (fields & HS_FIELD(f))
			to->value[f] = from->value[f];
}

/* What takes events where CR4.FRED is set, in the place of IDT and TSS. */
#define HS_FRED		(HS_BIT(FRED_CONFIG) | HS_BIT(FRED_RSP1) | HS_BIT(FRED_RSP2) | \
			 HS_BIT(FRED_RSP3) | HS_BIT(FRED_STKLVLS) | HS_BIT(FRED_SSP1) | \
			 HS_BIT(FRED_SSP2) | HS_BIT(FRED_SSP3))
#define HS_DR_MASKS	(HS_BIT(DR0_ADDR_MASK) | HS_BIT(DR1_ADDR_MASK) | \
			 HS_BIT(DR2_ADDR_MASK) | HS_BIT(DR3_ADDR_MASK))
#define HS_SYSENTER	(HS_BIT(SYSENTER_CS) | HS_BIT(SYSENTER_ESP) | HS_BIT(SYSENTER_EIP))
#define HS_SYSCALL	(HS_BIT(STAR) | HS_BIT(LSTAR) | HS_BIT(CSTAR) | HS_BIT(SFMASK))
#define HS_SELECTORS	(HS_BIT(ES_SELECTOR) | HS_BIT(CS_SELECTOR) | HS_BIT(SS_SELECTOR) | \
			 HS_BIT(DS_SELECTOR) | HS_BIT(FS_SELECTOR) | HS_BIT(GS_SELECTOR) | \
			 HS_BIT(TR_SELECTOR))
#define HS_CONTROL	(HS_BIT(CR0) | HS_BIT(CR3) | HS_BIT(CR4) | HS_BIT(EFER) | HS_BIT(PAT))
/* What KVM may not have while it handles an exit, and does not take to user mode. */
#define HS_HANDLED	(HS_BIT(XCR0) | HS_BIT(XSS) | HS_BIT(XFD_ERR) | HS_BIT(CR8))
/* The MSRs that KVM leaves to the return to user mode. */
#define HS_USER_MSRS	(HS_SYSCALL | HS_BIT(EFER) | HS_BIT(TSC_AUX) | HS_BIT(TSX_CTRL))

/*
 * What the next VM exit loads on VMX, as far as a control does not say otherwise;
 * and what VMSAVE keeps on SVM.
 */
#define HS_VMX_LOADS	(HS_SELECTORS | HS_BIT(FS_BASE) | HS_BIT(GS_BASE) | HS_BIT(TR_BASE) | \
			 HS_BIT(GDTR_BASE) | HS_BIT(IDTR_BASE) | HS_SYSENTER | HS_CONTROL | \
			 HS_BIT(S_CET) | HS_BIT(SSP) | HS_BIT(INTR_SSP_TABLE) | HS_FRED)
#define HS_SVM_LOADS	(HS_BIT(FS_SELECTOR) | HS_BIT(GS_SELECTOR) | HS_BIT(TR_SELECTOR) | \
			 HS_BIT(LDTR_SELECTOR) | HS_BIT(FS_BASE) | HS_BIT(GS_BASE) | \
			 HS_BIT(KERNEL_GS_BASE) | HS_BIT(TR_BASE) | HS_BIT(TR_LIMIT) | \
			 HS_BIT(LDTR_BASE) | HS_SYSENTER | HS_SYSCALL)
/* No place in a VMCS or VMCB, and yet the same after an exit as before the entry. */
#define HS_KEPT		(HS_BIT(SPEC_CTRL) | HS_BIT(DEBUGCTL) | HS_BIT(CR8) | HS_BIT(RFLAGS) | \
			 HS_BIT(RFLAGS_IF))

/*
 * What is compared, on each vendor's CPUs: in what the next exit will load, with
 * what the CPU holds at kvm_entry, at kvm_exit, while KVM handles an exit, and at
 * the return to user mode.  A field that the CPU or the kernel has not is not read.
 */
struct hs_rules {
	hs_fields entry, held, exit, handled, user;
};

#define HS_VMX_RULES {							\
	.entry = HS_VMX_LOADS,						\
	.held = HS_BIT(CS_SELECTOR) | HS_BIT(TR_SELECTOR) |		\
		HS_BIT(GDTR_BASE) | HS_BIT(IDTR_BASE) |			\
		HS_SYSENTER | HS_BIT(SPEC_CTRL) |			\
		HS_BIT(CR8) | HS_BIT(RFLAGS) | HS_BIT(DR7),		\
	.exit = (HS_VMX_LOADS & ~(HS_BIT(TR_BASE) | HS_BIT(SSP))) |	\
		HS_KEPT | HS_BIT(MCU_OPT_CTRL),				\
	.handled = HS_HANDLED | HS_BIT(PKRU) | HS_BIT(DR7) |		\
		HS_BIT(RFLAGS_IF),					\
	.user = HS_HANDLED | HS_USER_MSRS | HS_BIT(XFD) |		\
		HS_BIT(CR0) | HS_BIT(CR4) | HS_BIT(DR6) | HS_BIT(DR7) |	\
		HS_BIT(SPEC_CTRL),					\
}

#define HS_SVM_RULES {							\
	.entry = HS_SVM_LOADS,						\
	.held = HS_BIT(TR_SELECTOR) | HS_BIT(TR_BASE) | HS_BIT(TR_LIMIT) | \
		HS_BIT(GDTR_BASE) | HS_BIT(IDTR_BASE) | HS_SYSCALL |	\
		HS_BIT(VM_HSAVE_PA) | HS_BIT(PAT) | HS_BIT(SPEC_CTRL) |	\
		HS_BIT(CR8) | HS_BIT(RFLAGS) | HS_BIT(DR7),		\
	.exit = HS_SVM_LOADS | HS_SELECTORS | HS_CONTROL | HS_KEPT |	\
		HS_DR_MASKS | HS_FRED |					\
		HS_BIT(GDTR_BASE) | HS_BIT(GDTR_LIMIT) |		\
		HS_BIT(IDTR_BASE) | HS_BIT(IDTR_LIMIT),			\
	.handled = HS_HANDLED | HS_BIT(PKRU) | HS_BIT(DR7) |		\
		HS_BIT(RFLAGS_IF) | HS_BIT(GIF),			\
	.user = HS_HANDLED | (HS_USER_MSRS & ~HS_BIT(TSX_CTRL)) |	\
		HS_BIT(XFD) | HS_BIT(CR0) | HS_BIT(CR4) | HS_BIT(DR7) |	\
		HS_BIT(SPEC_CTRL),					\
}

#endif /* HOST_STATE_COMPARE_H */
