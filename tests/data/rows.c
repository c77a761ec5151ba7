/* Splits, rows, standardisation. */
#include "../cmocka_all.h"
#include "tests.h"

#include <gradus/data.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

static gd_tensor *labels_of(const int *counts, int classes)
{
    int64_t rows = 0, at = 0;
    for (int k = 0; k < classes; ++k)
        rows += counts[k];
    gd_tensor *labels = gd_tensor_create(GD_I64, GD_DIMS(rows));
    for (int k = 0; k < classes; ++k)
        for (int i = 0; i < counts[k]; ++i)
            ((int64_t *)labels->data)[at++] = k;
    return labels;
}

static void test_split(void **state)
{
    (void)state;
    const int counts[] = {357, 212, 1, 0, 5};
    gd_tensor *labels = labels_of(counts, 5), *train, *test;
    int64_t rows = labels->shape[0];
    for (uint64_t seed = 0; seed < 5; ++seed) {
        gd_rng rng = {.key = seed};
        assert_int_equal(gd_split_stratified(labels, 0.2, &rng, &train, &test), GD_OK);
        assert_int_equal(train->shape[0] + test->shape[0], rows);
        int seen[575] = {0}, in_test[5] = {0};
        for (int64_t i = 0; i < rows; ++i) {
            const gd_tensor *part = i < test->shape[0] ? test : train;
            int64_t row = ((int64_t *)part->data)[part == test ? i : i - test->shape[0]];
            ++seen[row];
            in_test[((int64_t *)labels->data)[row]] += part == test;
        }
        for (int64_t i = 0; i < rows; ++i)
            assert_int_equal(seen[i], 1);
        assert_int_equal(test->shape[0], 115); /* of 575 */
        for (int k = 0; k < 5; ++k)
            assert_true(fabs(in_test[k] - 0.2 * counts[k]) < 1);
        gd_tensor_destroy(train);
        gd_tensor_destroy(test);
    }
    gd_rng rng = {.key = 0};
    assert_int_equal(gd_split_stratified(labels, 1, &rng, &train, &test), GD_ERROR_VALUE);
    assert_int_equal(gd_split_stratified(labels, NAN, &rng, &train, &test), GD_ERROR_VALUE);
    ((int64_t *)labels->data)[3] = -2;
    assert_int_equal(gd_split_stratified(labels, 0.2, &rng, &train, &test), GD_ERROR_VALUE);
    assert_string_equal(gd_message(), "split_stratified: label -2 of row 3 is negative");
    assert_null(train);
    gd_tensor_destroy(labels);
}

/* How many rows of a class are in a part. */
static int64_t rows_of(const gd_tensor *labels, const gd_tensor *part, int64_t label)
{
    int64_t count = 0;
    for (int64_t i = 0; i < part->shape[0]; ++i)
        count += ((int64_t *)labels->data)[((int64_t *)part->data)[i]] == label;
    return count;
}

/* All rows together are rounded once, however small the classes: by the largest remainder. */
static void test_split_of_small_classes(void **state)
{
    (void)state;
    const struct {
        int classes, rows;
        double fraction;
        int64_t test;
    } cases[] = {{100, 2, 0.2, 40}, {100, 3, 0.5, 150}, {50, 1, 0.5, 25}, {100, 3, 0.1, 30},
                 {7, 5, 0.7, 25},   {2, 1, 0.5, 1},     {1, 2, 0.3, 1},   {1000, 1, 0.001, 1},
                 {30, 1, 0.97, 29}, {10, 10, 0.29, 29}};
    for (size_t c = 0; c < sizeof cases / sizeof *cases; ++c) {
        int counts[1000];
        for (int k = 0; k < cases[c].classes; ++k)
            counts[k] = cases[c].rows;
        gd_tensor *labels = labels_of(counts, cases[c].classes), *train, *test;
        for (uint64_t seed = 0; seed < 3; ++seed) {
            gd_rng rng = {.key = seed};
            assert_int_equal(gd_split_stratified(labels, cases[c].fraction, &rng, &train, &test),
                             GD_OK);
            assert_int_equal(test->shape[0], cases[c].test);
            assert_int_equal(train->shape[0], labels->shape[0] - cases[c].test);
            for (int k = 0; k < cases[c].classes; ++k)
                assert_true(
                    fabs((double)rows_of(labels, test, k) - cases[c].fraction * cases[c].rows) < 1);
            gd_tensor_destroy(train);
            gd_tensor_destroy(test);
        }
        gd_tensor_destroy(labels);
    }
}

