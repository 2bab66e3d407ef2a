/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Where the descriptor tables of the CPU at hand are, as a VMCS wants to know it.
 */
#ifndef TABLES_H
#define TABLES_H

#include <linux/types.h>

struct host_tables {
	u64 gdt;
	u64 idt;
	u64 tr_base;
	u16 tr;
	u16 gdt_size;
	u16 idt_size;
};

void read_host_tables(struct host_tables *t);

#endif /* TABLES_H */
