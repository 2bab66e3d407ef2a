/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef LINT_TYPES_H
#define LINT_TYPES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef uint8_t u8;
typedef uint16_t u16;
typedef uint32_t u32;
typedef uint64_t u64;
typedef int8_t s8;
typedef int32_t s32;
typedef int64_t s64;

struct desc {
	u16 limit0;
	u16 base0;
	unsigned int base1 : 8, type : 4, s : 1, dpl : 2, p : 1;
	unsigned int limit1 : 4, avl : 1, l : 1, db : 1, g : 1, base2 : 8;
	u32 base3;
};

struct entry {
	u64 low : 12, frame : 20, rest : 32;
	u64 wide : 40;
};

void take64(u64 value);
void take32(u32 value);
void take_bool(bool value);
int format(char *to, size_t size, const char *from);
void take_signed(s64 value);
void take_any(const char *format, ...);
u8 read8(unsigned int port);
u16 read16(unsigned int port);
u32 read32(unsigned int port);
int unknown(void);

#endif /* LINT_TYPES_H */
