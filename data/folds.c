/* Splits that keep groups together, and k folds. */
#include "data/rows.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>

/* Which of k parts each row belongs to; a part's rows, and those of all others. */
gd_status gd_fold_rows(const gd_tensor *folds, int64_t fold, gd_tensor **train, gd_tensor **test)
{
    *train = *test = NULL;
    if (!gd__is_row_list(folds))
        return gd__fail(GD_ERROR_ARGUMENT, "fold_rows: a 1-d int64 list is needed");
    int64_t rows = folds->shape[0], inside = 0, to[2] = {0, 0};
    for (int64_t i = 0; i < rows; ++i)
        inside += gd__row_at(folds, i) == fold;
    *train = gd_tensor_create(GD_I64, GD_DIMS(rows - inside));
    *test = gd_tensor_create(GD_I64, GD_DIMS(inside));
    if (*train == NULL || *test == NULL) {
        gd_tensor_destroy(*train);
        gd_tensor_destroy(*test);
        *train = *test = NULL;
        return GD_ERROR_MEMORY;
    }
    for (int64_t i = 0; i < rows; ++i) {
        int part = gd__row_at(folds, i) == fold;
        ((int64_t *)(part ? *test : *train)->data)[to[part]++] = i;
    }
    return GD_OK;
}

/* The number of classes or groups; -1 and a message where a number is negative. */
static int64_t count_kinds(const char *function, const gd_tensor *kinds)
{
    int64_t count = 0;
    for (int64_t i = 0; i < kinds->shape[0]; ++i) {
        int64_t kind = gd__row_at(kinds, i);
        if (kind < 0) {
            gd__fail(GD_ERROR_VALUE, "%s: %" PRId64 " of row %" PRId64 " is negative", function,
                     kind, i);
            return -1;
        }
        count = kind >= count ? kind + 1 : count;
    }
    return count;
}

/* Each class's rows, in random order, go to the parts in turn, each class going on where the last ended. */
static gd_status deal_classes(const gd_tensor *labels, int k, gd_rng *rng, gd_tensor *folds)
{
    int64_t rows = labels->shape[0], classes = count_kinds("folds_stratified", labels);
    if (classes < 0)
        return GD_ERROR_VALUE;
    gd_tensor *order = gd_tensor_create(GD_I64, GD_DIMS(rows));
    gd_tensor *next = gd_tensor_create(GD_I64, GD_DIMS(classes + 1)); /* each class's first turn */
    gd_status status = order != NULL && next != NULL ? GD_OK : GD_ERROR_MEMORY;
    if (status == GD_OK) {
        int64_t *turn = next->data, *fold = folds->data;
        gd_tensor_permutation(order, rng);
        for (int64_t i = 0; i < rows; ++i)
            ++turn[gd__row_at(labels, i) + 1];
        for (int64_t c = 1; c <= classes; ++c)
            turn[c] += turn[c - 1];
        for (int64_t i = 0; i < rows; ++i) {
            int64_t row = gd__row_at(order, i);
            fold[row] = turn[gd__row_at(labels, row)]++ % k;
        }
    }
    gd_tensor_destroy(order);
    gd_tensor_destroy(next);
    return status;
}

typedef struct group {
    int64_t number, rows, place; /* place: in a random order, between groups of one size */
} group;

static int larger_first(const void *a, const void *b)
{
    const group *x = a, *y = b;
    if (x->rows != y->rows)
        return x->rows > y->rows ? -1 : 1;
    return (x->place > y->place) - (x->place < y->place);
}

/* The largest group that is left goes to the part with the fewest rows. of [groups] gets each one's part. */
static void fill_smallest(group *groups, int64_t count, int k, int64_t *sizes, int64_t *of)
{
    qsort(groups, (size_t)count, sizeof *groups, larger_first);
    for (int64_t i = 0; i < count; ++i) {
        int smallest = 0;
        for (int part = 1; part < k; ++part)
            smallest = sizes[part] < sizes[smallest] ? part : smallest;
        sizes[smallest] += groups[i].rows;
        of[groups[i].number] = smallest;
    }
}

