// SPDX-License-Identifier: GPL-2.0-only
/*
 * The descriptor tables of the CPU at hand.  A file of its own: the suite's desc.h
 * and the kernel's know the same names.
 */
#include "tables.h"
#include "x86/desc.h"

/*
 * TR names a descriptor in the GDT; its base is spread over four places of it.
 * Nothing but this tells where the TSS is: no instruction reads TR's hidden base.
 */
void read_host_tables(struct host_tables *t)
{
	struct desc_ptr gdt = get_gdt(), idt = get_idt();

	t->gdt = gdt.address;
	t->gdt_size = gdt.size;
	t->idt = idt.address;
	t->idt_size = idt.size;
	t->tr = get_tr();
	t->tr_base = get_desc64_base(get_tss_desc());
}
