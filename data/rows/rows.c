/* Rows by their numbers: checking, counting, dividing, copying. */
#include "data/rows/rows.h"

#include <inttypes.h>
#include <string.h>

bool gd__are_rows(const char *function, const gd_tensor *list, int64_t rows)
{
    if (!gd__is_row_list(list))
        return gd__fail_false(GD_ERROR_ARGUMENT, "%s: row numbers must be 1-d int64", function);
    for (int64_t i = 0; i < list->shape[0]; ++i) {
        int64_t row = gd__row_at(list, i);
        if (row >= 0 && row < rows)
            continue;
        return gd__fail_false(GD_ERROR_VALUE,
                              "%s: index %" PRId64 " at %" PRId64 " is not one of %" PRId64 " rows",
                              function, row, i, rows);
    }
    return true;
}

void gd__take_rows(gd_tensor *taken, const gd_tensor *x, const gd_tensor *rows)
{
    int64_t n = rows->shape[0];
    if (n == 0)
        return;
    gd_tensor from = gd_tensor_slice(x, 0, 0, 1, 1), to = gd_tensor_slice(taken, 0, 0, 1, 1);
    bool plain = gd_tensor_is_contiguous(&from) && gd_tensor_is_contiguous(&to);
    int64_t size = (int64_t)gd_dtype_size(x->dtype);
    size_t bytes = (size_t)(gd_tensor_numel(&from) * size);
    for (int64_t i = 0; i < n; ++i) {
        from.data = (char *)x->data + gd__row_at(rows, i) * x->stride[0] * size;
        to.data = (char *)taken->data + i * taken->stride[0] * size;
        if (!plain)
            gd__copy(NULL, &to, &from);
        else if (bytes > 0)
            memcpy(to.data, from.data, bytes);
    }
    gd_tensor_modified(taken);
}

gd_tensor *gd_take_rows(const gd_tensor *x, const gd_tensor *indices)
{
    if (!gd__is_valid("take_rows", x))
        return NULL;
    if (x->ndim == 0)
        return gd__fail_null("take_rows: a scalar has no rows");
    if (!gd__are_rows("take_rows", indices, x->shape[0]))
        return NULL;
    int64_t shape[GD_MAX_DIMS];
    memcpy(shape, x->shape, sizeof shape);
    shape[0] = indices->shape[0];
    gd_tensor *taken = gd_tensor_create(x->dtype, x->ndim, shape);
    if (taken != NULL)
        gd__take_rows(taken, x, indices);
    return taken;
}

/* Memory is proportional to the largest number. Identifiers, which do not count from 0, are
 * refused because they would need any amount. */
static const int64_t most_unused = 1 << 20;

int64_t gd__count_kinds(const char *function, const char *what, const gd_tensor *kinds)
{
    int64_t count = 0, rows = kinds->shape[0], most = rows > most_unused ? rows : most_unused;
    for (int64_t i = 0; i < rows; ++i) {
        int64_t kind = gd__row_at(kinds, i);
        if (kind < 0 || kind >= most) {
            gd_fail(GD_ERROR_VALUE, "%s: %s %" PRId64 " of row %" PRId64 " is %s", function, what,
                    kind, i, kind < 0 ? "negative" : "too large: they are counted from 0");
            return -1;
        }
        count = kind >= count ? kind + 1 : count;
    }
    return count;
}

int64_t gd__count_rows(const gd_tensor *kinds, int64_t *sizes)
{
    int64_t found = 0;
    for (int64_t i = 0; i < kinds->shape[0]; ++i)
        found += sizes[gd__row_at(kinds, i)]++ == 0;
    return found;
}

gd_status gd__divide_rows(const gd_tensor *parts, int64_t test_part, const gd_tensor *order,
                          gd_tensor **train, gd_tensor **test)
{
    int64_t rows = parts->shape[0], inside = 0, to[2] = {0, 0};
    for (int64_t i = 0; i < rows; ++i)
        inside += gd__row_at(parts, i) == test_part;
    *train = gd_tensor_create(GD_I64, GD_DIMS(rows - inside));
    *test = gd_tensor_create(GD_I64, GD_DIMS(inside));
    if (*train == NULL || *test == NULL) {
        gd_tensor_destroy(*train);
        gd_tensor_destroy(*test);
        *train = *test = NULL;
        return GD_ERROR_MEMORY;
    }
    for (int64_t i = 0; i < rows; ++i) {
        int64_t row = order != NULL ? gd__row_at(order, i) : i;
        int is_test = gd__row_at(parts, row) == test_part;
        ((int64_t *)(is_test ? *test : *train)->data)[to[is_test]++] = row;
    }
    return GD_OK;
}
