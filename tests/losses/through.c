/* Pass-through beside the plain way: a loss of what an op has just made, and the same loss with a
 * view between, which takes both ops' own rules. In float64 the two agree to rounding. */
#include "../cmocka_all.h"
#include "tests.h"

#include <gradus.h>

#include <math.h>
#include <string.h>

/* The loss of h, the result of an op on x [4,3]. */
typedef struct subject {
    const char *name;
    gd_tensor *(*inner)(gd_tape *t, gd_tensor *x);
    gd_tensor *(*loss)(gd_tape *t, gd_tensor *h, gd_reduction reduction, int options);
    int options; /* how many sets of options there are */
} subject;

static gd_tensor *numbers(gd_tape *t, uint64_t key, double low, double high, int ndim,
                          const int64_t *shape)
{
    gd_tensor *x = gd_zeros(t, GD_F64, ndim, shape);
    gd_tensor_uniform(x, &(gd_rng){.key = key}, low, high);
    return x;
}

static gd_tensor *log_softmax(gd_tape *t, gd_tensor *x)
{
    return gd_log_softmax(t, x, 1);
}

static gd_tensor *nll(gd_tape *t, gd_tensor *h, gd_reduction reduction, int options)
{
    gd_nll_loss_options o = {.reduction = reduction};
    gd_tensor *target = gd_from_data(t, GD_I64, (const int64_t[]){2, 0, 1, 2}, GD_DIMS(4));
    if (options & 1)
        o.weight = numbers(t, 1, 0.5, 2, GD_DIMS(3));
    if (options & 2)
        o.label_smoothing = 0.1;
    if (options & 4)
        o.ignore_index = GD_SOME(0);
    if (options & 8)
        o.mask = gd_from_data(t, GD_BOOL, (const uint8_t[]){1, 1, 0, 1}, GD_DIMS(4));
    if (options & 16) {
        target = numbers(t, 2, 0, 1, GD_DIMS(4, 3));
        o.ignore_index.given = false;
    }
    return gd_nll_loss(t, h, target, &o);
}

static gd_tensor *sigmoid(gd_tape *t, gd_tensor *x)
{
    return gd_sigmoid(t, x);
}

static gd_tensor *bce(gd_tape *t, gd_tensor *h, gd_reduction reduction, int options)
{
    gd_binary_cross_entropy_options o = {.reduction = reduction};
    gd_tensor *target = numbers(t, 3, 0, 1, GD_DIMS(4, 3));
    if (options & 1)
        o.weight = numbers(t, 4, 0, 2, GD_DIMS(3));
    if (options & 2)
        o.mask = gd_from_data(t, GD_BOOL, (const uint8_t[]){1, 0, 1, 1}, GD_DIMS(4, 1));
    return gd_binary_cross_entropy(t, h, target, &o);
}

static const subject subjects[] = {{"nll_loss of log_softmax", log_softmax, nll, 32},
                                   {"binary_cross_entropy of sigmoid", sigmoid, bce, 4}};
enum { SUBJECTS = sizeof subjects / sizeof *subjects };

/* What is done with the loss: how many times it is used, and what else reads h. */
typedef struct use {
    const char *name;
    bool twice;      /* a second loss of the same h, so that gradients add up */
    bool other;      /* another consumer of h */
    bool retained;   /* h keeps its gradient */
    bool of_h;       /* gd_grad of h and x instead of gd_backward */
    bool second;     /* the gradient's own gradient */
    bool twice_back; /* a second backward adds to x->grad */
} use;

static const use uses[] = {
    {.name = "backward"},
    {.name = "two losses", .twice = true},
    {.name = "two consumers", .other = true},
    {.name = "retained", .other = true, .retained = true},
    {.name = "retained alone", .retained = true},
    {.name = "backward twice", .twice_back = true},
    {.name = "grad of both", .of_h = true},
    {.name = "grad of both, two consumers", .of_h = true, .other = true},
    {.name = "second order", .second = true, .of_h = true},
    {.name = "second order, all", .twice = true, .other = true, .of_h = true, .second = true}};
enum { USES = sizeof uses / sizeof *uses, RESULTS = 4, SIZE = 12 };

/* The value, the gradients of x and of h, and x's second-order gradient. */
typedef struct outcome {
    double value, of_x[SIZE], of_h[SIZE], second[SIZE];
} outcome;

