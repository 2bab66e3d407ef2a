/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Virtual machines for the tests.
 *
 * A guest runs this very program: at its creation a VM gets a copy of the
 * program's own image, at the addresses it was linked at.  So guest code is a
 * C function of the test, a guest variable a global of it, and the host
 * reaches the guest's copy by sync_global_to_guest() and addr_gva2hva().
 * Guest code must not call libc; memcpy(), memset() and memcmp() are the
 * library's own and work in both.
 */
#ifndef KVM_UTIL_H
#define KVM_UTIL_H

#include <linux/kvm.h>
#include <pthread.h>
#include <sys/ioctl.h>

#include "test_util.h"
#include "ucall.h"

#define PAGE_SIZE	4096U
#define PAGE_SHIFT	12

#define VM_DEFAULT_MEM	(16U << 20)	/* bytes; what is not touched costs nothing */
#define VM_MAX_VCPUS	64

struct kvm_vm;

struct kvm_vcpu {
	struct kvm_vm *vm;
	u32 id;
	int fd;
	struct kvm_run *run;
	/* Guest addresses of what the hardware looks at. */
	u64 gdt;
	u64 tss;
	u64 stack_top;			/* where guest_code starts */
	u64 rsp0;			/* where an interrupt of ring 3 lands */
	u64 ist[7];			/* tops of the IST stacks; ist[0] is IST1 */
};

struct kvm_vm {
	int fd;
	void *mem;			/* guest-physical 0 up; a NUMA test may bind it */
	size_t mem_size;
	u64 next_page;			/* guest-physical: the next free page */
	u64 next_gva;			/* where vm_alloc() puts its next pages */
	u64 pml4;			/* guest-physical */
	u64 idt;			/* guest address */
	bool has_run;			/* a KVM_RUN of it has succeeded */
	struct kvm_vcpu *vcpus[VM_MAX_VCPUS];
};

/* The device. */
void kvm_open(void);
void kvm_close(void);
int kvm_dev_fd(void);
int kvm_check_cap(long cap);
u32 kvm_vendor(void);			/* enum host_state_vendor, by CPUID */
const struct kvm_cpuid2 *kvm_get_supported_cpuid(void);

/* VMs and vCPUs. */
struct kvm_vm *vm_create(size_t mem_size);
struct kvm_vm *vm_create_with_one_vcpu(struct kvm_vcpu **vcpu, void *guest_code);
struct kvm_vm *vm_create_with_apic(struct kvm_vcpu **vcpu, void *guest_code);
struct kvm_vcpu *vm_vcpu_add(struct kvm_vm *vm, u32 id, void *guest_code);
void kvm_vm_free(struct kvm_vm *vm);
u64 kvm_vm_stat(const struct kvm_vm *vm, const char *name);

/* Memory. */
u64 vm_phy_page_alloc(struct kvm_vm *vm);
void virt_map(struct kvm_vm *vm, u64 gva, u64 gpa, size_t pages);
u64 vm_alloc(struct kvm_vm *vm, size_t pages);
void vm_alloc_at(struct kvm_vm *vm, u64 gva, size_t size);
u64 addr_gva2gpa(struct kvm_vm *vm, u64 gva);
void *addr_gpa2hva(struct kvm_vm *vm, u64 gpa);
void *addr_gva2hva(struct kvm_vm *vm, u64 gva);

#define gva_of(global)	((u64)(uintptr_t)&(global))
#define guest_copy(vm, global) \
	((typeof(global) *)addr_gva2hva(vm, gva_of(global)))
#define sync_global_to_guest(vm, global) \
	memcpy(guest_copy(vm, global), &(global), sizeof(global))
#define sync_global_from_guest(vm, global) \
	memcpy(&(global), guest_copy(vm, global), sizeof(global))

/* Running. */
int _vcpu_run(struct kvm_vcpu *vcpu);
void vcpu_check_run(struct kvm_vcpu *vcpu, int error);
void vcpu_run(struct kvm_vcpu *vcpu);
u64 vcpu_ucall(struct kvm_vcpu *vcpu, struct ucall *uc);
u64 vcpu_run_to_ucall(struct kvm_vcpu *vcpu, struct ucall *uc);
void vcpu_exit_text(const struct kvm_vcpu *vcpu, char *text, size_t size);
void vcpu_args_set(struct kvm_vcpu *vcpu, u64 arg0, u64 arg1);

void vcpu_regs_get(struct kvm_vcpu *vcpu, struct kvm_regs *regs);
void vcpu_regs_set(struct kvm_vcpu *vcpu, struct kvm_regs *regs);
void vcpu_sregs_get(struct kvm_vcpu *vcpu, struct kvm_sregs *sregs);
void vcpu_sregs_set(struct kvm_vcpu *vcpu, struct kvm_sregs *sregs);

/* Per architecture: lib/harness/x86/processor.c. */
void vm_arch_create(struct kvm_vm *vm);
void vcpu_arch_create(struct kvm_vcpu *vcpu, void *guest_code);

#endif /* KVM_UTIL_H */
