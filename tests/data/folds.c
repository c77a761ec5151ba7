/* Folds and grouped splits: what must hold of all, and how scikit-learn deals rows out
 * (tests/fixtures/batches.txt, made by make_batches.py). */
#include "../cmocka_all.h"
#include "../counting_allocator.h"
#include "tests.h"

#include <gradus/data.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MOST = 12, ROWS = 600 };

static int64_t at(const gd_tensor *list, int64_t i)
{
    return ((const int64_t *)list->data)[i];
}

/* Rows of each kind, in an order of their own, so that no kind's rows lie together. */
static gd_tensor *kinds_of(const int *counts, int n)
{
    int64_t rows = 0, next = 0;
    for (int k = 0; k < n; ++k)
        rows += counts[k];
    gd_tensor *order = gd_tensor_create(GD_I64, GD_DIMS(rows));
    gd_tensor *kinds = gd_tensor_create(GD_I64, GD_DIMS(rows));
    gd_tensor_permutation(order, &(gd_rng){.key = 9});
    for (int k = 0; k < n; ++k)
        for (int i = 0; i < counts[k]; ++i)
            ((int64_t *)kinds->data)[at(order, next++)] = k;
    gd_tensor_destroy(order);
    return kinds;
}

static int read_counts(const char *text, int *counts)
{
    int n = 0;
    for (char *end; n < MOST; text = end) {
        counts[n] = (int)strtol(text, &end, 10);
        if (end == text)
            break;
        ++n;
    }
    return n;
}

static int compare(const void *a, const void *b)
{
    return *(const int *)a - *(const int *)b;
}

static void check_stratified(FILE *file, const gd_tensor *labels, const gd_tensor *folds, int k,
                             int classes)
{
    int found[MOST][MOST] = {{0}};
    for (int64_t i = 0; i < labels->shape[0]; ++i)
        ++found[at(folds, i)][at(labels, i)];
    for (int fold = 0; fold < k; ++fold)
        for (int c = 0; c < classes; ++c) {
            int wanted;
            assert_int_equal(fscanf(file, "%d", &wanted), 1);
            assert_int_equal(found[fold][c], wanted);
        }
}

static void check_grouped(FILE *file, const gd_tensor *groups, const gd_tensor *folds, int k)
{
    int sizes[MOST] = {0}, fold_of[MOST];
    memset(fold_of, -1, sizeof fold_of);
    for (int64_t i = 0; i < groups->shape[0]; ++i) {
        int *of = &fold_of[at(groups, i)], fold = (int)at(folds, i);
        assert_true(*of == -1 || *of == fold); /* in one fold */
        *of = fold;
        ++sizes[fold];
    }
    qsort(sizes, (size_t)k, sizeof *sizes, compare);
    for (int fold = 0; fold < k; ++fold) {
        int wanted;
        assert_int_equal(fscanf(file, "%d", &wanted), 1);
        assert_int_equal(sizes[fold], wanted);
    }
}

static void test_against_scikit_learn(void **state)
{
    (void)state;
    char line[200];
    int cases = 0;
    FILE *file = fopen(GD_TESTS_DIR "/fixtures/batches.txt", "r");
    assert_non_null(file);
    while (fgets(line, sizeof line, file) != NULL) {
        int k, used, counts[MOST];
        bool grouped = sscanf(line, "grouped %d%n", &k, &used) == 1;
        if (!grouped && sscanf(line, "stratified %d%n", &k, &used) != 1)
            continue;
        int n = read_counts(line + used, counts);
        gd_tensor *kinds = kinds_of(counts, n);
        gd_rng rng = {.key = (uint64_t)cases};
        gd_tensor *folds =
            grouped ? gd_folds_grouped(kinds, k, &rng) : gd_folds_stratified(kinds, k, &rng);
        assert_non_null(folds);
        if (grouped)
            check_grouped(file, kinds, folds, k);
        else
            check_stratified(file, kinds, folds, k, n);
        gd_tensor_destroy(folds);
        gd_tensor_destroy(kinds);
        ++cases;
    }
    assert_int_equal(cases, 10);
    fclose(file);
}

