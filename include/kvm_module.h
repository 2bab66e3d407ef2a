/* SPDX-License-Identifier: GPL-2.0-only */
/* KVM's modules: to unload them, and to load them again. */
#ifndef KVM_MODULE_H
#define KVM_MODULE_H

#include "test_util.h"

const char *kvm_module_why_not(void);
void kvm_module_unload(void);
void kvm_module_load(void);

#endif /* KVM_MODULE_H */
