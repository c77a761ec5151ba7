/* Normalisation where products of its parts leave the range of the dtype, or a mean has too few
 * digits: vectors of tests/fixtures/modules.txt, whose form make_modules.py describes. */
#include "../cmocka_all.h"
#include "tensor/internal.h"
#include "tests.h"

#include <gradus.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MOST = 16 };

typedef struct vector {
    gd_dtype dtype;
    double eps;
    int64_t n;
    double x[MOST], y[MOST], dx[MOST];
} vector;

static void read_numbers(FILE *file, int64_t n, double *numbers)
{
    char word[64];
    for (int64_t i = 0; i < n; ++i) {
        assert_int_equal(fscanf(file, "%63s", word), 1);
        numbers[i] = strtod(word, NULL);
    }
}

static bool read_vector(FILE *file, vector *v)
{
    char word[64], dtype[16], eps[40];
    long long n;
    do
        if (fscanf(file, "%63s", word) != 1)
            return false;
    while (strcmp(word, "extreme") != 0);
    assert_int_equal(fscanf(file, "%15s %39s %lld", dtype, eps, &n), 3);
    assert_true(n <= MOST);
    v->dtype = strcmp(dtype, "float32") == 0 ? GD_F32 : GD_F64;
    v->eps = strtod(eps, NULL);
    v->n = n;
    read_numbers(file, n, v->x);
    read_numbers(file, n, v->y);
    read_numbers(file, n, v->dx);
    return true;
}

/* How far the elements of x are from 0, in lengths of the range that they are in. */
static double distance(const vector *v)
{
    double least = v->x[0], most = v->x[0], largest = 0;
    for (int64_t i = 0; i < v->n; ++i) {
        least = fmin(least, v->x[i]);
        most = fmax(most, v->x[i]);
        largest = fmax(largest, fabs(v->x[i]));
    }
    return largest / 2 / (most / 2 - least / 2);
}

/* As parts of the largest: 1 ULP of float32 and a little, as it is computed in double; of float64
 * what its mean loses, which is a double, too. */
static void check(const char *what, const vector *v, const gd_tensor *found, const double *wanted)
{
    double largest = 0, most = v->dtype == GD_F32 ? 2e-7 : 1e-15 * (10 + distance(v));
    for (int64_t i = 0; i < v->n; ++i)
        largest = fmax(largest, fabs(wanted[i]));
    if (largest > (v->dtype == GD_F32 ? 3.4028235e38 : 1.7976931348623157e308))
        return; /* such gradients are no numbers of the dtype */
    for (int64_t i = 0; i < v->n; ++i) {
        double value = gd__float_at(v->dtype, found->data, i);
        double least = v->dtype == GD_F32 ? 0x1p-149 : 0x1p-1074;
        if (!(fabs(value - wanted[i]) <= most * largest + least))
            fail_msg("%s of %g, %g, ..: [%d] is %.9g, not %.9g", what, v->x[0], v->x[1], (int)i,
                     value, wanted[i]);
    }
}

static gd_tensor *tensor_of(gd_tape *t, const vector *v, int ndim, const int64_t *shape,
                            bool cotangent)
{
    gd_tensor *x = gd_zeros(t, v->dtype, ndim, shape);
    for (int64_t i = 0; i < v->n; ++i)
        gd__set_float_at(v->dtype, x->data, i, cotangent ? cos((double)i) : v->x[i]);
    return x;
}

static gd_module *norm_of(gd_parameters *p, const vector *v, bool batch)
{
    const gd_norm_options options = {
        .eps = GD_SOME(v->eps), .momentum = GD_SOME(1), .dtype = v->dtype};
    return batch ? &gd_batch_norm_layer_create(p, "norm", 1, &options)->module
                 : &gd_layer_norm_layer_create(p, "norm", v->n, &options)->module;
}

static void check_vector(const vector *v, bool batch)
{
    gd_parameters *p = gd_parameters_create();
    gd_module *norm = norm_of(p, v, batch);
    gd_tape *t = gd_tape_create();
    const int64_t shape[] = {batch ? v->n : 1, batch ? 1 : v->n};
    gd_tensor *x = tensor_of(t, v, 2, shape, false), *dy = tensor_of(t, v, 2, shape, true);
    x->requires_grad = true;
    gd_tensor *y = gd_module_forward(t, norm, x);
    check(batch ? "batch norm" : "layer norm", v, y, v->y);
    assert_int_equal(gd_backward_with(t, y, &(gd_backward_options){.gradient = dy}), GD_OK);
    check(batch ? "batch norm's gradient" : "layer norm's gradient", v, x->grad, v->dx);
    gd_tape_destroy(t);
    gd_parameters_destroy(p);
}

