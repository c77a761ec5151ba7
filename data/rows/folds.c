/* Folds for cross-validation. */
#include "data/rows/rows.h"

#include <inttypes.h>

/* Deals the rows of each class, in random order, to the folds in turn. A class begins with the
 * fold after the last one of the class before, so that the folds differ by at most one row. */
static gd_status deal_classes(const gd_tensor *labels, int k, gd_rng *rng, gd_tensor *folds)
{
    int64_t rows = labels->shape[0], classes = gd__count_kinds("folds_stratified", "label", labels);
    if (classes < 0)
        return GD_ERROR_VALUE;
    gd_tensor *order = gd_tensor_create(GD_I64, GD_DIMS(rows));
    gd_tensor *turns =
        gd_tensor_create(GD_I64, GD_DIMS(classes + 1)); /* the next turn of each class */
    gd_status status = order != NULL && turns != NULL ? GD_OK : GD_ERROR_MEMORY;
    if (status == GD_OK) {
        int64_t *turn = turns->data, *fold = folds->data;
        gd_tensor_permutation(order, rng);
        gd__count_rows(labels, turn + 1);
        for (int64_t c = 1; c <= classes; ++c)
            turn[c] += turn[c - 1];
        for (int64_t i = 0; i < rows; ++i) {
            int64_t row = gd__row_at(order, i);
            fold[row] = turn[gd__row_at(labels, row)]++ % k;
        }
    }
    gd_tensor_destroy(order);
    gd_tensor_destroy(turns);
    return status;
}

/* Sorts the groups by size, largest first, and groups of one size in the given order: a counting
 * sort. larger [rows + 1] is 0. */
static void sort_by_size(const gd_tensor *order, const gd_tensor *sizes, gd_tensor *larger,
                         gd_tensor *sorted)
{
    int64_t rows = larger->shape[0] - 1, *place = larger->data, before = 0;
    for (int64_t g = 0; g < sizes->shape[0]; ++g)
        ++place[rows - gd__row_at(sizes, g)];
    for (int64_t i = 0; i <= rows; ++i) {
        int64_t here = place[i];
        place[i] = before;
        before += here;
    }
    for (int64_t i = 0; i < order->shape[0]; ++i) {
        int64_t group = gd__row_at(order, i);
        ((int64_t *)sorted->data)[place[rows - gd__row_at(sizes, group)]++] = group;
    }
}

/* Adds each group, largest first, to the fold with the fewest rows: of [groups] gets its fold.
 * in_fold [k] is 0. */
static void fill_smallest(const gd_tensor *sorted, const gd_tensor *sizes, gd_tensor *in_fold,
                          gd_tensor *of)
{
    int64_t *rows = in_fold->data;
    for (int64_t i = 0; i < sorted->shape[0]; ++i) {
        int64_t group = gd__row_at(sorted, i), smallest = 0;
        for (int64_t fold = 1; fold < in_fold->shape[0]; ++fold)
            smallest = rows[fold] < rows[smallest] ? fold : smallest;
        rows[smallest] += gd__row_at(sizes, group);
        ((int64_t *)of->data)[group] = smallest;
    }
}

enum { ORDER, SIZES, LARGER, SORTED, IN_FOLD, FOLD_OF, LISTS };

static gd_status place_groups(const gd_tensor *groups, gd_rng *rng, gd_tensor *const list[LISTS],
                              gd_tensor *folds)
{
    int64_t k = list[IN_FOLD]->shape[0];
    int64_t found = gd__count_rows(groups, list[SIZES]->data);
    if (k > found)
        return gd_fail(GD_ERROR_VALUE,
                       "folds_grouped: %" PRId64 " folds of %" PRId64 " groups would leave some "
                       "empty",
                       k, found);
    gd_tensor_permutation(list[ORDER], rng);
    sort_by_size(list[ORDER], list[SIZES], list[LARGER], list[SORTED]);
    fill_smallest(list[SORTED], list[SIZES], list[IN_FOLD], list[FOLD_OF]);
    for (int64_t i = 0; i < groups->shape[0]; ++i)
        ((int64_t *)folds->data)[i] = gd__row_at(list[FOLD_OF], gd__row_at(groups, i));
    return GD_OK;
}

static gd_status deal_groups(const gd_tensor *groups, int k, gd_rng *rng, gd_tensor *folds)
{
    int64_t rows = groups->shape[0], count = gd__count_kinds("folds_grouped", "group", groups);
    if (count < 0)
        return GD_ERROR_VALUE;
    const int64_t sizes[LISTS] = {[ORDER] = count,  [SIZES] = count, [LARGER] = rows + 1,
                                  [SORTED] = count, [IN_FOLD] = k,   [FOLD_OF] = count};
    gd_tensor *list[LISTS] = {NULL};
    gd_status status = GD_OK;
    for (int i = 0; i < LISTS && status == GD_OK; ++i) {
        list[i] = gd_tensor_create(GD_I64, GD_DIMS(sizes[i]));
        status = list[i] != NULL ? GD_OK : GD_ERROR_MEMORY;
    }
    if (status == GD_OK)
        status = place_groups(groups, rng, list, folds);
    for (int i = 0; i < LISTS; ++i)
        gd_tensor_destroy(list[i]);
    return status;
}

static gd_tensor *make_folds(const char *function, const gd_tensor *kinds, int k, gd_rng *rng,
                             gd_status (*deal)(const gd_tensor *, int, gd_rng *, gd_tensor *))
{
    if (!gd__is_row_list(kinds) || rng == NULL)
        return gd__fail_null("%s: a 1-d int64 list and a stream are needed", function);
    if (k < 2 || k > kinds->shape[0])
        return gd__fail_null("%s: 2 to %" PRId64 " folds are possible of %" PRId64
                             " rows, found %d",
                             function, kinds->shape[0], kinds->shape[0], k);
    gd_tensor *folds = gd_tensor_create(GD_I64, GD_DIMS(kinds->shape[0]));
    if (folds != NULL && deal(kinds, k, rng, folds) != GD_OK) {
        gd_tensor_destroy(folds);
        return NULL;
    }
    return folds;
}

gd_tensor *gd_folds_stratified(const gd_tensor *labels, int k, gd_rng *rng)
{
    return make_folds("folds_stratified", labels, k, rng, deal_classes);
}

gd_tensor *gd_folds_grouped(const gd_tensor *groups, int k, gd_rng *rng)
{
    return make_folds("folds_grouped", groups, k, rng, deal_groups);
}

gd_status gd_fold_rows(const gd_tensor *folds, int64_t fold, gd_tensor **train, gd_tensor **test)
{
    *train = *test = NULL;
    if (!gd__is_row_list(folds))
        return gd_fail(GD_ERROR_ARGUMENT, "fold_rows: a 1-d int64 list is needed");
    for (int64_t i = 0; i < folds->shape[0]; ++i)
        if (gd__row_at(folds, i) == fold)
            return gd__divide_rows(folds, fold, NULL, train, test);
    return gd_fail(GD_ERROR_VALUE, "fold_rows: no row is in fold %" PRId64, fold);
}
