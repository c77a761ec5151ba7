/* float32 losses and gradients against long double, where they are hard: at most 1 ULP for
 * losses, 2 for gradients, and nothing exactly 0 whose true value is a normal float. Inputs are
 * floats, so that both compute the same thing. */
#include "../cmocka_all.h"
#include "tests.h"

#include <gradus.h>

#include <float.h>
#include <math.h>
#include <stdlib.h>

static gd_tape *tape;

/* A unit in the last place of a float near x. */
static long double ulp(long double x)
{
    int exponent;
    frexpl(x, &exponent);
    return ldexpl(1, exponent - 24 > -149 ? exponent - 24 : -149);
}

static void check(const char *what, int64_t i, float actual, long double exact, double most)
{
    long double off = fabsl((long double)actual - exact) / ulp(exact);
    bool lost = actual == 0 && fabsl(exact) >= (long double)FLT_MIN;
    if (!(off <= (long double)most) || lost)
        fail_msg("%s, element %d: %.9g is %.2Lf ULP from %.12Lg", what, (int)i, (double)actual, off,
                 exact);
}

/* ---- cross entropy ---- */

enum shape_of { NORMAL, SHIFTED, AHEAD, BEHIND };

typedef struct regime {
    const char *name;
    int64_t rows, classes;
    enum shape_of shape;
    double scale;
} regime;

/* Logits, and for the last two the target's so far from the largest of the others: uniform in [5,
 * scale]. */
static gd_tensor *logits_of(const regime *r, const int64_t *labels)
{
    gd_rng rng = {.key = 5};
    gd_tensor *x = gd_zeros(tape, GD_F32, GD_DIMS(r->rows, r->classes));
    gd_tensor *far = gd_zeros(tape, GD_F32, GD_DIMS(r->rows));
    bool placed = r->shape == AHEAD || r->shape == BEHIND;
    gd_tensor_normal(x, &rng, r->shape == SHIFTED ? 1e4 : 0, placed ? 1 : r->scale);
    gd_tensor_uniform(far, &rng, 5, placed ? r->scale : 6);
    for (int64_t i = 0; placed && i < r->rows; ++i) {
        float *row = (float *)x->data + i * r->classes, distance = ((float *)far->data)[i];
        row[labels[i]] = -100;
        float largest = row[0];
        for (int64_t c = 0; c < r->classes; ++c)
            largest = row[c] > largest ? row[c] : largest;
        row[labels[i]] = r->shape == AHEAD ? largest + distance : largest - distance;
    }
    x->requires_grad = true;
    return x;
}

/* ln sum of e^(x_j - m) = ln(1 + rest) of a row, and m. */
static long double log_rest(int64_t n, const float *x, long double *m)
{
    int64_t top = 0;
    long double rest = 0;
    for (int64_t c = 0; c < n; ++c)
        top = x[c] > x[top] ? c : top;
    for (int64_t c = 0; c < n; ++c)
        rest += c == top ? 0 : expl((long double)x[c] - (long double)x[top]);
    *m = (long double)x[top];
    return log1pl(rest);
}

static void check_cross_entropy(const regime *r)
{
    gd_tape_reset(tape);
    gd_rng rng = {.key = 9};
    gd_tensor *y = gd_zeros(tape, GD_I64, GD_DIMS(r->rows)), *g;
    gd_tensor *u = gd_zeros(tape, GD_F64, GD_DIMS(r->rows));
    gd_tensor_uniform(u, &rng, 0, (double)r->classes);
    int64_t *labels = y->data;
    for (int64_t i = 0; i < r->rows; ++i)
        labels[i] = (int64_t)((const double *)u->data)[i];
    gd_tensor *x = logits_of(r, labels);
    gd_cross_entropy_options each = {.reduction = GD_REDUCTION_NONE};
    gd_tensor *loss = gd_cross_entropy(tape, x, y, &each), *log_p = gd_log_softmax(tape, x, 1);
    gd_grad_options ones = {.gradient = gd_ones(tape, GD_F32, GD_DIMS(r->rows))};
    assert_int_equal(gd_grad(tape, loss, &x, 1, &g, &ones), GD_OK);
    for (int64_t i = 0; i < r->rows; ++i) {
        const float *row = (const float *)x->data + i * r->classes;
        long double m, log_sum = log_rest(r->classes, row, &m);
        check(r->name, i, ((float *)loss->data)[i], m - (long double)row[labels[i]] + log_sum, 1);
        for (int64_t c = 0; c < r->classes; ++c) {
            int64_t k = i * r->classes + c;
            long double l = (long double)row[c] - m - log_sum;
            check(r->name, k, ((float *)log_p->data)[k], l, 1);
            check(r->name, k, ((float *)g->data)[k], c == labels[i] ? expm1l(l) : expl(l), 2);
        }
    }
}