/* The same stream, the same folds; another, others. Each row is tested on once. */
static void test_fold_rows(void **state)
{
    (void)state;
    enum { K = 4 };
    gd_tensor *labels = kinds_of((const int[]){40, 21, 9}, 3), *folds[3], *train, *test;
    int tested[70] = {0};
    for (int i = 0; i < 3; ++i)
        folds[i] = gd_folds_stratified(labels, K, &(gd_rng){.key = i == 2});
    assert_memory_equal(folds[0]->data, folds[1]->data, 70 * sizeof(int64_t));
    assert_memory_not_equal(folds[0]->data, folds[2]->data, 70 * sizeof(int64_t));
    for (int fold = 0; fold < K; ++fold) {
        assert_int_equal(gd_fold_rows(folds[0], fold, &train, &test), GD_OK);
        assert_int_equal(train->shape[0] + test->shape[0], 70);
        assert_true(test->shape[0] == 70 / K || test->shape[0] == 70 / K + 1);
        for (int64_t i = 0; i < test->shape[0]; ++i) {
            ++tested[at(test, i)];
            assert_int_equal(at(folds[0], at(test, i)), fold);
            assert_true(i == 0 || at(test, i) > at(test, i - 1));
        }
        for (int64_t i = 0; i < train->shape[0]; ++i)
            assert_true(at(folds[0], at(train, i)) != fold &&
                        (i == 0 || at(train, i) > at(train, i - 1)));
        gd_tensor_destroy(train);
        gd_tensor_destroy(test);
    }
    for (int i = 0; i < 70; ++i)
        assert_int_equal(tested[i], 1);
    assert_int_equal(gd_fold_rows(folds[0], K, &train, &test), GD_ERROR_VALUE);
    assert_string_equal(gd_message(), "fold_rows: no row is in fold 4");
    assert_true(train == NULL && test == NULL);
    assert_int_equal(gd_fold_rows(NULL, 0, &train, &test), GD_ERROR_ARGUMENT);
    for (int i = 0; i < 3; ++i)
        gd_tensor_destroy(folds[i]);
    gd_tensor_destroy(labels);
}

/* Each row is in one part, with all of its group. */
static void check_split(const gd_tensor *groups, const gd_tensor *train, const gd_tensor *test)
{
    int part_of[MOST] = {0}, seen[ROWS] = {0};
    assert_int_equal(train->shape[0] + test->shape[0], groups->shape[0]);
    for (int64_t i = 0; i < groups->shape[0]; ++i) {
        int part = i < train->shape[0] ? 1 : 2;
        int64_t row = part == 1 ? at(train, i) : at(test, i - train->shape[0]);
        int *of = &part_of[at(groups, row)];
        ++seen[row];
        assert_true(*of == 0 || *of == part);
        *of = part;
    }
    for (int64_t i = 0; i < groups->shape[0]; ++i)
        assert_int_equal(seen[i], 1);
}

static void test_split_grouped(void **state)
{
    (void)state;
    const int counts[] = {30, 2, 17, 40, 8, 0, 23, 5, 11, 30, 6, 28};
    gd_tensor *groups = kinds_of(counts, 12), *train, *test;
    bool differ = false;
    int64_t first = -1;
    for (uint64_t seed = 0; seed < 20; ++seed) {
        gd_rng rng = {.key = seed};
        assert_int_equal(gd_split_grouped(groups, 0.3, &rng, &train, &test), GD_OK);
        check_split(groups, train, test);
        /* Half of a group decides whether it goes to test; the largest has 40 rows. */
        assert_true(fabs((double)test->shape[0] - 0.3 * 200) <= 20);
        differ = differ || (first >= 0 && at(test, 0) != first);
        first = at(test, 0);
        gd_tensor_destroy(train);
        gd_tensor_destroy(test);
    }
    assert_true(differ);
    gd_tensor_destroy(groups);
}

/* Where no group is small enough, neither part is empty. */
static void test_large_groups(void **state)
{
    (void)state;
    const double fractions[] = {0.05, 0.95};
    gd_tensor *groups = kinds_of((const int[]){60, 0, 30, 50}, 4), *train, *test;
    for (uint64_t seed = 0; seed < 6; ++seed)
        for (int i = 0; i < 2; ++i) {
            gd_rng rng = {.key = seed};
            assert_int_equal(gd_split_grouped(groups, fractions[i], &rng, &train, &test), GD_OK);
            check_split(groups, train, test);
            assert_int_equal((i == 0 ? test : train)->shape[0], 30);
            gd_tensor_destroy(train);
            gd_tensor_destroy(test);
        }
    gd_tensor_destroy(groups);
}

