/* Choosing rows. */
#include "data/rows.h"

#include <gradus/data.h>

#include <inttypes.h>
#include <math.h>
#include <string.h>

/* The number of classes; -1 and a message where a label is negative. */
static int64_t count_classes(const gd_tensor *labels)
{
    int64_t classes = 0;
    for (int64_t i = 0; i < labels->shape[0]; ++i) {
        int64_t label = gd__row_at(labels, i);
        if (label < 0) {
            gd__fail(GD_ERROR_VALUE,
                     "split_stratified: label %" PRId64 " of row %" PRId64 " is negative", label,
                     i);
            return -1;
        }
        classes = label >= classes ? label + 1 : classes;
    }
    return classes;
}

/* Rows in random order, each class's first ones to test until it has its share of it. wanted
 * [classes] comes in as zeros. Returns how many rows go to test. */
static int64_t choose_test(const gd_tensor *labels, const gd_tensor *order, double fraction,
                           gd_tensor *wanted, gd_tensor *is_test)
{
    int64_t *left = wanted->data, rows = labels->shape[0], chosen = 0;
    for (int64_t i = 0; i < rows; ++i)
        ++left[gd__row_at(labels, i)];
    for (int64_t k = 0; k < wanted->shape[0]; ++k)
        left[k] = llround(fraction * (double)left[k]);
    for (int64_t i = 0; i < rows; ++i) {
        int64_t row = gd__row_at(order, i), label = gd__row_at(labels, row);
        bool test = left[label] > 0;
        left[label] -= test;
        ((uint8_t *)is_test->data)[row] = test;
        chosen += test;
    }
    return chosen;
}

gd_status gd_split_stratified(const gd_tensor *labels, double test_fraction, gd_rng *rng,
                              gd_tensor **train, gd_tensor **test)
{
    *train = *test = NULL;
    if (!gd__is_row_list(labels) || rng == NULL)
        return gd__fail(GD_ERROR_ARGUMENT,
                        "split_stratified: labels must be 1-d int64, and there must be a stream");
    if (!(test_fraction > 0 && test_fraction < 1))
        return gd__fail(GD_ERROR_VALUE, "split_stratified: fraction %g is not between 0 and 1",
                        test_fraction);
    int64_t rows = labels->shape[0], classes = count_classes(labels), to[2] = {0, 0};
    if (classes < 0)
        return GD_ERROR_VALUE;
    gd_status status = GD_ERROR_MEMORY;
    gd_tensor *order = gd_tensor_create(GD_I64, GD_DIMS(rows));
    gd_tensor *wanted = gd_tensor_create(GD_I64, GD_DIMS(classes));
    gd_tensor *is_test = gd_tensor_create(GD_BOOL, GD_DIMS(rows));
    if (order == NULL || wanted == NULL || is_test == NULL)
        goto done;
    gd_tensor_permutation(order, rng);
    int64_t chosen = choose_test(labels, order, test_fraction, wanted, is_test);
    *train = gd_tensor_create(GD_I64, GD_DIMS(rows - chosen));
    *test = gd_tensor_create(GD_I64, GD_DIMS(chosen));
    if (*train == NULL || *test == NULL)
        goto done;
    for (int64_t i = 0; i < rows; ++i) {
        int64_t row = gd__row_at(order, i);
        int part = ((const uint8_t *)is_test->data)[row];
        ((int64_t *)(part ? *test : *train)->data)[to[part]++] = row;
    }
    status = GD_OK;
done:
    if (status != GD_OK) {
        gd_tensor_destroy(*train);
        gd_tensor_destroy(*test);
        *train = *test = NULL;
    }
    gd_tensor_destroy(order);
    gd_tensor_destroy(wanted);
    gd_tensor_destroy(is_test);
    return status;
}