static void test_cross_entropy(void **state)
{
    (void)state;
    static const regime regimes[] = {{"normal, 10 classes", 20000, 10, NORMAL, 1},
                                     {"normal, 1000 classes", 200, 1000, NORMAL, 1},
                                     {"normal, 50257 classes", 4, 50257, NORMAL, 1},
                                     {"10 normal", 20000, 10, NORMAL, 10},
                                     {"100 normal", 20000, 10, NORMAL, 100},
                                     {"normal + 1e4", 20000, 10, SHIFTED, 1},
                                     {"right class ahead", 20000, 10, AHEAD, 40},
                                     {"right class behind", 20000, 10, BEHIND, 80},
                                     {"two classes", 20000, 2, NORMAL, 20}};
    for (size_t k = 0; k < sizeof regimes / sizeof *regimes; ++k)
        check_cross_entropy(&regimes[k]);
}

/* Equal logits have equal probabilities, however large they are; others, far behind, have none. */
static void test_large_logits(void **state)
{
    (void)state;
    const float sizes[] = {1e8f, 1e10f, 1e20f, 3e38f, -1e10f, -1e30f};
    for (int k = 0; k < 6; ++k)
        for (int64_t classes = 3; classes <= 300; classes += 297) {
            gd_tape_reset(tape);
            gd_tensor *x = gd_full(tape, GD_F32, (double)sizes[k], GD_DIMS(1, classes)), *g;
            gd_tensor *y = gd_zeros(tape, GD_I64, GD_DIMS(1));
            ((float *)x->data)[1] = sizes[k] - fabsf(sizes[k]) * 0x1p-20f; /* 95 and more */
            x->requires_grad = true;
            gd_tensor *loss = gd_cross_entropy(tape, x, y, NULL);
            assert_int_equal(gd_grad(tape, loss, &x, 1, &g, NULL), GD_OK);
            long double p = 1 / (long double)(classes - 1);
            check("large logits, loss", k, (float)gd_item(loss), -logl(p), 1);
            for (int64_t c = 0; c < classes; ++c)
                check("large logits", c, ((float *)g->data)[c], c == 0 ? p - 1 : c == 1 ? 0 : p, 2);
        }
}

/* ---- binary ---- */

enum { MANY = 200000 };

static gd_tensor *drawn(uint64_t key, double low, double high)
{
    gd_rng rng = {.key = key};
    gd_tensor *x = gd_zeros(tape, GD_F32, GD_DIMS(MANY));
    gd_tensor_uniform(x, &rng, low, high);
    return x;
}

static gd_tensor *hard(uint64_t key)
{
    gd_tensor *y = drawn(key, 0, 1);
    for (int64_t i = 0; i < MANY; ++i)
        ((float *)y->data)[i] = ((float *)y->data)[i] < 0.5f;
    return y;
}

/* ln(1 + e^x) and its slope */
static long double softplus(long double x)
{
    return x > 0 ? x + log1pl(expl(-x)) : log1pl(expl(x));
}

static long double sigmoid(long double x)
{
    return x > 0 ? 1 / (1 + expl(-x)) : expl(x) / (1 + expl(x));
}

static void check_logits(const char *name, gd_tensor *x, gd_tensor *y, float pos_weight)
{
    gd_tensor *g, *v = pos_weight != 1 ? gd_full(tape, GD_F32, (double)pos_weight, 0, NULL) : NULL;
    x->requires_grad = true;
    gd_tensor *loss =
        gd_binary_cross_entropy_with_logits(tape, x, y,
                                            &(gd_binary_cross_entropy_with_logits_options){
                                                .reduction = GD_REDUCTION_NONE, .pos_weight = v});
    gd_grad_options ones = {.gradient = gd_ones(tape, GD_F32, GD_DIMS(MANY))};
    assert_int_equal(gd_grad(tape, loss, &x, 1, &g, &ones), GD_OK);
    for (int64_t i = 0; i < MANY; ++i) {
        long double a = (long double)((float *)y->data)[i] * (long double)pos_weight;
        long double b = 1 - (long double)((float *)y->data)[i];
        long double logit = (long double)((float *)x->data)[i];
        check(name, i, ((float *)loss->data)[i], a * softplus(-logit) + b * softplus(logit), 1);
        check(name, i, ((float *)g->data)[i], b * sigmoid(logit) - a * sigmoid(-logit), 2);
    }
}

