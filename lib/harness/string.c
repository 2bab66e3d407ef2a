// SPDX-License-Identifier: GPL-2.0-only
/*
 * The functions that a compiler calls on its own account.  Guest code must not
 * end up in libc, which is not in the guest.  Built with -fno-builtin and
 * without loop idioms, or these would call themselves.  Eight bytes at a time:
 * emulators really do one step after the other.
 */
#include <string.h>

void *memcpy(void *to, const void *from, size_t size)
{
	void *ret = to;
	size_t words = size / 8;

	asm volatile("rep movsq" : "+D"(to), "+S"(from), "+c"(words) : : "memory");
	size %= 8;
	asm volatile("rep movsb" : "+D"(to), "+S"(from), "+c"(size) : : "memory");
	return ret;
}

void *memset(void *to, int byte, size_t size)
{
	unsigned long long pattern = (unsigned char)byte * 0x0101010101010101ULL;
	void *ret = to;
	size_t words = size / 8;

	asm volatile("rep stosq" : "+D"(to), "+c"(words) : "a"(pattern) : "memory");
	size %= 8;
	asm volatile("rep stosb" : "+D"(to), "+c"(size) : "a"(pattern) : "memory");
	return ret;
}

int memcmp(const void *a, const void *b, size_t size)
{
	const unsigned char *x = a, *y = b;

	for (size_t i = 0; i < size; i++)
		if (x[i] != y[i])
			return x[i] - y[i];
	return 0;
}
