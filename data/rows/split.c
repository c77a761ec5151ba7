/* Splitting rows into two parts, for training and for testing. */
#include "data/rows/rows.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

static gd_status check(const char *function, const gd_tensor *kinds, double test_fraction,
                       const gd_rng *rng)
{
    if (!gd__is_row_list(kinds) || rng == NULL)
        return gd_fail(GD_ERROR_ARGUMENT, "%s: a 1-d int64 list and a stream are needed", function);
    if (!(test_fraction > 0 && test_fraction < 1))
        return gd_fail(GD_ERROR_VALUE, "%s: fraction %g is not between 0 and 1", function,
                       test_fraction);
    return GD_OK;
}

/* The rows of a class that go to test: `rows`, and perhaps one more. */
typedef struct share {
    int64_t label, rank; /* rank: where the class first occurs in the random order */
    int64_t rows;
    double remainder; /* the fraction of a row that `rows` lacks */
} share;

/* The largest remainder comes first; ties are broken at random. */
static int compare_shares(const void *a, const void *b)
{
    const share *x = a, *y = b;
    return x->remainder != y->remainder
               ? (x->remainder < y->remainder) - (x->remainder > y->remainder)
               : (x->rank > y->rank) - (x->rank < y->rank);
}

/* Apportions `wanted` rows of test by the largest remainder (Hamilton): each class gives the whole
 * part of its share, and the classes with the largest remainders give one row more. counts
 * [classes]: the rows of each class, then those it gives. */
static void apportion(int64_t classes, double fraction, int64_t wanted, share *shares,
                      int64_t *counts)
{
    int64_t left = wanted;
    for (int64_t k = 0; k < classes; ++k) {
        double exact = fraction * (double)counts[k];
        shares[k].label = k;
        shares[k].rows = (int64_t)exact;
        shares[k].remainder = exact - (double)shares[k].rows;
        left -= shares[k].rows;
    }
    gd__sort(shares, (size_t)classes, sizeof *shares, compare_shares);
    for (int64_t k = 0; k < classes; ++k)
        counts[shares[k].label] = shares[k].rows + (k < left);
}

/* Sets parts [rows] to 1 for the rows of test: the first ones of each class in this order. parts,
 * shares and counts [classes] are 0. */
static void choose_rows(const gd_tensor *labels, double fraction, int64_t wanted,
                        const gd_tensor *order, share *shares, gd_tensor *counts, gd_tensor *parts)
{
    int64_t *left = counts->data;
    gd__count_rows(labels, left);
    for (int64_t i = order->shape[0]; i-- > 0;)
        shares[gd__row_at(labels, gd__row_at(order, i))].rank = i;
    apportion(counts->shape[0], fraction, wanted, shares, left);
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
    int64_t wanted = llround(test_fraction * (double)rows);
    if (wanted == 0 || wanted == rows)
        return gd_fail(GD_ERROR_VALUE,
                       "split_stratified: %g of %" PRId64 " rows leaves a part without rows",
                       test_fraction, rows);
    size_t bytes = (size_t)classes * sizeof(share);
    share *shares = gd_allocate(bytes);
    gd_tensor *order = gd_tensor_create(GD_I64, GD_DIMS(rows));
    gd_tensor *counts = gd_tensor_create(GD_I64, GD_DIMS(classes));
    gd_tensor *parts = gd_tensor_create(GD_I64, GD_DIMS(rows));
    status = GD_ERROR_MEMORY;
    if (shares != NULL && order != NULL && counts != NULL && parts != NULL) {
        memset(shares, 0, bytes);
        gd_tensor_permutation(order, rng);
        choose_rows(labels, test_fraction, wanted, order, shares, counts, parts);
        status = gd__divide_rows(parts, 1, order, train, test);
    }
    gd_free(shares, bytes);
    gd_tensor_destroy(order);
    gd_tensor_destroy(counts);
    gd_tensor_destroy(parts);
    return status;
}

/* Moves groups to test in this order, each if it brings the number of rows closer to `wanted`:
 * in_test [groups]. Returns that number. */
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

/* Moves the smallest group to a part that is empty because groups are large. */
static void fill_empty_side(int64_t groups, const int64_t *sizes, bool test, int64_t *in_test)
{
    int64_t smallest = -1;
    for (int64_t g = 0; g < groups; ++g)
        if (sizes[g] > 0 && (smallest < 0 || sizes[g] < sizes[smallest]))
            smallest = g;
    in_test[smallest] = test;
}

/* Sets parts [rows] to 1 for the rows of test. */
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
                     : gd_fail(GD_ERROR_VALUE,
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
