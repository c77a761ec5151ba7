/* Values that no gradient check sees: against plain loops and closed forms. */
#include "../cmocka_all.h"
#include "../operands.h"
#include "tests.h"

#include <math.h>
#include <string.h>

/* One element of a product by its definition. */
static double product_at(const gd_tensor *a, const gd_tensor *b, int64_t row, int64_t column)
{
    double sum = 0;
    int64_t inner = a->shape[1], columns = b->shape[1];
    for (int64_t k = 0; k < inner; ++k)
        sum += element(a, row * inner + k) * element(b, k * columns + column);
    return sum;
}

enum { LAYOUTS = 4 };

/* x in each layout: rows dense, columns dense, neither, rows dense but apart. */
static gd_tensor laid_out(const gd_tensor *x, int layout, gd_tensor **memory)
{
    int64_t m = x->shape[0], n = x->shape[1], step = layout == 2 ? 2 : 1;
    *memory = layout == 1 ? gd_tensor_create(x->dtype, GD_DIMS(n, m))
                          : gd_tensor_create(x->dtype, GD_DIMS(m * step, layout == 0 ? n : 3 * n));
    gd_tensor view = gd_tensor_slice(*memory, 0, 0, m * step, step);
    if (layout == 1)
        view = gd_tensor_transpose(*memory, 0, 1);
    else
        view = gd_tensor_slice(&view, 1, 0, n * step, step);
    assert_int_equal(gd_tensor_copy(&view, x), GD_OK);
    return view;
}

static void check_product(gd_dtype dtype, int64_t m, int64_t k, int64_t n, double tolerance)
{
    gd_rng rng = {.key = 11};
    gd_tensor *a = gd_tensor_create(dtype, GD_DIMS(m, k)),
              *b = gd_tensor_create(dtype, GD_DIMS(k, n));
    gd_tensor_normal(a, &rng, 0, 1);
    gd_tensor_normal(b, &rng, 0, 1);
    gd_tape *tape = gd_tape_create();
    for (int layout = 0; layout < LAYOUTS * LAYOUTS; ++layout) {
        gd_tensor *memory[2];
        gd_tensor left = laid_out(a, layout / LAYOUTS, &memory[0]),
                  right = laid_out(b, layout % LAYOUTS, &memory[1]);
        gd_tensor *c = gd_matmul(tape, &left, &right);
        assert_non_null(c);
        for (int64_t i = 0; i < m * n; ++i)
            assert_true(fabs(element(c, i) - product_at(a, b, i / n, i % n)) <= tolerance);
        gd_tensor_destroy(memory[0]);
        gd_tensor_destroy(memory[1]);
    }
    gd_tape_destroy(tape);
    gd_tensor_destroy(a);
    gd_tensor_destroy(b);
}

static void test_matmul(void **state)
{
    (void)state;
    check_product(GD_F64, 5, 7, 3, 1e-13);
    check_product(GD_F32, 5, 7, 3, 1e-5);
    check_product(GD_F64, 1, 30, 1, 1e-13);
    check_product(GD_F64, 64, 1, 65, 1e-13);
    check_product(GD_F64, 3, 1, 1, 1e-13);
    check_product(GD_F64, 2, 2, 2, 1e-13);
}

static void test_matmul_forms(void **state)
{
    (void)state;
    gd_tape *t = gd_tape_create();
    gd_tensor *v = gd_arange(t, GD_F64, 0, 3, 1),
              *m = gd_reshape(t, gd_arange(t, GD_F64, 0, 6, 1), GD_DIMS(2, 3));
    gd_tensor *dot = gd_matmul(t, v, v), *mv = gd_matmul(t, m, v);
    assert_int_equal(dot->ndim, 0);
    assert_true(gd_item(dot) == 5);
    assert_int_equal(mv->ndim, 1);
    assert_true(element(mv, 0) == 5 && element(mv, 1) == 14);
    gd_tensor *vm = gd_matmul(t, gd_ones(t, GD_F64, GD_DIMS(2)), m);
    assert_true(vm->ndim == 1 && element(vm, 2) == 7);
    gd_tensor *batch = gd_expand(t, m, GD_DIMS(4, 2, 3)), *product = gd_matmul(t, batch, v);
    assert_true(product->ndim == 2 && product->shape[0] == 4 && element(product, 7) == 14);
    assert_int_equal(gd_tape_status(t), GD_OK);
    gd_tape_destroy(t);
}

