/* SPDX-License-Identifier: GPL-2.0-only */
/* I/O ports of the host's user mode: whether ioperm() has an effect.  Host only. */
#ifndef X86_IO_PORT_H
#define X86_IO_PORT_H

#include "test_util.h"

#define POST_PORT	0x80	/* it means nothing any more; writes are only a delay */

void ioperm_require(u16 port);
bool port_read_works(u16 port);
bool port_write_works(u16 port);

#endif /* X86_IO_PORT_H */
