/* SPDX-License-Identifier: GPL-2.0-only */
/* Constants of a guest that assembly needs as well. */
#ifndef X86_SELECTORS_H
#define X86_SELECTORS_H

/* Selectors of every guest's GDT.  User code follows user data for SYSRET. */
#define GUEST_KERNEL_CS		0x08
#define GUEST_KERNEL_DS		0x10
#define GUEST_USER_DS		0x1b
#define GUEST_USER_CS		0x23
#define GUEST_TSS		0x28		/* two slots */
#define GUEST_LDT		0x38		/* two slots, for a test to fill */
#define GUEST_CODE32		0x38		/* the same place, for long_mode_stub.S */
#define GUEST_GDT_SIZE		0x48

#define USER_RETURN_VECTOR	0x81		/* taken by guest_call_user() */
#define EXCEPTION_STUB_SIZE	16

/* Of the page that long_mode_stub.S is copied to: what it keeps there. */
#define LONG_MODE_RSP		0x800
#define LONG_MODE_TO_32		0x810		/* far pointers */
#define LONG_MODE_TO_64		0x820

#endif /* X86_SELECTORS_H */
