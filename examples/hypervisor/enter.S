/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Into the guest and back.  A VM exit comes back to vm_exit with the host's RSP,
 * segments and tables, as the VMCS says, and with the guest's general registers.
 */
#include <linux/linkage.h>
#include <asm/ibt.h>
#include <asm/unwind_hints.h>

#define HOST_RSP	0x6c14

	.text

/* int vm_enter(struct vm_regs *regs, unsigned long launched) */
SYM_FUNC_START(vm_enter)
	push	%rbp
	push	%rbx
	push	%r12
	push	%r13
	push	%r14
	push	%r15
	push	%rdi
	mov	$HOST_RSP, %eax
	vmwrite	%rsp, %rax
	test	%rsi, %rsi
	mov	0x00(%rdi), %rax
	mov	0x08(%rdi), %rcx
	mov	0x10(%rdi), %rdx
	mov	0x18(%rdi), %rbx
	mov	0x20(%rdi), %rbp
	mov	0x28(%rdi), %rsi
	mov	0x38(%rdi), %r8
	mov	0x40(%rdi), %r9
	mov	0x48(%rdi), %r10
	mov	0x50(%rdi), %r11
	mov	0x58(%rdi), %r12
	mov	0x60(%rdi), %r13
	mov	0x68(%rdi), %r14
	mov	0x70(%rdi), %r15
	mov	0x30(%rdi), %rdi
	UNWIND_HINT_SAVE
	jnz	1f
	vmlaunch
	jmp	2f
1:	vmresume
	/* Refused: RSP is what it was, and nothing of the guest ran. */
2:	pop	%rdi
	mov	$1, %eax
	jmp	3f

SYM_INNER_LABEL(vm_exit, SYM_L_GLOBAL)
	UNWIND_HINT_RESTORE
	ENDBR
	push	%rdi
	mov	8(%rsp), %rdi
	mov	%rax, 0x00(%rdi)
	mov	%rcx, 0x08(%rdi)
	mov	%rdx, 0x10(%rdi)
	mov	%rbx, 0x18(%rdi)
	mov	%rbp, 0x20(%rdi)
	mov	%rsi, 0x28(%rdi)
	mov	%r8, 0x38(%rdi)
	mov	%r9, 0x40(%rdi)
	mov	%r10, 0x48(%rdi)
	mov	%r11, 0x50(%rdi)
	mov	%r12, 0x58(%rdi)
	mov	%r13, 0x60(%rdi)
	mov	%r14, 0x68(%rdi)
	mov	%r15, 0x70(%rdi)
	pop	%rax
	mov	%rax, 0x30(%rdi)
	pop	%rdi
	xor	%eax, %eax
3:	pop	%r15
	pop	%r14
	pop	%r13
	pop	%r12
	pop	%rbx
	pop	%rbp
	RET
SYM_FUNC_END(vm_enter)