static void copy(double *to, const gd_tensor *from)
{
    if (from != NULL)
        memcpy(to, from->data, SIZE * sizeof *to);
}

/* `blocked`: a view stands between. */
static outcome run(const subject *s, const use *u, gd_reduction r, int options, bool blocked)
{
    outcome result = {0};
    gd_tape *t = gd_tape_create();
    gd_tensor *x = gd_tensor_create(GD_F64, GD_DIMS(4, 3)), *g[2] = {NULL, NULL};
    gd_tensor_uniform(x, &(gd_rng){.key = 5}, -3, 3);
    x->requires_grad = true;
    gd_tensor *h = s->inner(t, x), *operand = blocked ? gd_reshape(t, h, h->ndim, h->shape) : h;
    gd_tensor *losses = s->loss(t, operand, r, options);
    gd_tensor *by = numbers(t, 6, 0.5, 1.5, losses->ndim, losses->shape);
    gd_tensor *root = gd_sum(t, gd_mul(t, losses, by), GD_ALL_DIMS, false);
    if (u->twice)
        root = gd_add(t, root, gd_sum(t, s->loss(t, operand, r, 0), GD_ALL_DIMS, false));
    if (u->other)
        root = gd_add(t, root, gd_sum(t, gd_mul(t, h, h), GD_ALL_DIMS, false));
    result.value = gd_item(root);
    if (u->retained)
        assert_int_equal(gd_retain_grad(t, h), GD_OK);
    if (u->of_h) {
        gd_grad_options o = {.create_graph = u->second};
        assert_int_equal(gd_grad(t, root, (gd_tensor *[]){x, h}, 2, g, &o), GD_OK);
        copy(result.of_x, g[0]);
        copy(result.of_h, g[1]);
    }
    if (u->second) {
        gd_tensor *c = numbers(t, 7, 0.5, 1.5, GD_DIMS(4, 3));
        root = gd_sum(t, gd_add(t, gd_mul(t, g[0], c), gd_mul(t, g[1], g[1])), GD_ALL_DIMS, false);
    }
    if (u->second || !u->of_h) {
        assert_int_equal(gd_backward(t, root), GD_OK);
        if (u->twice_back)
            assert_int_equal(gd_backward_with(t, root, &(gd_backward_options){.again = true}),
                             GD_OK);
        copy(u->second ? result.second : result.of_x, x->grad);
        if (u->retained)
            copy(result.of_h, h->grad);
    }
    gd_tape_destroy(t);
    gd_tensor_destroy(x);
    return result;
}

static void check_close(const char *what, const double *a, const double *b, int n)
{
    for (int i = 0; i < n; ++i)
        if (!(fabs(a[i] - b[i]) <= 1e-13 * (1 + fabs(b[i]))))
            fail_msg("%s: element %d is %.17g, the plain way %.17g", what, i, a[i], b[i]);
}

static void test_equals_the_plain_way(void **state)
{
    (void)state;
    for (int k = 0; k < SUBJECTS; ++k)
        for (int options = 0; options < subjects[k].options; ++options)
            for (gd_reduction r = GD_REDUCTION_MEAN; r <= GD_REDUCTION_BATCHMEAN; ++r)
                for (int j = 0; j < USES; ++j) {
                    char what[120];
                    snprintf(what, sizeof what, "%s, options %d, reduction %d, %s",
                             subjects[k].name, options, (int)r, uses[j].name);
                    outcome a = run(&subjects[k], &uses[j], r, options, false);
                    outcome b = run(&subjects[k], &uses[j], r, options, true);
                    check_close(what, &a.value, &b.value, 1);
                    check_close(what, a.of_x, b.of_x, SIZE);
                    check_close(what, a.of_h, b.of_h, SIZE);
                    check_close(what, a.second, b.second, SIZE);
                }
}

/* Who looks at the gradient in between changes no bit of the others. */
static void test_looking_changes_nothing(void **state)
{
    (void)state;
    for (int k = 0; k < SUBJECTS; ++k)
        for (int options = 0; options < subjects[k].options; ++options) {
            use plain = {.other = true}, watched = {.other = true, .retained = true};
            outcome a = run(&subjects[k], &plain, GD_REDUCTION_MEAN, options, false);
            outcome b = run(&subjects[k], &watched, GD_REDUCTION_MEAN, options, false);
            assert_memory_equal(a.of_x, b.of_x, sizeof a.of_x);
        }
}

