#include "same_bits.h"

#include "cmocka_all.h"

#include <string.h>

#ifdef __SANITIZE_THREAD__
static const int threads[] = {3};
#else
static const int threads[] = {1, 2, 3, 4, 7};
#endif
enum { POOLS = sizeof threads / sizeof *threads, MOST_RESULTS = 16 };

void same_bits(const char *name, const gd_tensor *(*work)(void *context, gd_pool *pool, int i),
               void *context)
{
    gd_tensor *expected[MOST_RESULTS];
    int count = 0;
    for (const gd_tensor *x; (x = work(context, NULL, count)) != NULL; ++count) {
        assert_true(count < MOST_RESULTS);
        expected[count] = gd_tensor_create_copy(x);
    }
    for (int k = 0; k < POOLS; ++k) {
        gd_pool *pool = gd_pool_create(threads[k]);
        assert_non_null(pool);
        for (int i = 0; i < count; ++i) {
            const gd_tensor *x = work(context, pool, i);
            assert_non_null(x);
            gd_tensor *copy = gd_tensor_create_copy(x);
            size_t size = (size_t)gd_tensor_numel(copy) * gd_dtype_size(copy->dtype);
            if (gd_tensor_numel(copy) != gd_tensor_numel(expected[i]) ||
                memcmp(copy->data, expected[i]->data, size) != 0)
                fail_msg("%s: result %d has other bits with %d threads", name, i, threads[k]);
            gd_tensor_destroy(copy);
        }
        gd_pool_destroy(pool);
    }
    for (int i = 0; i < count; ++i)
        gd_tensor_destroy(expected[i]);
}
