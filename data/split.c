/* Two parts: rows to learn from, and rows to test on. */
#include "data/rows.h"

#include <inttypes.h>
#include <math.h>

static gd_status check(const char *function, const gd_tensor *kinds, double test_fraction,
                       const gd_rng *rng)
{
    if (!gd__is_row_list(kinds) || rng == NULL)
        return gd__fail(GD_ERROR_ARGUMENT, "%s: a 1-d int64 list and a stream are needed",
                        function);
    if (!(test_fraction > 0 && test_fraction < 1))
        return gd__fail(GD_ERROR_VALUE, "%s: fraction %g is not between 0 and 1", function,
                        test_fraction);
    return GD_OK;
}

/* Marks each class's first rows in this order until it has its share of them. wanted [classes] and parts
 * [rows] come in as zeros. */
static void choose_rows(const gd_tensor *labels, double fraction, const gd_tensor *order,
                        gd_tensor *wanted, gd_tensor *parts)
{
    int64_t *left = wanted->data;
    gd__count_rows(labels, left);
    for (int64_t k = 0; k < wanted->shape[0]; ++k)
        left[k] = llround(fraction * (double)left[k]);
    for (int64_t i = 0; i < order->shape[0]; ++i) {
        int64_t row = gd__row_at(order, i), label = gd__row_at(labels, row);
        bool test = left[label] > 0;
        left[label] -= test;
        ((int64_t *)parts->data)[row] = test;
    }
}

gd_status gd_split_stratified(const gd_tensor *labels, double test_fraction, gd_rng *rng,
                              gd_tensor **train, gd_tensor **test)
{
    *train = *test = NULL;
    gd_status status = check("split_stratified", labels, test_fraction, rng);
    if (status != GD_OK)
        return status;
    int64_t rows = labels->shape[0], classes = gd__count_kinds("split_stratified", "label", labels);
    if (classes < 0)
        return GD_ERROR_VALUE;
    gd_tensor *order = gd_tensor_create(GD_I64, GD_DIMS(rows));
    gd_tensor *wanted = gd_tensor_create(GD_I64, GD_DIMS(classes));
    gd_tensor *parts = gd_tensor_create(GD_I64, GD_DIMS(rows));
    status = GD_ERROR_MEMORY;
    if (order != NULL && wanted != NULL && parts != NULL) {
        gd_tensor_permutation(order, rng);
        choose_rows(labels, test_fraction, order, wanted, parts);
        status = gd__divide_rows(parts, 1, order, train, test);
    }
    gd_tensor_destroy(order);
    gd_tensor_destroy(wanted);
    gd_tensor_destroy(parts);
    return status;
}

/* Groups in this order go to test, each if the part of it comes nearer to what is wanted by that; in_test
 * [groups] says which. Returns the number of their rows. */
static int64_t choose_groups(const gd_tensor *order, const int64_t *sizes, double wanted,
                             int64_t *in_test)
{
    int64_t taken = 0;
    for (int64_t i = 0; i < order->shape[0]; ++i) {
        int64_t group = gd__row_at(order, i), with = taken + sizes[group];
        in_test[group] = fabs((double)with - wanted) < fabs((double)taken - wanted);
        taken = in_test[group] ? with : taken;
    }
    return taken;
}

/* Where groups are large a side may be empty: the smallest group goes over to it. */
static void fill_empty_side(int64_t groups, const int64_t *sizes, bool test, int64_t *in_test)
{
    int64_t smallest = -1;
    for (int64_t g = 0; g < groups; ++g)
        if (sizes[g] > 0 && (smallest < 0 || sizes[g] < sizes[smallest]))
            smallest = g;
    in_test[smallest] = test;
}

/* parts [rows] = 1 for rows in test. */
static gd_status deal_groups(const gd_tensor *groups, int64_t count, double fraction, gd_rng *rng,
                             gd_tensor *parts)
{
    int64_t rows = groups->shape[0];
    gd_tensor *order = gd_tensor_create(GD_I64, GD_DIMS(count));
    gd_tensor *counted = gd_tensor_create(GD_I64, GD_DIMS(count));
    gd_tensor *in_test = gd_tensor_create(GD_I64, GD_DIMS(count));
    gd_status status = GD_ERROR_MEMORY;
    if (order != NULL && counted != NULL && in_test != NULL) {
        int64_t found = gd__count_rows(groups, counted->data);
        status = found >= 2
                     ? GD_OK
                     : gd__fail(GD_ERROR_VALUE,
                                "split_grouped: %" PRId64 " groups cannot be divided; 2 are needed",
                                found);
    }
    if (status == GD_OK) {
        gd_tensor_permutation(order, rng);
        int64_t taken = choose_groups(order, counted->data, fraction * (double)rows, in_test->data);
        if (taken == 0 || taken == rows)
            fill_empty_side(count, counted->data, taken == 0, in_test->data);
        for (int64_t i = 0; i < rows; ++i)
            ((int64_t *)parts->data)[i] = gd__row_at(in_test, gd__row_at(groups, i));
    }
    gd_tensor_destroy(order);
    gd_tensor_destroy(counted);
    gd_tensor_destroy(in_test);
    return status;
}

gd_status gd_split_grouped(const gd_tensor *groups, double test_fraction, gd_rng *rng,
                           gd_tensor **train, gd_tensor **test)
{
    *train = *test = NULL;
    gd_status status = check("split_grouped", groups, test_fraction, rng);
    if (status != GD_OK)
        return status;
    int64_t count = gd__count_kinds("split_grouped", "group", groups);
    if (count < 0)
        return GD_ERROR_VALUE;
    gd_tensor *parts = gd_tensor_create(GD_I64, GD_DIMS(groups->shape[0]));
    status =
        parts != NULL ? deal_groups(groups, count, test_fraction, rng, parts) : GD_ERROR_MEMORY;
    if (status == GD_OK)
        status = gd__divide_rows(parts, 1, NULL, train, test);
    gd_tensor_destroy(parts);
    return status;
}
