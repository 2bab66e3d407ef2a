/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A guest's way into and out of its exception handlers and ring 3.
 */
#include "x86/callee_saved.inc"
#include "x86/selectors.h"

/* The layout of struct ex_regs, below what the CPU pushed. */
	.macro push_regs
	push	%rax
	push	%rcx
	push	%rdx
	push	%rbx
	push	%rbp
	push	%rsi
	push	%rdi
	push	%r8
	push	%r9
	push	%r10
	push	%r11
	push	%r12
	push	%r13
	push	%r14
	push	%r15
	.endm

	.macro pop_regs
	pop	%r15
	pop	%r14
	pop	%r13
	pop	%r12
	pop	%r11
	pop	%r10
	pop	%r9
	pop	%r8
	pop	%rdi
	pop	%rsi
	pop	%rbp
	pop	%rbx
	pop	%rdx
	pop	%rcx
	pop	%rax
	.endm

	.text

/* 256 stubs of EXCEPTION_STUB_SIZE bytes each, one a vector. */
	.globl	exception_stubs
	.balign	EXCEPTION_STUB_SIZE
exception_stubs:
	vector = 0
	.rept	256
	.balign	EXCEPTION_STUB_SIZE
	/* #DF, #TS to #PF, #AC, #CP, #VC and #SX push an error code. */
	.if	!(vector == 8 || (vector >= 10 && vector <= 14) || vector == 17 || \
		  vector == 21 || vector == 29 || vector == 30)
	push	$0
	.endif
	push	$vector
	jmp	exception_common
	vector = vector + 1
	.endr

/*
 * Handlers are ordinary C: the compiler may use SSE, and the code that was
 * interrupted as well.
 */
exception_common:
	cld
	push_regs
	mov	%rsp, %rdi
	mov	%rsp, %rbp
	sub	$512, %rsp
	and	$-16, %rsp
	fxsave64 (%rsp)
	call	guest_exception
	fxrstor64 (%rsp)
	mov	%rbp, %rsp
	pop_regs
	add	$16, %rsp
	iretq

/*
 * void guest_call_user(void (*fn)(u64 arg), u64 arg, u64 stack_top)
 *
 * Call fn(arg) in ring 3, on its own stack.  The way back is an interrupt,
 * which lands on the TSS's RSP0; R12 survives fn, as the ABI has it, and leads
 * back to this stack.  IOPL is 3, so that fn can make ucalls.
 */
	.globl	guest_call_user
guest_call_user:
	push_callee_saved
	mov	%rsp, %r12
	mov	%rdi, %rbx
	mov	%rsi, %rdi
	push	$GUEST_USER_DS
	push	%rdx
	push	$0x3002
	push	$GUEST_USER_CS
	push	$1f
	iretq
1:	call	*%rbx
	int	$USER_RETURN_VECTOR

	.globl	guest_user_return
guest_user_return:
	mov	%r12, %rsp
	pop_callee_saved
	ret

	.section .note.GNU-stack, "", @progbits
