/* SPDX-License-Identifier: GPL-2.0-only */
/* A system call, or a while in user mode, with the FPU's registers loaded. */
#include "x86/callee_saved.inc"
#include "x86/fpu_call.h"

#define EILSEQ	84

/* The seventh argument: above six registers, MXCSR and FCW, and the return address. */
#define FPU_CALL_C	(6 * 8 + 8 + 8)

	.macro load_all insn, reg, from
	.irp	n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
	\insn	32 * \n(\from), %\reg\n
	.endr
	.endm

	.macro store_all insn, reg, to
	.irp	n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
	\insn	%\reg\n, 32 * \n(\to)
	.endr
	.endm

	.text

/*
 * A PKRU that is not the caller's may deny all memory: nothing is touched while
 * it may be loaded, so what is needed until then is in registers.
 */
	.globl	fpu_call
fpu_call:
	push_callee_saved
	sub	$8, %rsp
	stmxcsr	(%rsp)
	fnstcw	4(%rsp)
	mov	%rdi, %r12
	mov	%rsi, %r13
	mov	%edx, %r14d
	mov	%rcx, %rbp
	mov	$-EILSEQ, %rbx

	test	$FPU_HAS_AVX, %r14d
	jz	1f
	load_all vmovups, ymm, %r12
	jmp	2f
1:	load_all movups, xmm, %r12
2:	ldmxcsr	FPU_MXCSR(%r12)
	fninit
	fldcw	FPU_X87(%r12)
	/* A division by zero is in the status word from then on: FSW_OWN. */
	fld1
	fldz
	fdivrp
	fstp	%st(0)
	fildll	FPU_ST0(%r12)
	mov	%r8, %rdi
	mov	%r9, %rsi
	mov	FPU_CALL_C(%rsp), %r8
	test	$FPU_HAS_PKU, %r14d
	jz	3f
	xor	%ecx, %ecx
	rdpkru
	mov	%eax, %r15d
	mov	FPU_PKRU(%r12), %eax
	xor	%edx, %edx
	wrpkru

3:	mov	%r8, %rdx
	mov	%rbp, %rax
	test	%rax, %rax
	js	4f
	syscall
	jmp	5f
4:	pause
	dec	%rdi
	jnz	4b
	xor	%eax, %eax
5:	mov	%rax, %rbx

	test	$FPU_HAS_PKU, %r14d
	jz	6f
	xor	%ecx, %ecx
	rdpkru
	mov	%eax, %ebp
	mov	%r15d, %eax
	xor	%edx, %edx
	wrpkru
	mov	%ebp, FPU_PKRU(%r13)
6:	stmxcsr	FPU_MXCSR(%r13)
	fnstenv	FPU_X87(%r13)
	fistpll	FPU_ST0(%r13)
	/* Without its bit in XCR0 an instruction of AVX is an invalid opcode. */
	test	$FPU_HAS_XSAVE, %r14d
	jz	7f
	xor	%ecx, %ecx
	xgetbv
	mov	%eax, FPU_XCR0(%r13)
	mov	%edx, FPU_XCR0+4(%r13)
	test	$FPU_HAS_AVX, %r14d
	jz	7f
	test	$4, %eax
	jz	7f
	store_all vmovups, ymm, %r13
	vzeroupper
	jmp	fpu_call_illegal
7:	store_all movups, xmm, %r13

	.globl	fpu_call_illegal
fpu_call_illegal:
	ldmxcsr	(%rsp)
	fninit
	fldcw	4(%rsp)
	mov	%rbx, %rax
	add	$8, %rsp
	pop_callee_saved
	ret

	.globl	fpu_load_xmm
fpu_load_xmm:
	load_all movups, xmm, %rdi
	ret

	.globl	fpu_load_ymm
fpu_load_ymm:
	load_all vmovups, ymm, %rdi
	ret

	.globl	fpu_load_x87
fpu_load_x87:
	fninit
	fldcw	(%rdi)
	fildll	(%rsi)
	ret

	.section .note.GNU-stack, "", @progbits
