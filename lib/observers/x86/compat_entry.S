/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A system call from 32-bit code of a 64-bit process.  All of this is linked
 * below 4 GiB (no PIE), as 32-bit code has to be.
 */
#include "x86/callee_saved.inc"

	.text

/*
 * int compat_enter(u32 nr, u32 arg, void *stack_top, const void *code32)
 *
 * stack_top is below 4 GiB.  code32 is one of the three labels below.  The far
 * return to selector 0x23, Linux' __USER32_CS, enters compatibility mode.
 *
 * SS is loaded anew, with Linux' __USER_DS.  SYSRET of an Intel CPU sets SS.B (SDM
 * volume 2, SYSRET); of an AMD CPU, and in Bochs whatever the model, it leaves the
 * attributes as they are.  They are those of a null selector after an interrupt of
 * another thread on this CPU: then 32-bit code would PUSH by SP, not by ESP.
 */
	.globl	compat_enter
compat_enter:
	push_callee_saved
	mov	%rsp, -8(%rdx)
	lea	-8(%rdx), %rsp
	mov	%edi, %eax
	mov	%esi, %ebx
	mov	$0x2b, %esi
	mov	%esi, %ss
	pushq	$0x23
	push	%rcx
	lretq

/* Only the lower half of RSP is sure to survive compatibility mode. */
	.globl	compat_resume
compat_resume:
	mov	%esp, %esp
	add	$4, %rsp
	pop	%rsp
	pop_callee_saved
	ret

	.code32
	.globl	compat_int80
compat_int80:
	push	%ebp
	int	$0x80
	ljmp	$0x33, $compat_resume

/*
 * The kernel returns from these to the 32-bit vDSO's landing pad, not to here:
 * lib/observers/x86/compat.c has put code there.  It reads the sixth argument from where
 * the vDSO pushes EBP.
 */
	.globl	compat_sysenter
compat_sysenter:
	push	%ebp
	mov	%esp, %ebp
	sysenter
	ud2

	.globl	compat_syscall
compat_syscall:
	push	%ebp
	mov	%ecx, %ebp
	syscall
	ud2
	.code64

	.section .note.GNU-stack, "", @progbits