/* By hand: the shares of 12 rows are 7.2, 3.6, 1.2 and 0.4, their whole parts 11 together, and
 * the row that is left is the second one's. */
static void test_largest_remainder(void **state)
{
    (void)state;
    const int counts[] = {36, 18, 6, 2}, wanted[] = {7, 4, 1, 0};
    gd_tensor *labels = labels_of(counts, 4), *train, *test;
    for (uint64_t seed = 0; seed < 5; ++seed) {
        gd_rng rng = {.key = seed};
        assert_int_equal(gd_split_stratified(labels, 0.2, &rng, &train, &test), GD_OK);
        for (int k = 0; k < 4; ++k)
            assert_int_equal(rows_of(labels, test, k), wanted[k]);
        gd_tensor_destroy(train);
        gd_tensor_destroy(test);
    }
    gd_tensor_destroy(labels);
}

/* Which classes give the odd row is chance, not their number. */
static void test_equal_remainders(void **state)
{
    (void)state;
    int counts[50], chosen[50] = {0};
    for (int k = 0; k < 50; ++k)
        counts[k] = 1;
    gd_tensor *labels = labels_of(counts, 50), *train, *test;
    for (uint64_t seed = 0; seed < 200; ++seed) {
        gd_rng rng = {.key = seed};
        assert_int_equal(gd_split_stratified(labels, 0.5, &rng, &train, &test), GD_OK);
        for (int k = 0; k < 50; ++k)
            chosen[k] += (int)rows_of(labels, test, k);
        gd_tensor_destroy(train);
        gd_tensor_destroy(test);
    }
    for (int k = 0; k < 50; ++k) /* 100, give or take 7 */
        assert_true(chosen[k] > 65 && chosen[k] < 135);
    gd_tensor_destroy(labels);
}

/* No part without rows is handed out. */
static void test_too_few_rows(void **state)
{
    (void)state;
    gd_tensor *labels = labels_of((const int[]){10, 7}, 2), *train, *test;
    const double fractions[] = {0.001, 0.02, 0.98, 0.999};
    gd_rng rng = {.key = 1};
    for (int i = 0; i < 4; ++i) {
        assert_int_equal(gd_split_stratified(labels, fractions[i], &rng, &train, &test),
                         GD_ERROR_VALUE);
        assert_true(train == NULL && test == NULL && rng.counter == 0);
    }
    assert_string_equal(gd_message(),
                        "split_stratified: 0.999 of 17 rows leaves a part without rows");
    gd_tensor one = gd_tensor_slice(labels, 0, 0, 1, 1), none = gd_tensor_slice(labels, 0, 0, 0, 1);
    assert_int_equal(gd_split_stratified(&one, 0.5, &rng, &train, &test), GD_ERROR_VALUE);
    assert_int_equal(gd_split_stratified(&none, 0.5, &rng, &train, &test), GD_ERROR_VALUE);
    gd_tensor_destroy(labels);
}

static void test_take_rows(void **state)
{
    (void)state;
    const float values[] = {1, 2, 3, 4, 5, 6};
    gd_tensor *x = gd_tensor_create_from_data(GD_F32, values, GD_DIMS(3, 2));
    gd_tensor *rows = gd_tensor_create_from_data(GD_I64, (const int64_t[]){2, 0, 2}, GD_DIMS(3));
    gd_tensor *taken = gd_take_rows(x, rows);
    assert_memory_equal(taken->data, ((const float[]){5, 6, 1, 2, 5, 6}), 6 * sizeof(float));
    ((int64_t *)rows->data)[1] = 3;
    assert_null(gd_take_rows(x, rows));
    assert_string_equal(gd_message(), "take_rows: index 3 at 1 is not one of 3 rows");
    ((int64_t *)rows->data)[0] = -1;
    assert_null(gd_take_rows(x, rows));
    assert_string_equal(gd_message(), "take_rows: index -1 at 0 is not one of 3 rows");
    assert_null(gd_take_rows(x, x));
    gd_tensor_destroy(taken);
    gd_tensor_destroy(rows);
    gd_tensor_destroy(x);
}