/* What the gradient reads of both calls may not have changed; h may have, before the loss. */
static void test_changes_in_place(void **state)
{
    (void)state;
    for (int k = 0; k < SUBJECTS; ++k) {
        gd_tape *t = gd_tape_create();
        gd_tensor *x = gd_zeros(t, GD_F64, GD_DIMS(4, 3));
        x->requires_grad = true;
        gd_tensor *h = subjects[k].inner(t, x);
        gd_tensor *loss = subjects[k].loss(t, h, GD_REDUCTION_MEAN, 0);
        gd_tensor_fill(x, 1);
        assert_int_equal(gd_backward(t, loss), GD_ERROR_STATE);
        assert_non_null(strstr(gd_tape_message(t), "input [4,3] was changed in place"));

        gd_tape_reset(t);
        x = gd_zeros(t, GD_F64, GD_DIMS(4, 3));
        h = subjects[k].inner(t, x);
        gd_tensor_fill(h, 0.25); /* no more what x has made: the loss is of these values */
        loss = subjects[k].loss(t, h, GD_REDUCTION_SUM, 0);
        gd_tensor *same = gd_full(t, GD_F64, 0.25, GD_DIMS(4, 3));
        assert_true(gd_item(loss) == gd_item(subjects[k].loss(t, same, GD_REDUCTION_SUM, 0)));
        gd_tape_destroy(t);
    }
}

/* With recording off a loss has the same bits, though float32 log-probabilities are rounded: of
 * two rows' mean, in one of four batches that would show. */
static void test_without_recording(void **state)
{
    (void)state;
    gd_tape *t = gd_tape_create();
    for (uint64_t seed = 0; seed < 50; ++seed) {
        float values[2];
        for (int on = 0; on < 2; ++on) {
            gd_tape_reset(t);
            gd_tape_set_recording(t, on != 0);
            gd_tensor *x = gd_zeros(t, GD_F32, GD_DIMS(2, 3)), *y = gd_zeros(t, GD_I64, GD_DIMS(2));
            gd_tensor_uniform(x, &(gd_rng){.key = seed}, -3, 3);
            x->requires_grad = true;
            values[on] = *(float *)gd_cross_entropy(t, x, y, NULL)->data;
        }
        assert_memory_equal(&values[0], &values[1], sizeof values[0]);
    }
    gd_tape_destroy(t);
}

/* log_softmax over another dimension than that of the classes is not passed through. */
static void test_another_dimension(void **state)
{
    (void)state;
    gd_tape *t = gd_tape_create();
    gd_tensor *x = numbers(t, 9, -3, 3, GD_DIMS(3, 3)), *g[2];
    gd_tensor *y = gd_from_data(t, GD_I64, (const int64_t[]){2, 0, 1}, GD_DIMS(3));
    x->requires_grad = true;
    for (int dim = -2; dim < 2; ++dim) {
        double values[2];
        for (int blocked = 0; blocked < 2; ++blocked) {
            gd_tensor *h = gd_log_softmax(t, x, dim);
            gd_tensor *loss = gd_nll_loss(t, blocked ? gd_reshape(t, h, 2, h->shape) : h, y, NULL);
            values[blocked] = gd_item(loss);
            assert_int_equal(gd_grad(t, loss, &x, 1, &g[blocked], NULL), GD_OK);
        }
        check_close("another dimension", &values[0], &values[1], 1);
        check_close("another dimension", g[0]->data, g[1]->data, 9);
    }
    gd_tape_destroy(t);
}

/* A row of NaN whose dy are 0 has the gradient 0, recorded or not. */
static void test_unused_rows(void **state)
{
    (void)state;
    gd_tape *t = gd_tape_create();
    const double values[] = {1, 2, NAN, 3}, upstream[] = {1, 0.5, 0, 0};
    gd_tensor *x = gd_from_data(t, GD_F64, values, GD_DIMS(2, 2)), *g;
    x->requires_grad = true;
    for (int recorded = 0; recorded < 2; ++recorded) {
        gd_grad_options o = {.gradient = gd_from_data(t, GD_F64, upstream, GD_DIMS(2, 2)),
                             .create_graph = recorded != 0};
        assert_int_equal(gd_grad(t, gd_log_softmax(t, x, 1), &x, 1, &g, &o), GD_OK);
        const double *dx = g->data;
        assert_true(dx[0] != 0 && dx[1] != 0 && dx[2] == 0 && dx[3] == 0);
    }
    gd_tape_destroy(t);
}