static void test_logits(void **state)
{
    (void)state;
    gd_tape_reset(tape);
    gd_rng rng = {.key = 3};
    gd_tensor *x = gd_zeros(tape, GD_F32, GD_DIMS(MANY));
    gd_tensor_normal(x, &rng, 0, 3);
    check_logits("3 normal", x, hard(1), 1);
    check_logits("U(-20,20)", drawn(4, -20, 20), hard(2), 1);
    check_logits("U(-80,80)", drawn(5, -80, 80), hard(3), 1);
    check_logits("U(-1e-3,1e-3)", drawn(5, -1e-3, 1e-3), hard(3), 1);
    check_logits("soft", drawn(6, -20, 20), drawn(7, 0, 1), 1);
    check_logits("pos_weight 3", drawn(8, -20, 20), hard(9), 3);
}

static void check_probabilities(const char *name, gd_tensor *p, gd_tensor *y)
{
    gd_tensor *g;
    p->requires_grad = true;
    gd_binary_cross_entropy_options each = {.reduction = GD_REDUCTION_NONE};
    gd_tensor *loss = gd_binary_cross_entropy(tape, p, y, &each);
    gd_grad_options ones = {.gradient = gd_ones(tape, GD_F32, GD_DIMS(MANY))};
    assert_int_equal(gd_grad(tape, loss, &p, 1, &g, &ones), GD_OK);
    for (int64_t i = 0; i < MANY; ++i) {
        long double q = (long double)((float *)p->data)[i], t = (long double)((float *)y->data)[i];
        long double exact = 0;
        exact -= t == 0 ? 0 : t * logl(q);
        exact -= t == 1 ? 0 : (1 - t) * log1pl(-q);
        check(name, i, ((float *)loss->data)[i], exact, 1);
        check(name, i, ((float *)g->data)[i], (q - t) / (q * (1 - q)), 2);
    }
}

/* 10 to a power uniform in [low, high]. */
static gd_tensor *log_uniform(double low, double high)
{
    gd_tensor *p = drawn(10, low, high);
    for (int64_t i = 0; i < MANY; ++i)
        ((float *)p->data)[i] = (float)pow(10, (double)((float *)p->data)[i]);
    return p;
}

static void test_probabilities(void **state)
{
    (void)state;
    gd_tape_reset(tape);
    check_probabilities("p, hard", drawn(1, 0.001, 0.999), hard(2));
    check_probabilities("p, soft", drawn(3, 0.001, 0.999), drawn(4, 0, 1));
    check_probabilities("p from 1e-11", log_uniform(-11, -1e-3), hard(5));
    check_probabilities("p from 1e-37", log_uniform(-37, -12),
                        gd_ones(tape, GD_F32, GD_DIMS(MANY)));
}

/* ---- sums ---- */

static void test_means(void **state)
{
    (void)state;
    gd_tape_reset(tape);
    gd_tensor *x = gd_zeros(tape, GD_F32, GD_DIMS(1000000, 3));
    gd_tensor *y = gd_zeros(tape, GD_I64, GD_DIMS(1000000));
    gd_rng rng = {.key = 2};
    gd_tensor_normal(x, &rng, 0, 1);
    long double sum = 0;
    for (int64_t i = 0; i < 1000000; ++i) {
        const float *row = (const float *)x->data + 3 * i;
        long double m, log_sum = log_rest(3, row, &m);
        sum += m - (long double)row[0] + log_sum;
    }
    check("mean of a million", 0, (float)gd_item(gd_cross_entropy(tape, x, y, NULL)), sum / 1000000,
          0.51);
}

static int setup(void **state)
{
    (void)state;
    tape = gd_tape_create();
    return tape == NULL;
}

static int teardown(void **state)
{
    (void)state;
    gd_tape_destroy(tape);
    return 0;
}

int accuracy_tests(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_cross_entropy), cmocka_unit_test(test_large_logits),
        cmocka_unit_test(test_logits), cmocka_unit_test(test_probabilities),
        cmocka_unit_test(test_means)};
    return cmocka_run_group_tests_name("accuracy", tests, setup, teardown);
}
