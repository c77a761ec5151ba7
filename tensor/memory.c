/* The one hook through which all of the library's memory comes. */
#include "tensor/internal.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

static void *standard_allocator(void *context, void *memory, size_t old_size, size_t new_size)
{
    (void)context;
    (void)old_size;
    if (new_size > 0)
        return malloc(new_size);
    free(memory);
    return NULL;
}

static gd_allocator hook = standard_allocator;
static void *hook_context;

void gd_set_allocator(gd_allocator allocator, void *context)
{
    hook = allocator != NULL ? allocator : standard_allocator;
    hook_context = context;
}

void *gd_allocate(size_t size)
{
    return hook(hook_context, NULL, 0, size > 0 ? size : 1);
}

void gd_free(void *memory, size_t size)
{
    if (memory != NULL)
        hook(hook_context, memory, size > 0 ? size : 1, 0);
}

void *gd__lengthened(void *array, int *capacity, size_t element_size, int least)
{
    int count = *capacity > 0 ? 2 * *capacity : least;
    void *longer = *capacity <= INT_MAX / 4 ? gd_allocate((size_t)count * element_size) : NULL;
    if (longer == NULL)
        return NULL;
    if (*capacity > 0)
        memcpy(longer, array, (size_t)*capacity * element_size);
    gd_free(array, (size_t)*capacity * element_size);
    *capacity = count;
    return longer;
}