static void test_sums_do_not_drift(void **state)
{
    (void)state;
    gd_tape *t = gd_tape_create();
    int64_t n = 3000000;
    gd_tensor *x = gd_full(t, GD_F32, 0.1f, GD_DIMS(n));
    float exact = (float)((double)0.1f * (double)n); /* both factors are exact in double */
    assert_true((float)gd_item(gd_sum(t, x, GD_ALL_DIMS, false)) == exact);
    gd_tensor *columns = gd_sum(t, gd_reshape(t, x, GD_DIMS(n / 3, 3)), GD_DIMS(0), false);
    assert_true((float)element(columns, 1) == (float)((double)0.1f * (double)(n / 3)));
    const double large[] = {1e100, 1, -1e100, 1};
    assert_true(
        gd_item(gd_sum(t, gd_from_data(t, GD_F64, large, GD_DIMS(4)), GD_ALL_DIMS, false)) == 2);
    const double pairs[] = {1e100, 1e100, 1, 2, -1e100, -1e100};
    gd_tensor *both = gd_sum(t, gd_from_data(t, GD_F64, pairs, GD_DIMS(3, 2)), GD_DIMS(0), false);
    assert_true(element(both, 0) == 1 && element(both, 1) == 2);
    const double infinite[] = {INFINITY, 1, 2, 3};
    assert_true(gd_item(gd_sum(t, gd_from_data(t, GD_F64, infinite, GD_DIMS(4)), GD_ALL_DIMS,
                               false)) == (double)INFINITY);
    assert_true(gd_item(gd_sum(t, gd_zeros(t, GD_F64, GD_DIMS(0, 3)), GD_ALL_DIMS, false)) == 0);
    assert_true(isnan(gd_item(gd_mean(t, gd_zeros(t, GD_F64, GD_DIMS(0)), GD_ALL_DIMS, false))));
    gd_tape_destroy(t);
}

static void test_special_values(void **state)
{
    (void)state;
    gd_tape *t = gd_tape_create();
    const float special[] = {INFINITY, -INFINITY, NAN, -0.0f, 100, -100};
    gd_tensor *x = gd_from_data(t, GD_F32, special, GD_DIMS(6));
    const float *relu = gd_relu(t, x)->data, *sigmoid = gd_sigmoid(t, x)->data;
    assert_true(isinf(relu[0]) && relu[1] == 0 && isnan(relu[2]) && relu[3] == 0 && relu[5] == 0);
    assert_true(sigmoid[0] == 1 && sigmoid[1] == 0 && isnan(sigmoid[2]) && sigmoid[3] == 0.5f &&
                sigmoid[4] == 1);
    assert_true(sigmoid[5] > 0 &&
                fabs((double)sigmoid[5] / 3.720075976020836e-44 - 1) < 0.02); /* subnormal */
    gd_tape_destroy(t);
}

/* What dropout drops is 0, whatever it was; and so is its gradient, whatever comes in. */
static void test_dropped_elements(void **state)
{
    (void)state;
    enum { N = 1000 };
    const gd_dtype dtypes[] = {GD_F32, GD_F64};
    const double bad[] = {INFINITY, -INFINITY, NAN, 1};
    const double p[] = {0.5, 0.9, 1};
    for (int k = 0; k < 24; ++k) {
        gd_tape *t = gd_tape_create();
        gd_rng rng = {.key = 5}, same = rng;
        gd_dtype dtype = dtypes[k % 2];
        gd_tensor *x = gd_full(t, dtype, bad[k / 2 % 4], GD_DIMS(N)), *g;
        x->requires_grad = true;
        gd_tensor *y = gd_dropout(t, x, p[k / 8], &rng);
        gd_tensor *ones = gd_dropout(t, gd_ones(t, dtype, GD_DIMS(N)), p[k / 8], &same);
        gd_grad_options options = {.gradient = gd_full(t, dtype, bad[k / 2 % 4], GD_DIMS(N))};
        assert_int_equal(gd_grad(t, y, &x, 1, &g, &options), GD_OK);
        int dropped = 0;
        for (int i = 0; i < N; ++i) {
            bool is_dropped = element(ones, i) == 0;
            dropped += is_dropped;
            assert_true(is_dropped == (element(y, i) == 0));
            assert_true(is_dropped == (element(g, i) == 0));
        }
        assert_true(p[k / 8] == 1 ? dropped == N : dropped > N / 4 && dropped < N);
        gd_tape_destroy(t);
    }
}

