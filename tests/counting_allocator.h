/* An allocator that counts, and may refuse one call. */
#ifndef GRADUS_TESTS_COUNTING_ALLOCATOR_H
#define GRADUS_TESTS_COUNTING_ALLOCATOR_H

#include <stddef.h>

typedef struct allocations {
    long calls, fail_at; /* fail_at: the call that fails; 0: none */
    long live;           /* blocks that are allocated now */
} allocations;

/* For gd_set_allocator, with an `allocations` as its context. */
void *counting_allocator(void *context, void *memory, size_t old_size, size_t new_size);

#endif
