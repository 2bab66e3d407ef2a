/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Descriptor tables of 64-bit mode: layouts and the registers that point at
 * them.  Sources: Intel SDM volume 3, sections 3.4.5, 6.14.1, 7.2.3 and 7.7;
 * AMD APM volume 2, sections 4.8 and 12.2.5.
 *
 * Everything here works in a guest and on the host.  In the host's user mode
 * UMIP (CR4 bit 11) makes SGDT, SIDT, SLDT and STR fault; Linux then emulates
 * them with made-up values, so a host's tables are read by the module only.
 */
#ifndef X86_DESC_H
#define X86_DESC_H

#ifdef __KERNEL__
#include <linux/types.h>
#else
#include "test_util.h"
#endif

#define DESC_TYPE_LDT		0x2
#define DESC_TYPE_TSS		0x9	/* available: LTR takes it and makes it busy */
#define DESC_TYPE_TSS_BUSY	0xb

/* A system descriptor (LDT, TSS): two slots of the GDT. */
struct desc64 {
	u16 limit0;
	u16 base0;
	u8 base1;
	u8 access;			/* type 3:0, S 4, DPL 6:5, P 7 */
	u8 limit1_flags;		/* limit 19:16 in 3:0, AVL 4, G 7 */
	u8 base2;
	u32 base3;
	u32 zero;
} __packed;

/* What LGDT and LIDT load, SGDT and SIDT store. */
struct desc_ptr {
	u16 size;			/* limit: size in bytes, less one */
	u64 address;
} __packed;

struct gate64 {
	u16 offset0;
	u16 selector;
	u8 ist;				/* 0: no stack switch within a ring */
	u8 access;
	u16 offset1;
	u32 offset2;
	u32 zero;
} __packed;

#define TSS64_NR_IST	7

struct tss64 {
	u32 reserved0;
	u64 rsp0;
	u64 rsp1;
	u64 rsp2;
	u64 reserved1;
	u64 ist[TSS64_NR_IST];		/* ist[0] is IST1 */
	u64 reserved2;
	u16 reserved3;
	u16 iomap_base;			/* beyond the limit: no I/O bitmap */
} __packed;

/**
 * get_desc64_base() - the address that a 64-bit system descriptor describes
 * @desc: the descriptor; needs no alignment
 *
 * Every part is widened to 64 bits before it is shifted.  A u8 shifted by 24
 * is an int, and with bit 7 of base2 set a negative one: or-ing that into a
 * u64 sets bits 63..32 and loses base3.  KHS_OLD_DESC64_BASE plants exactly
 * this bug, to show that the tests find it.
 */
static inline u64 get_desc64_base(const struct desc64 *desc)
{
#ifdef KHS_OLD_DESC64_BASE
	/* The cast changes nothing: without it the compiler warns, as it should. */
	return (u64)desc->base3 << 32 |
	       (u64)(desc->base0 | desc->base1 << 16 | desc->base2 << 24);
#else
	return (u64)desc->base3 << 32 | (u64)desc->base2 << 24 |
	       (u64)desc->base1 << 16 | desc->base0;
#endif
}

static inline void set_desc64_base(struct desc64 *desc, u64 base)
{
	desc->base0 = (u16)base;
	desc->base1 = (u8)(base >> 16);
	desc->base2 = (u8)(base >> 24);
	desc->base3 = (u32)(base >> 32);
}

/**
 * get_desc64_limit() - the last valid offset, in bytes
 * @desc: the descriptor
 *
 * With the granularity bit set the limit counts pages of 4 KiB.
 */
static inline u32 get_desc64_limit(const struct desc64 *desc)
{
	u32 limit = (desc->limit1_flags & 0xfU) << 16 | desc->limit0;

	return desc->limit1_flags & 0x80 ? limit << 12 | 0xfff : limit;
}

static inline struct desc64 make_desc64(u64 base, u16 limit, u8 type)
{
	struct desc64 desc = { .limit0 = limit, .access = (u8)(0x80 | type) };

	set_desc64_base(&desc, base);
	return desc;
}

static inline struct desc_ptr get_gdt(void)
{
	struct desc_ptr gdt;

	asm volatile("sgdt %0" : "=m"(gdt));
	return gdt;
}

static inline struct desc_ptr get_idt(void)
{
	struct desc_ptr idt;

	asm volatile("sidt %0" : "=m"(idt));
	return idt;
}

static inline u16 get_tr(void)
{
	u16 tr;

	asm volatile("str %0" : "=rm"(tr));
	return tr;
}

static inline u16 get_ldt(void)
{
	u16 ldt;

	asm volatile("sldt %0" : "=rm"(ldt));
	return ldt;
}

/* The TSS descriptor that TR selects, found as software finds it: by GDTR. */
static inline struct desc64 *get_tss_desc(void)
{
	return (struct desc64 *)(uintptr_t)(get_gdt().address + (get_tr() & ~7U));
}

/*
 * LTR faults on a busy TSS, so the descriptor is first made available again.
 * It must be in the GDT that GDTR points at, and writable.
 */
static inline void load_tr(u16 selector)
{
	struct desc64 *desc = (struct desc64 *)(uintptr_t)(get_gdt().address +
							   (selector & ~7U));

	desc->access = (u8)(0x80 | DESC_TYPE_TSS);
	asm volatile("ltr %0" : : "rm"(selector) : "memory");
}

static inline void load_gdt(const struct desc_ptr *gdt)
{
	asm volatile("lgdt %0" : : "m"(*gdt) : "memory");
}

#endif /* X86_DESC_H */