static gd_status deal_groups(const gd_tensor *numbers, int k, gd_rng *rng, gd_tensor *folds)
{
    int64_t rows = numbers->shape[0], count = count_kinds("folds_grouped", numbers);
    if (count < 0)
        return GD_ERROR_VALUE;
    gd_tensor *order = gd_tensor_create(GD_I64, GD_DIMS(count));
    gd_tensor *sizes = gd_tensor_create(GD_I64, GD_DIMS(k));
    gd_tensor *of = gd_tensor_create(GD_I64, GD_DIMS(count));
    group *groups = order != NULL ? gd__allocate((size_t)count * sizeof *groups) : NULL;
    bool there = sizes != NULL && of != NULL && (groups != NULL || count == 0);
    if (there) {
        gd_tensor_permutation(order, rng);
        for (int64_t g = 0; g < count; ++g)
            groups[g] = (group){.number = g, .place = gd__row_at(order, g)};
        for (int64_t i = 0; i < rows; ++i)
            ++groups[gd__row_at(numbers, i)].rows;
        fill_smallest(groups, count, k, sizes->data, of->data);
        for (int64_t i = 0; i < rows; ++i)
            ((int64_t *)folds->data)[i] = gd__row_at(of, gd__row_at(numbers, i));
    }
    gd__free(groups, (size_t)count * sizeof *groups);
    gd_tensor_destroy(order);
    gd_tensor_destroy(sizes);
    gd_tensor_destroy(of);
    return there ? GD_OK : GD_ERROR_MEMORY;
}

static gd_tensor *make_folds(const char *function, const gd_tensor *kinds, int k, gd_rng *rng,
                             gd_status (*deal)(const gd_tensor *, int, gd_rng *, gd_tensor *))
{
    if (!gd__is_row_list(kinds) || rng == NULL || k < 2)
        return gd__fail_null("%s: a 1-d int64 list, a stream and at least 2 folds are needed",
                             function);
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

/* Groups in random order go to test, each if the part of it comes nearer to what is wanted by that. */
gd_status gd_split_grouped(const gd_tensor *groups, double test_fraction, gd_rng *rng,
                           gd_tensor **train, gd_tensor **test)
{
    *train = *test = NULL;
    if (!gd__is_row_list(groups) || rng == NULL || !(test_fraction > 0 && test_fraction < 1))
        return gd__fail(GD_ERROR_ARGUMENT,
                        "split_grouped: groups must be 1-d int64, and the fraction in (0,1)");
    int64_t rows = groups->shape[0], count = count_kinds("split_grouped", groups);
    if (count < 0)
        return GD_ERROR_VALUE;
    gd_tensor *order = gd_tensor_create(GD_I64, GD_DIMS(count));
    gd_tensor *sizes = gd_tensor_create(GD_I64, GD_DIMS(count));
    gd_tensor *parts = gd_tensor_create(GD_I64, GD_DIMS(rows));
    gd_status status = order != NULL && sizes != NULL && parts != NULL ? GD_OK : GD_ERROR_MEMORY;
    if (status == GD_OK) {
        int64_t *size = sizes->data, *part = parts->data;
        double wanted = test_fraction * (double)rows, taken = 0;
        gd_tensor_permutation(order, rng);
        for (int64_t i = 0; i < rows; ++i)
            ++size[gd__row_at(groups, i)];
        for (int64_t i = 0; i < count; ++i) {
            int64_t group = gd__row_at(order, i);
            double with = taken + (double)size[group];
            bool test_too = fabs(with - wanted) < fabs(taken - wanted);
            taken = test_too ? with : taken;
            size[group] = test_too; /* from here on: whether it is for testing */
        }
        for (int64_t i = 0; i < rows; ++i)
            part[i] = size[gd__row_at(groups, i)];
        status = gd_fold_rows(parts, 1, train, test);
    }
    gd_tensor_destroy(order);
    gd_tensor_destroy(sizes);
    gd_tensor_destroy(parts);
    return status;
}