static void test_refusals(void **state)
{
    (void)state;
    gd_rng rng = {.key = 0};
    gd_tensor *kinds = kinds_of((const int[]){3, 4}, 2), *train, *test;
    assert_null(gd_folds_stratified(kinds, 1, &rng));
    assert_string_equal(gd_message(),
                        "folds_stratified: 2 to 7 folds are possible of 7 rows, found 1");
    assert_null(gd_folds_stratified(kinds, 8, &rng));
    assert_null(gd_folds_grouped(kinds, 3, &rng));
    assert_string_equal(gd_message(), "folds_grouped: 3 folds of 2 groups would leave some empty");
    assert_null(gd_folds_grouped(kinds, 2, NULL));
    assert_null(gd_folds_grouped(NULL, 2, &rng));
    assert_string_equal(gd_message(), "folds_grouped: a 1-d int64 list and a stream are needed");
    assert_int_equal(gd_split_grouped(kinds, 1, &rng, &train, &test), GD_ERROR_VALUE);
    assert_string_equal(gd_message(), "split_grouped: fraction 1 is not between 0 and 1");
    assert_true(train == NULL && test == NULL);
    assert_int_equal(gd_split_grouped(kinds, 0.5, NULL, &train, &test), GD_ERROR_ARGUMENT);
    ((int64_t *)kinds->data)[5] = INT64_MAX;
    assert_null(gd_folds_stratified(kinds, 2, &rng));
    assert_string_equal(gd_message(), "folds_stratified: label 9223372036854775807 of row 5 is too "
                                      "large: they are counted from 0");
    assert_int_equal(gd_split_grouped(kinds, 0.5, &rng, &train, &test), GD_ERROR_VALUE);
    ((int64_t *)kinds->data)[5] = -1;
    assert_null(gd_folds_grouped(kinds, 2, &rng));
    assert_string_equal(gd_message(), "folds_grouped: group -1 of row 5 is negative");
    gd_tensor_fill(kinds, 3);
    assert_int_equal(gd_split_grouped(kinds, 0.5, &rng, &train, &test), GD_ERROR_VALUE);
    assert_string_equal(gd_message(), "split_grouped: 1 groups cannot be divided; 2 are needed");
    gd_tensor none = gd_tensor_slice(kinds, 0, 0, 0, 1);
    assert_int_equal(gd_split_grouped(&none, 0.5, &rng, &train, &test), GD_ERROR_VALUE);
    assert_null(gd_folds_grouped(&none, 2, &rng));
    gd_tensor_destroy(kinds);
}

static void test_every_allocation_may_fail(void **state)
{
    (void)state;
    gd_tensor *kinds = kinds_of((const int[]){3, 4, 2}, 3);
    allocations a = {.calls = 0};
    gd_set_allocator(counting_allocator, &a);
    bool whole = false;
    for (long k = 1; !whole; ++k) {
        a = (allocations){.fail_at = k};
        gd_rng rng = {.key = 1};
        gd_tensor *folds[] = {gd_folds_stratified(kinds, 2, &rng),
                              gd_folds_grouped(kinds, 2, &rng)},
                  *parts[6] = {NULL};
        bool done = gd_split_grouped(kinds, 0.5, &rng, &parts[0], &parts[1]) == GD_OK;
        done = gd_split_stratified(kinds, 0.5, &rng, &parts[4], &parts[5]) == GD_OK && done;
        if (folds[0] != NULL)
            done = gd_fold_rows(folds[0], 0, &parts[2], &parts[3]) == GD_OK && done;
        done = done && folds[0] != NULL && folds[1] != NULL;
        whole = a.calls < k;
        assert_true(done == whole);
        for (int i = 0; i < 2; ++i)
            gd_tensor_destroy(folds[i]);
        for (int i = 0; i < 6; ++i)
            gd_tensor_destroy(parts[i]);
        assert_int_equal(a.live, 0);
        assert_true(k < 100);
    }
    gd_set_allocator(NULL, NULL);
    gd_tensor_destroy(kinds);
}

int folds_tests(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_against_scikit_learn),
        cmocka_unit_test(test_fold_rows),
        cmocka_unit_test(test_split_grouped),
        cmocka_unit_test(test_large_groups),
        cmocka_unit_test(test_refusals),
        cmocka_unit_test(test_every_allocation_may_fail),
    };
    return cmocka_run_group_tests_name("folds", tests, NULL, NULL);
}