/* From numpy.logaddexp.reduce: NaN wins wherever it stands, then infinity. */
static void test_logsumexp_of_special_values(void **state)
{
    (void)state;
    const struct {
        double a, b, expected;
    } cases[] = {{-INFINITY, NAN, NAN},
                 {NAN, -INFINITY, NAN},
                 {INFINITY, NAN, NAN},
                 {NAN, INFINITY, NAN},
                 {-INFINITY, INFINITY, INFINITY},
                 {INFINITY, INFINITY, INFINITY},
                 {-INFINITY, -INFINITY, -INFINITY},
                 {-INFINITY, 3, 3},
                 {NAN, 3, NAN},
                 {3, NAN, NAN}};
    gd_tape *t = gd_tape_create();
    for (size_t k = 0; k < sizeof cases / sizeof *cases; ++k)
        for (gd_dtype dtype = GD_F32; dtype <= GD_F64; ++dtype) {
            gd_tensor *x = gd_zeros(t, dtype, GD_DIMS(2));
            gd_tensor first = gd_tensor_slice(x, 0, 0, 1, 1),
                      second = gd_tensor_slice(x, 0, 1, 2, 1);
            gd_tensor_fill(&first, cases[k].a);
            gd_tensor_fill(&second, cases[k].b);
            double y = gd_item(gd_logsumexp(t, x, GD_ALL_DIMS, false)), e = cases[k].expected;
            assert_true(isnan(e) ? isnan(y) : y == e);
        }
    gd_tape_destroy(t);
}

/* N - correction as far as an int64 goes: [1, 2, 3] has the sum of squares 2. */
static void test_var_with_any_correction(void **state)
{
    (void)state;
    const struct {
        int64_t correction;
        double expected;
    } cases[] = {{1, 1},
                 {-1, 0.5},
                 {2, 2},
                 {3, INFINITY},
                 {INT64_MAX, INFINITY},
                 {INT64_MIN, 2 / 0x1p63},
                 {INT64_MIN + 1, 2 / 0x1p63}};
    gd_tape *t = gd_tape_create();
    for (size_t k = 0; k < sizeof cases / sizeof *cases; ++k) {
        gd_tensor *x = gd_arange(t, GD_F64, 1, 4, 1);
        x->requires_grad = true;
        gd_tensor *y = gd_var(t, x, GD_ALL_DIMS, false, cases[k].correction), *g;
        assert_true(gd_item(y) == cases[k].expected);
        assert_int_equal(gd_grad(t, y, &x, 1, &g, NULL), GD_OK);
        assert_true(element(g, 0) == -cases[k].expected); /* 2 (1 - 2) / (N - c) */
    }
    gd_tape_destroy(t);
}

/* Tails of the gradients: 1 - s(x) = s(-x), of which y (1 - y) keeps nothing in float32. */
static void test_tails(void **state)
{
    (void)state;
    gd_tape *t = gd_tape_create();
    gd_tensor *x = gd_scalar(t, 30, GD_F32), *g;
    x->requires_grad = true;
    gd_grad(t, gd_sigmoid(t, x), &x, 1, &g, NULL);
    assert_true(fabs(gd_item(g) / 9.357622968838423e-14 - 1) <
                3e-7); /* exp(-30) / (1 + exp(-30))^2 */
    gd_grad(t, gd_tanh(t, x), &x, 1, &g, NULL);
    assert_true(fabs(gd_item(g) / 3.502604305078608e-26 - 1) < 1e-6); /* 4 exp(-60) */
    gd_tape_destroy(t);
}

/* -log_softmax of the largest element is ln(1 + the sum of the others' e^(x - m)), however small
 * that is and however many they are: y - y^2 / 2 with y = 9.357622968840175e-14 (e^-30, by
 * mpmath) a piece. */