/* Against scikit-learn: fixtures/standardize.txt, made by fixtures/make_data.py. */
static void test_standardize(void **state)
{
    (void)state;
    gd_table *table = gd_table_read(GD_DATA_DIR "/breast_cancer.csv", NULL);
    assert_non_null(table);
    assert_int_equal(gd_table_rows(table), 569);
    gd_tensor *x = gd_table_numbers(table, 0, 30, GD_F64), *mean, *deviation;
    assert_int_equal(gd_standardize_fit(x, &mean, &deviation), GD_OK);
    FILE *file = fopen(GD_TESTS_DIR "/fixtures/standardize.txt", "r");
    assert_non_null(file);
    for (int j = 0; j < 30; ++j) {
        char texts[2][40];
        assert_int_equal(fscanf(file, "%39s %39s", texts[0], texts[1]), 2);
        double expected[] = {strtod(texts[0], NULL), strtod(texts[1], NULL)};
        assert_true(fabs(((double *)mean->data)[j] - expected[0]) <= 1e-13 * fabs(expected[0]));
        assert_true(fabs(((double *)deviation->data)[j] - expected[1]) <= 1e-13 * expected[1]);
    }
    fclose(file);
    double first = *(double *)x->data,
           expected = (first - *(double *)mean->data) / *(double *)deviation->data;
    assert_int_equal(gd_standardize(x, mean, deviation), GD_OK);
    assert_true(*(double *)x->data == expected);
    assert_int_equal(gd_standardize(x, mean, x), GD_ERROR_SHAPE);
    gd_tensor *again_mean, *again_deviation;
    assert_int_equal(gd_standardize_fit(x, &again_mean, &again_deviation), GD_OK);
    assert_true(fabs(((double *)again_mean->data)[7]) < 1e-14 &&
                fabs(((double *)again_deviation->data)[7] - 1) < 1e-14);
    gd_tensor *owned[] = {x, mean, deviation, again_mean, again_deviation};
    for (int i = 0; i < 5; ++i)
        gd_tensor_destroy(owned[i]);
    gd_table_destroy(table);
}

/* Columns whose squares are not floats, nor doubles, whose differences are not, and whose mean is
 * not a float. */
