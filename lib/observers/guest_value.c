// SPDX-License-Identifier: GPL-2.0-only
/* What the guests of a subtest write into state that is the host's too. */
#include <pthread.h>

#include "observer.h"

#define MAX_VALUES	512

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct guest_value values[MAX_VALUES];
static int nr_values;

/**
 * host_state_guest_value() - tell what a guest is going to write
 * @field: as in a violation; of several, what their names begin with
 * @vcpu: whose guest
 * @value: which no host has there by itself
 * @mask: the bits of it that say so
 *
 * Until the end of the subtest, a host that has it has the guest's.
 */
void host_state_guest_value(const char *field, int vcpu, u64 value, u64 mask)
{
	pthread_mutex_lock(&lock);
	if (nr_values < MAX_VALUES)
		values[nr_values++] = (struct guest_value) { field, vcpu, value & mask, mask };
	pthread_mutex_unlock(&lock);
}

/** host_state_guest_find() - whose guest wrote @got into @field; NULL: nobody's */
const struct guest_value *host_state_guest_find(const char *field, u64 got)
{
	/* In the VMCS, or in the CPU. */
	if (!strncmp(field, "HOST_", 5))
		field += 5;
	for (int i = 0; i < nr_values; i++) {
		const struct guest_value *v = &values[i];

		if (!strncmp(field, v->field, strlen(v->field)) && (got & v->mask) == v->value)
			return v;
	}
	return NULL;
}

/** host_state_guest_forget() - the subtest is over */
void host_state_guest_forget(void)
{
	nr_values = 0;
}