/* What was made with recording off and then became a leaf has its gradient, not what it was made
 * of. */
static void test_a_leaf_is_not_passed(void **state)
{
    (void)state;
    for (int k = 0; k < SUBJECTS; ++k) {
        gd_tape *t = gd_tape_create();
        gd_tensor *x = gd_zeros(t, GD_F64, GD_DIMS(4, 3)), *g;
        x->requires_grad = true;
        gd_tape_set_recording(t, false);
        gd_tensor *h = subjects[k].inner(t, x);
        gd_tape_set_recording(t, true);
        h->requires_grad = true;
        gd_tensor *loss = subjects[k].loss(t, h, GD_REDUCTION_MEAN, 0);
        assert_int_equal(gd_grad(t, loss, &h, 1, &g, NULL), GD_OK);
        assert_int_equal(gd_backward(t, loss), GD_OK);
        assert_null(x->grad);
        assert_non_null(h->grad);
        assert_memory_equal(h->grad->data, g->data, SIZE * sizeof(double));
        gd_tape_destroy(t);
    }
}

/* The rules in ops keep the tail, too: s(z) - y = -1 / (1 + e^40) for y = 1, by mpmath. */
static void test_recorded_sigmoid_keeps_the_tail(void **state)
{
    (void)state;
    gd_tape *t = gd_tape_create();
    const double tail = 4.2483542552915889e-18;
    gd_tensor *z = gd_full(t, GD_F64, 40, GD_DIMS(1)), *y = gd_ones(t, GD_F64, GD_DIMS(1)), *g;
    z->requires_grad = true;
    for (int recorded = 0; recorded < 2; ++recorded) {
        gd_tensor *loss = gd_binary_cross_entropy(t, gd_sigmoid(t, z), y, NULL);
        gd_grad_options o = {.create_graph = recorded != 0};
        assert_int_equal(gd_grad(t, loss, &z, 1, &g, &o), GD_OK);
        assert_true(fabs(gd_item(g) + tail) <= 4.4e-16 * tail);
    }
    gd_tape_destroy(t);
}

/* The tails: PyTorch 2.13's log_softmax and softmax give 0 for both; 1 / (1 + e^37.43) is right.
 * */
static void test_own_rules_keep_the_tail(void **state)
{
    (void)state;
    gd_tape *t = gd_tape_create();
    gd_tensor *x = gd_from_data(t, GD_F64, (const double[]){37.43, 0}, GD_DIMS(1, 2)), *g;
    x->requires_grad = true;
    for (int k = 0; k < 4; ++k) {
        gd_tensor *y = k < 2 ? gd_softmax(t, x, 1) : gd_log_softmax(t, x, 1);
        gd_grad_options o = {.gradient =
                                 gd_from_data(t, GD_F64, (const double[]){1, 0}, GD_DIMS(1, 2)),
                             .create_graph = k % 2 == 1};
        assert_int_equal(gd_grad(t, y, &x, 1, &g, &o), GD_OK);
        const double right = 5.5508250862537191e-17; /* 1 / (1 + e^37.43), by mpmath */
        assert_true(fabs(((double *)g->data)[0] - right) <= 1e-15 * right);
        assert_true(fabs(((double *)g->data)[1] + right) <= 1e-15 * right);
    }
    gd_tape_destroy(t);
}

int through_tests(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_equals_the_plain_way),
                                       cmocka_unit_test(test_looking_changes_nothing),
                                       cmocka_unit_test(test_changes_in_place),
                                       cmocka_unit_test(test_without_recording),
                                       cmocka_unit_test(test_another_dimension),
                                       cmocka_unit_test(test_unused_rows),
                                       cmocka_unit_test(test_a_leaf_is_not_passed),
                                       cmocka_unit_test(test_recorded_sigmoid_keeps_the_tail),
                                       cmocka_unit_test(test_own_rules_keep_the_tail)};
    return cmocka_run_group_tests_name("pass-through", tests, NULL, NULL);
}
