/* SPDX-License-Identifier: GPL-2.0-only */
/* What the host's descriptor table registers must hold. */
#ifndef X86_DESC_TABLES_H
#define X86_DESC_TABLES_H

#include "host_state.h"
#include "test_util.h"

#define HOST_LDTR_SELECTOR	0x50	/* GDT_ENTRY_LDT * 8, asm/segment.h */

bool desc_tables_are_hidden(void);
int desc_tables_check(const struct host_state *hs, int cpu, int from_cpu);

#endif /* X86_DESC_TABLES_H */