static void test_standardize_extremes(void **state)
{
    (void)state;
    enum { ROWS = 16, COLUMNS = 5 };
    const double sizes[COLUMNS] = {1e30, 1e-30, 1e-39, 2e37, 1e-3}, offsets[COLUMNS] = {[4] = 1e4};
    gd_tensor *x = gd_tensor_create(GD_F32, GD_DIMS(ROWS, COLUMNS)),
              *wide = gd_tensor_create(GD_F64, GD_DIMS(ROWS, COLUMNS)), *mean, *deviation;
    for (int i = 0; i < ROWS * COLUMNS; ++i) {
        int row = i / COLUMNS, column = i % COLUMNS;
        ((float *)x->data)[i] = (float)(offsets[column] + (row - 7.5) * sizes[column]);
        ((double *)wide->data)[i] = (double)((float *)x->data)[i];
    }
    assert_int_equal(gd_standardize_fit(wide, &mean, &deviation), GD_OK);
    assert_int_equal(gd_standardize(x, mean, deviation), GD_OK);
    for (int i = 0; i < ROWS * COLUMNS; ++i) { /* the deviation of 0 .. 15 is sqrt(21.25) */
        double wanted = (i / COLUMNS - 7.5) / sqrt(21.25);
        double rounding = i % COLUMNS == 4 ? 0.2 : 1e-5; /* of x to float32: by 5e-4, of 1e-3 */
        assert_true(fabs((double)((float *)x->data)[i] - wanted) < rounding);
    }
    double sum = 0;
    for (int row = 0; row < ROWS; ++row)
        sum += (double)((float *)x->data)[row * COLUMNS + 4];
    assert_true(fabs(sum) < 1e-5); /* the mean is 0 whatever the rounding of x */
    gd_tensor_destroy(mean);
    gd_tensor_destroy(deviation);
    gd_tensor column = gd_tensor_slice(wide, 1, 0, 1, 1);
    const double ends[] = {1.7e308, -1.7e308, -1.7e308, 1e308};
    for (int row = 0; row < ROWS; ++row)
        ((double *)column.data)[row * COLUMNS] = ends[row % 4];
    assert_int_equal(gd_standardize_fit(&column, &mean, &deviation), GD_OK);
    assert_int_equal(gd_standardize(&column, mean, deviation), GD_OK);
    for (int row = 0; row < ROWS; ++row) { /* in units of 1e308 */
        const double m = (1.7 - 1.7 - 1.7 + 1) / 4;
        double square = 0;
        for (int k = 0; k < 4; ++k)
            square += (ends[k] / 1e308 - m) * (ends[k] / 1e308 - m) / 4;
        double wanted = (ends[row % 4] / 1e308 - m) / sqrt(square);
        assert_true(fabs(((double *)column.data)[row * COLUMNS] - wanted) < 1e-14);
    }
    gd_tensor *owned[] = {x, wide, mean, deviation};
    for (int i = 0; i < 4; ++i)
        gd_tensor_destroy(owned[i]);
}

/* A deviation that is too small for a float counts as none. */
static void test_tiny_deviation(void **state)
{
    (void)state;
    const float values[] = {0, 0x1p-149f, 0, 0, 0, 0, 0, 0};
    gd_tensor *x = gd_tensor_create_from_data(GD_F32, values, GD_DIMS(8, 1)), *mean, *deviation;
    assert_int_equal(gd_standardize_fit(x, &mean, &deviation), GD_OK);
    assert_true(((float *)deviation->data)[0] == 1);
    assert_int_equal(gd_standardize(x, mean, deviation), GD_OK);
    for (int i = 0; i < 8; ++i)
        assert_true(isfinite(((float *)x->data)[i]));
    gd_tensor *owned[] = {x, mean, deviation};
    for (int i = 0; i < 3; ++i)
        gd_tensor_destroy(owned[i]);
}

static void test_constant_column(void **state)
{
    (void)state;
    gd_tensor *x = gd_tensor_create_full(GD_F32, 0.1, GD_DIMS(7, 2)), *mean, *deviation;
    assert_int_equal(gd_standardize_fit(x, &mean, &deviation), GD_OK);
    assert_true(((float *)deviation->data)[1] == 1);
    gd_standardize(x, mean, deviation);
    assert_true(((float *)x->data)[5] == 0);
    gd_tensor_destroy(mean);
    gd_tensor_destroy(deviation);
    gd_tensor none = gd_tensor_slice(x, 0, 0, 0, 1);
    assert_int_equal(gd_standardize_fit(&none, &mean, &deviation), GD_ERROR_ARGUMENT);
    gd_tensor_destroy(x);
}

int rows_tests(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_split),
                                       cmocka_unit_test(test_split_of_small_classes),
                                       cmocka_unit_test(test_largest_remainder),
                                       cmocka_unit_test(test_equal_remainders),
                                       cmocka_unit_test(test_too_few_rows),
                                       cmocka_unit_test(test_take_rows),
                                       cmocka_unit_test(test_standardize),
                                       cmocka_unit_test(test_standardize_extremes),
                                       cmocka_unit_test(test_tiny_deviation),
                                       cmocka_unit_test(test_constant_column)};
    return cmocka_run_group_tests_name("rows", tests, NULL, NULL);
}