static void test_log_softmax_of_a_sure_row(void **state)
{
    (void)state;
    gd_tape *t = gd_tape_create();
    for (int n = 2; n < 600; n += n < 40 ? 1 : 37)
        for (int dtype = GD_F32; dtype <= GD_F64; ++dtype) {
            gd_tape_reset(t);
            double y = (n - 1) * 9.357622968840175e-14, wanted = y - y * y / 2;
            gd_tensor *x = gd_full(t, (gd_dtype)dtype, -30, GD_DIMS(n));
            gd_tensor first = gd_tensor_slice(x, 0, n / 2, n / 2 + 1, 1);
            gd_tensor_fill(&first, 0);
            gd_tensor *p = gd_log_softmax(t, x, 0);
            double value = -element(p, n / 2);
            if (!(fabs(value - wanted) <= (dtype == GD_F32 ? 0x1p-24 : 1e-15) * wanted))
                fail_msg("of %d elements: %.17g, not %.17g", n, value, wanted);
        }
    gd_tape_destroy(t);
}

/* The variance of what is near the ends of double: of -s, 0, s it is 2 s^2 / 3, of three equal
 * ones 0. */
static void test_var_of_extremes(void **state)
{
    (void)state;
    const double sizes[] = {1.3e154, 0x1p511, 1e-160, 0x1p-530};
    gd_tape *t = gd_tape_create();
    for (int i = 0; i < 4; ++i) {
        double s = sizes[i], wanted = s * (2 * s / 3);
        gd_tensor *x = gd_from_data(t, GD_F64, (const double[]){-s, 0, s}, GD_DIMS(3));
        double value = gd_item(gd_var(t, x, GD_ALL_DIMS, false, 0));
        double digits = wanted < 0x1p-1022 ? 0x1p-1074 / wanted : 1e-15;
        if (!(fabs(value / wanted - 1) <= digits))
            fail_msg("of %g: %.17g, not %.17g", s, value, wanted);
    }
    const double equal[] = {1.5e308, 1.7976931348623157e308, 5e-324};
    for (int i = 0; i < 3; ++i) {
        gd_tensor *x = gd_full(t, GD_F64, equal[i], GD_DIMS(3));
        assert_true(gd_item(gd_var(t, x, GD_ALL_DIMS, false, 0)) == 0);
    }
    gd_tensor *wide = gd_from_data(t, GD_F64, (const double[]){1e200, -1e200}, GD_DIMS(2));
    assert_true(isinf(gd_item(gd_var(t, wide, GD_ALL_DIMS, false, 0)))); /* 1e400 */
    gd_tape_destroy(t);
}

/* int64 is compared with all its bits: not as doubles, and not by its lowest byte. */
static void test_comparisons_of_large_integers(void **state)
{
    (void)state;
    gd_tape *t = gd_tape_create();
    const int64_t values[] = {INT64_MIN, -1, 0, 255, 256, INT64_MAX - 1, INT64_MAX};
    enum { COUNT = sizeof values / sizeof *values };
    gd_tensor *row = gd_from_data(t, GD_I64, values, GD_DIMS(1, COUNT));
    gd_tensor *column = gd_from_data(t, GD_I64, values, GD_DIMS(COUNT, 1));
    gd_tensor *less = gd_lt(t, column, row), *equal = gd_eq(t, column, row);
    assert_true(less != NULL && equal != NULL);
    for (int i = 0; i < COUNT; ++i)
        for (int j = 0; j < COUNT; ++j) {
            assert_int_equal(((const bool *)less->data)[i * COUNT + j], i < j);
            assert_int_equal(((const bool *)equal->data)[i * COUNT + j], i == j);
        }
    gd_tape_destroy(t);
}

int values_tests(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_matmul),
                                       cmocka_unit_test(test_matmul_forms),
                                       cmocka_unit_test(test_sums_do_not_drift),
                                       cmocka_unit_test(test_special_values),
                                       cmocka_unit_test(test_tails),
                                       cmocka_unit_test(test_log_softmax_of_a_sure_row),
                                       cmocka_unit_test(test_dropped_elements),
                                       cmocka_unit_test(test_logsumexp_of_special_values),
                                       cmocka_unit_test(test_var_with_any_correction),
                                       cmocka_unit_test(test_var_of_extremes),
                                       cmocka_unit_test(test_comparisons_of_large_integers)};
    return cmocka_run_group_tests_name("values", tests, NULL, NULL);
}
