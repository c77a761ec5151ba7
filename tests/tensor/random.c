/* Streams against an implementation outside the project: fixtures/random.txt, made by
 * fixtures/make_random.py. */
#include "../cmocka_all.h"
#include "tests.h"

#include <gradus/tensor.h>

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static void test_known_streams(void **state)
{
    (void)state;
    FILE *file = fopen(GD_TESTS_DIR "/fixtures/random.txt", "r");
    assert_non_null(file);
    gd_tensor *x = gd_tensor_create(GD_F64, GD_DIMS(1)),
              *single = gd_tensor_create(GD_F32, GD_DIMS(1));
    uint64_t key, counter;
    char uniform[40], normal[40];
    int lines = 0;
    for (; fscanf(file, "%" SCNu64 " %" SCNu64 " %39s %39s", &key, &counter, uniform, normal) == 4;
         ++lines) {
        gd_rng rng = {key, counter}, again = rng, third = rng;
        assert_int_equal(gd_tensor_uniform(x, &rng, 0, 1), GD_OK);
        assert_true(gd_item(x) == strtod(uniform, NULL)); /* the same bits */
        assert_int_equal(rng.counter, counter + 1);
        gd_tensor_uniform(single, &third, 0, 1);
        assert_true(fabs(gd_item(single) - gd_item(x)) <= 0x1p-24);
        assert_int_equal(gd_tensor_normal(x, &again, 0, 1), GD_OK);
        double expected = strtod(normal, NULL);
        assert_true(fabs(gd_item(x) - expected) <= 4e-15 * fabs(expected));
    }
    assert_int_equal(lines, 600);
    fclose(file);
    gd_tensor_destroy(x);
    gd_tensor_destroy(single);
}

static void test_streams_can_be_split(void **state)
{
    (void)state;
    gd_rng whole = {.key = 9}, parts = {.key = 9};
    gd_tensor *a = gd_tensor_create(GD_F32, GD_DIMS(15)),
              *b = gd_tensor_create(GD_F32, GD_DIMS(15));
    gd_tensor first = gd_tensor_slice(b, 0, 0, 9, 1), second = gd_tensor_slice(b, 0, 9, 15, 1);
    gd_tensor_normal(a, &whole, 1, 2);
    gd_tensor_normal(&first, &parts, 1, 2);
    gd_tensor_normal(&second, &parts, 1, 2);
    assert_memory_equal(a->data, b->data, 15 * sizeof(float));
    gd_tensor matrix = gd_tensor_reshape(b, GD_DIMS(3, 5)),
              turned = gd_tensor_transpose(&matrix, 0, 1);
    gd_rng rng = {.key = 9};
    gd_tensor_normal(&turned, &rng, 1, 2); /* in the order of the view */
    assert_true(((float *)b->data)[5] == ((float *)a->data)[1]);
    gd_tensor_destroy(a);
    gd_tensor_destroy(b);
}

static void test_bounds(void **state)
{
    (void)state;
    gd_rng rng = {.key = 1};
    gd_tensor *x = gd_tensor_create(GD_F32, GD_DIMS(100000));
    /* Between 1 and the next float32 but one, most values would round up to the bound. */
    gd_tensor_uniform(x, &rng, 1.0, 1.0 + 0x1p-23);
    for (int64_t i = 0; i < 100000; ++i)
        assert_true(((float *)x->data)[i] == 1.0f);
    gd_tensor_uniform(x, &rng, -3, 5);
    double sum = 0, least = 5, most = -3;
    for (int64_t i = 0; i < 100000; ++i) {
        double value = (double)((float *)x->data)[i];
        sum += value;
        least = fmin(least, value);
        most = fmax(most, value);
    }
    assert_true(least >= -3 && least < -2.99 && most < 5 && most > 4.99 &&
                fabs(sum / 1e5 - 1) < 0.03);
    gd_tensor_destroy(x);
}