static void test_extremes(void **state)
{
    (void)state;
    vector v;
    int vectors = 0;
    FILE *file = fopen(GD_TESTS_DIR "/fixtures/modules.txt", "r");
    assert_non_null(file);
    for (; read_vector(file, &v); ++vectors) {
        check_vector(&v, false);
        check_vector(&v, true);
    }
    assert_int_equal(vectors, 22);
    fclose(file);
}

/* What batch norm keeps is the mean and variance of the columns, and evaluation normalises by
 * that: columns of 2^30, 2^-30 and of 2^13 + i / 8 are exact in float32. */
static void test_running_statistics(void **state)
{
    (void)state;
    const double offsets[] = {0, 0, 0x1p13}, steps[] = {0x1p60, 0x1p-60, 0.125};
    gd_parameters *p = gd_parameters_create();
    gd_batch_norm_layer *norm = gd_batch_norm_layer_create(
        p, "norm", 3, &(gd_norm_options){.momentum = GD_SOME(1), .eps = GD_SOME(0)});
    gd_tape *t = gd_tape_create();
    gd_tensor *x = gd_zeros(t, GD_F32, GD_DIMS(4, 3));
    for (int i = 0; i < 12; ++i)
        ((float *)x->data)[i] = (float)(offsets[i % 3] + i / 3 * steps[i % 3]);
    assert_non_null(gd_module_forward(t, &norm->module, x));
    for (int j = 0; j < 3; ++j) { /* of 0, 1, 2, 3: 1.5, and 5/3 as of a sample */
        float mean = (float)(offsets[j] + 1.5 * steps[j]);
        float variance = (float)(5.0 / 3 * steps[j] * steps[j]);
        assert_true(((float *)norm->running_mean->data)[j] == mean);
        assert_true(fabsf(((float *)norm->running_var->data)[j] / variance - 1) < 2e-7f);
    }
    gd_parameters_set_training(p, false);
    const float *y = gd_module_forward(t, &norm->module, x)->data;
    for (int i = 0; i < 12; ++i)
        assert_true(fabs((double)y[i] - (i / 3 - 1.5) / sqrt(5.0 / 3)) < 3e-7);
    /* (x - mean) / deviation is 1 where neither the difference nor 1 / deviation times the weight
     * is a float. */
    gd_tensor_fill(norm->running_mean, -3e38);
    gd_tensor_fill(norm->running_var, 3e38);
    gd_tensor_fill(x, 3e38);
    y = gd_module_forward(t, &norm->module, x)->data;
    assert_true(fabs((double)y[0] / 3.4641016151377546e19 - 1) < 3e-7); /* 6e38 / sqrt(3e38) */
    gd_tensor_fill(norm->running_mean, 0);
    gd_tensor_fill(norm->running_var, 1e-30);
    gd_tensor_fill(norm->weight, 1e30);
    gd_tensor_fill(x, 1e-15);
    y = gd_module_forward(t, &norm->module, x)->data;
    assert_true(fabs((double)y[0] / 1e30 - 1) < 3e-7);
    gd_tape_destroy(t);
    gd_parameters_destroy(p);
}

static void test_dtypes(void **state)
{
    (void)state;
    gd_parameters *p = gd_parameters_create();
    gd_module *norm = &gd_layer_norm_layer_create(p, "norm", 2, NULL)->module;
    gd_tape *t = gd_tape_create();
    assert_null(gd_module_forward(t, norm, gd_ones(t, GD_F64, GD_DIMS(3, 2))));
    assert_int_equal(gd_tape_status(t), GD_ERROR_DTYPE);
    assert_non_null(strstr(gd_tape_message(t), "LayerNorm: x is float64, the weight float32"));
    gd_tape_destroy(t);
    gd_parameters_destroy(p);
}

int norms_tests(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_extremes),
                                       cmocka_unit_test(test_running_statistics),
                                       cmocka_unit_test(test_dtypes)};
    return cmocka_run_group_tests_name("norms", tests, NULL, NULL);
}
