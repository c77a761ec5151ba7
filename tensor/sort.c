/* Sorting in place, by a heap: without memory, which qsort may take past the library's allocator,
 * and in n log n steps whatever a file makes of the order. */
#include "tensor/internal.h"

static void swap(char *a, char *b, size_t size)
{
    for (size_t i = 0; i < size; ++i) {
        char kept = a[i];
        a[i] = b[i];
        b[i] = kept;
    }
}

/* Lets element `at` of a heap of n sink below those that are larger. */
static void sink(char *base, size_t at, size_t n, size_t size,
                 int (*compare)(const void *, const void *))
{
    for (size_t child; (child = 2 * at + 1) < n; at = child) {
        if (child + 1 < n && compare(base + child * size, base + (child + 1) * size) < 0)
            ++child;
        if (compare(base + at * size, base + child * size) >= 0)
            return;
        swap(base + at * size, base + child * size, size);
    }
}

void gd__sort(void *elements, size_t n, size_t size, int (*compare)(const void *, const void *))
{
    for (size_t i = n / 2; i-- > 0;)
        sink(elements, i, n, size, compare);
    for (size_t i = n; i-- > 1;) {
        swap(elements, (char *)elements + i * size, size);
        sink(elements, 0, i, size, compare);
    }
}
