/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A guest's way out of long mode and back, with a ucall in between.  Without paging
 * an address is a physical one: this is copied to a page where both are the same.
 */
#include "x86/callee_saved.inc"
#include "x86/selectors.h"

	.text

/* void (*)(struct ucall *uc, u64 page), both below 4 GiB */
	.globl	long_mode_stub, long_mode_stub_32, long_mode_stub_64, long_mode_stub_end
	.balign	16
long_mode_stub:
	push_callee_saved
	mov	%rsi, %rbx
	mov	%rsp, LONG_MODE_RSP(%rbx)
	mov	$0x5de, %edx			/* UCALL_PORT */
	ljmp	*LONG_MODE_TO_32(%rbx)

	.code32
long_mode_stub_32:
	mov	%cr0, %eax
	and	$0x7fffffff, %eax
	mov	%eax, %cr0
	jmp	1f
1:	xor	%eax, %eax
	out	%eax, %dx
	mov	%cr0, %eax
	or	$0x80000000, %eax
	mov	%eax, %cr0
	ljmp	*LONG_MODE_TO_64(%ebx)

	.code64
long_mode_stub_64:
	mov	%ebx, %ebx
	mov	LONG_MODE_RSP(%rbx), %rsp
	pop_callee_saved
	ret
long_mode_stub_end:

	.section .note.GNU-stack, "", @progbits