/* Distance of Kolmogorov and Smirnov between the sample and the normal distribution. */
static int compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static void test_normal_distribution(void **state)
{
    (void)state;
    enum { N = 100000 };
    gd_rng rng = {.key = 123};
    gd_tensor *x = gd_tensor_create(GD_F64, GD_DIMS(N));
    gd_tensor_normal(x, &rng, 0, 1);
    double *values = x->data, distance = 0;
    qsort(values, N, sizeof *values, compare);
    for (int i = 0; i < N; ++i)
        distance = fmax(distance, fabs(0.5 * erfc(-values[i] / sqrt(2)) - (i + 0.5) / N));
    assert_true(distance < 1.63 / sqrt(N)); /* the 1 % level */
    gd_tensor_destroy(x);
}

static void test_permutation(void **state)
{
    (void)state;
    gd_rng rng = {.key = 4};
    int seen[27] = {0};
    for (int64_t n = 0; n <= 1000; n += n < 2 ? 1 : 499) {
        gd_tensor *x = gd_tensor_create(GD_I64, GD_DIMS(n)),
                  *found = gd_tensor_create(GD_BOOL, GD_DIMS(n));
        assert_int_equal(gd_tensor_permutation(x, &rng), GD_OK);
        for (int64_t i = 0; i < n; ++i)
            ((uint8_t *)found->data)[((int64_t *)x->data)[i]] = 1;
        for (int64_t i = 0; i < n; ++i)
            assert_true(((uint8_t *)found->data)[i]);
        gd_tensor_destroy(x);
        gd_tensor_destroy(found);
    }
    gd_tensor *three = gd_tensor_create(GD_I64, GD_DIMS(3));
    for (int i = 0; i < 6000; ++i) {
        const int64_t *p = three->data;
        gd_tensor_permutation(three, &rng);
        ++seen[9 * p[0] + 3 * p[1] + p[2]];
    }
    int orders = 0;
    for (int i = 0; i < 27; ++i)
        if (seen[i] > 0) {
            assert_true(seen[i] > 850 && seen[i] < 1150);
            ++orders;
        }
    assert_int_equal(orders, 6);
    gd_tensor_destroy(three);
}

static void test_refusals(void **state)
{
    (void)state;
    gd_rng rng = {.key = 4};
    gd_tensor *ints = gd_tensor_create(GD_I64, GD_DIMS(2, 2)),
              *x = gd_tensor_create(GD_F32, GD_DIMS(2));
    assert_int_equal(gd_tensor_uniform(ints, &rng, 0, 1), GD_ERROR_DTYPE);
    assert_int_equal(gd_tensor_uniform(x, NULL, 0, 1), GD_ERROR_ARGUMENT);
    assert_int_equal(gd_tensor_uniform(NULL, &rng, 0, 1), GD_ERROR_ARGUMENT);
    assert_int_equal(gd_tensor_uniform(x, &rng, 1, 0), GD_ERROR_VALUE);
    assert_int_equal(gd_tensor_uniform(x, &rng, 0, INFINITY), GD_ERROR_VALUE);
    assert_int_equal(gd_tensor_normal(x, &rng, 0, -1), GD_ERROR_VALUE);
    assert_int_equal(gd_tensor_normal(x, &rng, NAN, 1), GD_ERROR_VALUE);
    assert_int_equal(gd_tensor_permutation(x, &rng), GD_ERROR_DTYPE);
    assert_int_equal(gd_tensor_permutation(ints, &rng), GD_ERROR_DTYPE);
    assert_int_equal(rng.counter, 0);
    gd_tensor_destroy(ints);
    gd_tensor_destroy(x);
}

int random_tests(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_known_streams), cmocka_unit_test(test_streams_can_be_split),
        cmocka_unit_test(test_bounds),        cmocka_unit_test(test_normal_distribution),
        cmocka_unit_test(test_permutation),   cmocka_unit_test(test_refusals)};
    return cmocka_run_group_tests_name("random", tests, NULL, NULL);
}
