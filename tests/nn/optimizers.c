/* Every optimiser against PyTorch: tests/fixtures/optimizers.txt, whose form make_optimizers.py
 * describes. And what holds for all of them. */
#include "../cmocka_all.h"
#include "nn/optimizers/optimizer.h"
#include "options_of_text.h"
#include "tests.h"

#include <gradus.h>

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- options by name ---- */

static gd_optimizer *sgd(gd_parameters *p)
{
    return gd_sgd_create(p, &(gd_sgd_options){.learning_rate = optional("learning_rate"),
                                              .momentum = number("momentum", 0),
                                              .dampening = number("dampening", 0),
                                              .weight_decay = number("weight_decay", 0),
                                              .nesterov = number("nesterov", 0) != 0});
}

static gd_adam_options adam_options(void)
{
    return (gd_adam_options){.learning_rate = optional("learning_rate"),
                             .beta1 = optional("beta1"),
                             .beta2 = optional("beta2"),
                             .eps = optional("eps"),
                             .weight_decay = optional("weight_decay")};
}

static gd_optimizer *adam(gd_parameters *p)
{
    gd_adam_options o = adam_options();
    return gd_adam_create(p, &o);
}

static gd_optimizer *adamw(gd_parameters *p)
{
    gd_adam_options o = adam_options();
    return gd_adamw_create(p, &o);
}

static gd_optimizer *rmsprop(gd_parameters *p)
{
    return gd_rmsprop_create(p, &(gd_rmsprop_options){.learning_rate = optional("learning_rate"),
                                                      .alpha = optional("alpha"),
                                                      .eps = optional("eps"),
                                                      .momentum = number("momentum", 0),
                                                      .weight_decay = number("weight_decay", 0),
                                                      .centered = number("centered", 0) != 0});
}

static gd_optimizer *adagrad(gd_parameters *p)
{
    return gd_adagrad_create(p, &(gd_adagrad_options){.learning_rate = optional("learning_rate"),
                                                      .lr_decay = number("lr_decay", 0),
                                                      .weight_decay = number("weight_decay", 0),
                                                      .initial_accumulator_value =
                                                          number("initial_accumulator_value", 0),
                                                      .eps = optional("eps")});
}

static gd_optimizer *lbfgs(gd_parameters *p)
{
    return gd_lbfgs_create(p, &(gd_lbfgs_options){.learning_rate = optional("learning_rate"),
                                                  .max_iter = (int)number("max_iter", 0),
                                                  .max_eval = (int)number("max_eval", 0),
                                                  .history_size = (int)number("history_size", 0)});
}

static const struct maker {
    const char *name;
    gd_optimizer *(*create)(gd_parameters *p);
} makers[] = {{"sgd", sgd},         {"adam", adam},       {"adamw", adamw},
              {"rmsprop", rmsprop}, {"adagrad", adagrad}, {"lbfgs", lbfgs}};
enum { ALL_MAKERS = sizeof makers / sizeof *makers, MAKERS = ALL_MAKERS - 1, SIZE = 3 };

/* ---- trajectories ---- */

static gd_tensor *rosenbrock(gd_tape *t, gd_tensor *x)
{
    gd_tensor *here = gd_slice(t, x, 0, 0, SIZE - 1, 1), *next = gd_slice(t, x, 0, 1, SIZE, 1);
    gd_tensor *valley = gd_sub(t, next, gd_mul(t, here, here));
    gd_tensor *wall = gd_mul(t, gd_scalar(t, 100, x->dtype), gd_mul(t, valley, valley));
    gd_tensor *left = gd_sub(t, gd_scalar(t, 1, x->dtype), here);
    return gd_sum(t, gd_add(t, wall, gd_mul(t, left, left)), GD_ALL_DIMS, false);
}

static gd_tensor *objective(gd_tape *t, gd_tensor *x)
{
    const double a[] = {1, 2, -1, 0.5, -1, 3, 2, 0.25, 1, -1, 1.5, 0.5}, b[] = {1, -2, 0.5, 3};
    if (number("rosenbrock", 0) != 0)
        return rosenbrock(t, x);
    gd_tensor *matrix = gd_cast(t, gd_from_data(t, GD_F64, a, GD_DIMS(4, SIZE)), x->dtype);
    gd_tensor *wanted = gd_cast(t, gd_from_data(t, GD_F64, b, GD_DIMS(4)), x->dtype);
    return gd_mse_loss(t, gd_matmul(t, matrix, x), wanted, NULL);
}

typedef struct problem {
    gd_tape *tape;
    gd_optimizer *optimizer;
    gd_tensor *x;
} problem;

static gd_status evaluate(void *context, double *loss)
{
    problem *p = context;
    gd_tape_reset(p->tape);
    gd_optimizer_zero_grad(p->optimizer);
    gd_tensor *value = objective(p->tape, p->x);
    gd_status status = gd_backward(p->tape, value);
    *loss = status == GD_OK ? gd_item(value) : (double)NAN;
    return status;
}

static void step(gd_tape *t, gd_optimizer *optimizer, gd_tensor *x)
{
    double loss;
    problem p = {t, optimizer, x};
    assert_int_equal(evaluate(&p, &loss), GD_OK);
    assert_int_equal(gd_optimizer_step(optimizer), GD_OK);
}

static void step_any(const char *name, gd_tape *t, gd_optimizer *optimizer, gd_tensor *x)
{
    problem p = {t, optimizer, x};
    if (strcmp(name, "lbfgs") != 0)
        step(t, optimizer, x);
    else
        assert_int_equal(gd_lbfgs_step(optimizer, evaluate, &p), GD_OK);
}

static void check_case(FILE *file, const char *name, gd_dtype dtype, double tolerance)
{
    gd_parameters *p = gd_parameters_create();
    gd_tensor *x = gd_parameters_add(p, "x", dtype, GD_DIMS(SIZE));
    gd_optimizer *optimizer = NULL;
    gd_tape *t = gd_tape_create();
    const double start[] = {0.5, -1, 2};
    for (int i = 0; i < SIZE; ++i)
        dtype == GD_F32 ? (void)(((float *)x->data)[i] = (float)start[i])
                        : (void)(((double *)x->data)[i] = start[i]);
    for (int k = 0; k < ALL_MAKERS; ++k)
        if (strcmp(makers[k].name, name) == 0)
            optimizer = makers[k].create(p);
    if (optimizer == NULL)
        fail_msg("%s%s: %s", name, options_text, gd_message());
    for (int s = 1; s <= 50; ++s) {
        step_any(name, t, optimizer, x);
        for (int i = 0; i < SIZE; ++i) {
            char text[40];
            assert_int_equal(fscanf(file, "%39s", text), 1);
            double wanted = strtod(text, NULL);
            double value = dtype == GD_F32 ? (double)((float *)x->data)[i] : ((double *)x->data)[i];
            if (!(fabs(value - wanted) <= tolerance * (1 + fabs(wanted))))
                fail_msg("%s%s, step %d: x[%d] is %.12g, not %.12g", name, options_text, s, i,
                         value, wanted);
        }
    }
    gd_optimizer_destroy(optimizer);
    gd_parameters_destroy(p);
    gd_tape_destroy(t);
}

static int check_all(gd_dtype dtype, double tolerance)
{
    char line[512], name[32];
    int cases = 0;
    FILE *file = fopen(GD_TESTS_DIR "/fixtures/optimizers.txt", "r");
    assert_non_null(file);
    while (fgets(line, sizeof line, file) != NULL) {
        line[strcspn(line, "\n")] = '\0';
        if (sscanf(line, "case %31s", name) != 1)
            continue;
        options_text = line + 5 + strlen(name);
        if (dtype == GD_F32 && number("rosenbrock", 0) != 0)
            continue; /* its valley makes of any rounding another path */
        check_case(file, name, dtype, tolerance);
        ++cases;
    }
    fclose(file);
    return cases;
}

static void test_against_pytorch(void **state)
{
    (void)state;
    assert_int_equal(check_all(GD_F64, 1e-10), 20);
}

static void test_float32(void **state)
{
    (void)state;
    assert_int_equal(check_all(GD_F32, 2e-4), 17);
}

/* ---- groups ---- */

/* Gradients 3, 4 in float64 and 12 in float32 are 13 long together. */
static gd_parameters *with_gradients(gd_tensor **x, gd_tensor **y)
{
    gd_parameters *p = gd_parameters_create();
    gd_tape *t = gd_tape_create();
    *x = gd_parameters_add(p, "x", GD_F64, GD_DIMS(2));
    gd_parameters_add(p, "idle", GD_F64, GD_DIMS(2)); /* has none */
    *y = gd_parameters_add(p, "y", GD_F32, GD_DIMS(1));
    assert_int_equal(gd_backward(t, gd_sum(t, *x, GD_ALL_DIMS, false)), GD_OK);
    assert_int_equal(gd_backward(t, gd_sum(t, *y, GD_ALL_DIMS, false)), GD_OK);
    memcpy((*x)->grad->data, (const double[]){3, -4}, 16);
    ((float *)(*y)->grad->data)[0] = 12;
    gd_tape_destroy(t);
    return p;
}

static void test_groups(void **state)
{
    (void)state;
    gd_tensor *x, *y;
    gd_parameters *p = with_gradients(&x, &y);
    gd_optimizer *sgd =
        gd_sgd_create(p, &(gd_sgd_options){.learning_rate = GD_SOME(0.5), .weight_decay = 1});
    gd_tensor_fill(x, 1);
    gd_tensor_fill(y, 1);
    assert_int_equal(
        gd_optimizer_set_group(sgd, "x*", &(gd_group_options){.weight_decay = GD_SOME(0)}), GD_OK);
    assert_int_equal(
        gd_optimizer_set_group(sgd, "y", &(gd_group_options){.rate_factor = GD_SOME(0.25)}), GD_OK);
    assert_int_equal(gd_optimizer_step(sgd), GD_OK);
    assert_true(((double *)x->data)[0] == 1 - 0.5 * 3);       /* no decay */
    assert_true(gd_item(y) == 1 - 0.5 * 0.25 * (12 + 1 * 1)); /* the optimiser's decay */
    assert_int_equal(
        gd_optimizer_set_group(sgd, "z*", &(gd_group_options){.rate_factor = GD_SOME(0)}),
        GD_ERROR_ARGUMENT);
    assert_string_equal(gd_message(), "set_group: no parameter's name fits \"z*\"");
    assert_int_equal(
        gd_optimizer_set_group(sgd, "x", &(gd_group_options){.weight_decay = GD_SOME(-1)}),
        GD_ERROR_ARGUMENT);
    assert_int_equal(gd_optimizer_set_group(sgd, "x", NULL), GD_ERROR_ARGUMENT);
    gd_optimizer_destroy(sgd);
    gd_parameters_destroy(p);
}

/* Of every optimiser: a group with its own rate and decay moves as if it were alone with these,
 * the rest as without it. */
static void test_groups_of_all(void **state)
{
    (void)state;
    const char *const own = " learning_rate=0.125 weight_decay=0.25";
    for (int k = 0; k < MAKERS; ++k) {
        double moved[3][2];
        for (int run = 0; run < 3; ++run) { /* with a group; all as the group; all as the rest */
            gd_tensor *x, *y;
            gd_parameters *p = with_gradients(&x, &y);
            gd_tensor_fill(x, 1);
            gd_tensor_fill(y, 1);
            options_text = run == 1 ? own : " learning_rate=0.5 weight_decay=0.0625";
            gd_optimizer *optimizer = makers[k].create(p);
            const gd_group_options group = {.rate_factor = GD_SOME(0.25),
                                            .weight_decay = GD_SOME(0.25)};
            if (run == 0)
                assert_int_equal(gd_optimizer_set_group(optimizer, "x", &group), GD_OK);
            for (int s = 0; s < 3; ++s)
                assert_int_equal(gd_optimizer_step(optimizer), GD_OK);
            moved[run][0] = ((double *)x->data)[0];
            moved[run][1] = gd_item(y);
            gd_optimizer_destroy(optimizer);
            gd_parameters_destroy(p);
        }
        for (int i = 0; i < 2; ++i) /* and these differ */
            assert_true(moved[1][i] != moved[2][i]);
        if (moved[0][0] != moved[1][0] || moved[0][1] != moved[2][1])
            fail_msg("%s: %.17g and %.17g, not %.17g and %.17g", makers[k].name, moved[0][0],
                     moved[0][1], moved[1][0], moved[2][1]);
    }
}

/* ---- all of them ---- */

/* A parameter without a gradient is left alone, whatever weight decay says; so is one that
 * required none when the optimiser was made. */
static void test_empty_gradients(void **state)
{
    (void)state;
    options_text = " weight_decay=0.5 momentum=0.9";
    for (int k = 0; k < MAKERS; ++k) {
        gd_parameters *p = gd_parameters_create();
        gd_tensor *x = gd_parameters_add(p, "x", GD_F64, GD_DIMS(SIZE));
        gd_tensor *idle = gd_parameters_add(p, "idle", GD_F32, GD_DIMS(2));
        gd_tensor *frozen = gd_parameters_add(p, "frozen", GD_F64, 0, NULL);
        gd_tensor_fill(idle, 5);
        frozen->requires_grad = false;
        gd_optimizer *optimizer = makers[k].create(p);
        gd_tape *t = gd_tape_create();
        frozen->requires_grad = true; /* too late for this optimiser */
        assert_int_equal(gd_backward(t, gd_neg(t, frozen)), GD_OK);
        for (int s = 0; s < 3; ++s)
            step(t, optimizer, x);
        assert_true(((float *)idle->data)[1] == 5 && ((double *)x->data)[0] != 0);
        assert_true(gd_item(frozen) == 0 && frozen->grad != NULL);
        gd_tape_destroy(t);
        gd_optimizer_destroy(optimizer);
        gd_parameters_destroy(p);
    }
}

/* With a gradient of 0 for long, moments fade. 0.9 times the smallest subnormal number rounds to
 * itself: a moment that may become one never ends, and the parameter moves for ever. */
static void test_moments_end_as_zero(void **state)
{
    (void)state;
    options_text = " learning_rate=1 momentum=0.9 beta1=0.9 beta2=0.9 alpha=0.9";
    for (int k = 0; k < MAKERS; ++k) {
        gd_parameters *p = gd_parameters_create();
        gd_tensor *x = gd_parameters_add(p, "x", GD_F32, GD_DIMS(1));
        gd_optimizer *optimizer = makers[k].create(p);
        gd_tape *t = gd_tape_create();
        assert_int_equal(gd_backward(t, gd_sum(t, x, GD_ALL_DIMS, false)), GD_OK);
        ((float *)x->grad->data)[0] = 0x1p-100f;
        for (int s = 0; s < 500; ++s) {
            assert_int_equal(gd_optimizer_step(optimizer), GD_OK);
            ((float *)x->grad->data)[0] = 0;
        }
        gd_tensor_fill(x, 0);
        assert_int_equal(gd_optimizer_step(optimizer), GD_OK);
        if (gd_item(x) != 0)
            fail_msg("%s still moves by %g", makers[k].name, gd_item(x));
        gd_tape_destroy(t);
        gd_optimizer_destroy(optimizer);
        gd_parameters_destroy(p);
    }
}

static bool any_subnormal(const gd_optimizer *optimizer)
{
    for (int k = 0; k < GD__MOMENTS; ++k) {
        const gd_tensor *moment = &optimizer->slots[0].moment[k];
        for (int64_t i = 0; moment->data != NULL && i < gd_tensor_numel(moment); ++i)
            if (fpclassify(gd__float_at(moment->dtype, moment->data, i)) == FP_SUBNORMAL ||
                (moment->dtype == GD_F32 &&
                 fpclassify(((const float *)moment->data)[i]) == FP_SUBNORMAL))
                return true;
    }
    return false;
}

/* Units that die one after the other: whatever the last gradients were, no moment passes through
 * the numbers that processors are slow with. */
static void test_no_moment_is_subnormal(void **state)
{
    (void)state;
    enum { N = 64 };
    options_text = " momentum=0.9 beta1=0.9 beta2=0.9 alpha=0.9 centered=1 eps=1e-3";
    for (int k = 0; k < 2 * MAKERS; ++k) {
        gd_parameters *p = gd_parameters_create();
        gd_dtype dtype = k < MAKERS ? GD_F32 : GD_F64;
        gd_tensor *x = gd_parameters_add(p, "x", dtype, GD_DIMS(N));
        gd_optimizer *optimizer = makers[k % MAKERS].create(p);
        gd_tape *t = gd_tape_create();
        assert_int_equal(gd_backward(t, gd_sum(t, x, GD_ALL_DIMS, false)), GD_OK);
        for (int i = 0; i < N; ++i)
            gd__set_float_at(dtype, x->grad->data, i, ldexp(i % 2 ? 1.3 : -1, -i / 2));
        for (int s = 0; s < 8000; ++s) {
            assert_int_equal(gd_optimizer_step(optimizer), GD_OK);
            if (any_subnormal(optimizer))
                fail_msg("%s: after step %d a moment is subnormal", makers[k % MAKERS].name, s);
            gd_tensor_fill(x->grad, 0);
        }
        gd_tape_destroy(t);
        gd_optimizer_destroy(optimizer);
        gd_parameters_destroy(p);
    }
}

/* Of a constant gradient g the variance after t steps is exactly g^2 alpha^t (1 - alpha^t), which
 * is soon far below what g^2 is rounded to. */
static void test_centered_constant_gradient(void **state)
{
    (void)state;
    const double gradients[] = {1.1, -0.3, 1e-4, 7e5, 1}, alphas[] = {0.99, 0.9, 0.5};
    for (int k = 0; k < 30; ++k) {
        double g = gradients[k % 5], alpha = alphas[k / 5 % 3], wanted = 0;
        gd_dtype dtype = k < 15 ? GD_F32 : GD_F64;
        gd_parameters *p = gd_parameters_create();
        gd_tensor *x = gd_parameters_add(p, "x", dtype, GD_DIMS(1));
        gd_optimizer *optimizer = gd_rmsprop_create(
            p, &(gd_rmsprop_options){
                   .learning_rate = GD_SOME(0.1), .alpha = GD_SOME(alpha), .centered = true});
        gd_tape *t = gd_tape_create();
        assert_int_equal(gd_backward(t, gd_sum(t, x, GD_ALL_DIMS, false)), GD_OK);
        gd__set_float_at(dtype, x->grad->data, 0, g);
        double end = log(1e-7) / log(alpha); /* as long as a float's mean can still approach g */
        for (int s = 1; s <= (end < 1500 ? (int)end : 1500); ++s) {
            double kept = pow(alpha, s);
            assert_int_equal(gd_optimizer_step(optimizer), GD_OK);
            wanted -= 0.1 * g / (fabs(g) * sqrt(kept * (1 - kept)) + 1e-8);
            if (!(fabs(gd_item(x) - wanted) <= (dtype == GD_F32 ? 2e-3 : 1e-9) * fabs(wanted)))
                fail_msg("g %g, alpha %g, step %d: %.9g, not %.9g", g, alpha, s, gd_item(x),
                         wanted);
        }
        gd_tape_destroy(t);
        gd_optimizer_destroy(optimizer);
        gd_parameters_destroy(p);
    }
}

/* The variance of gradients that are all alike is 0, or by rounding a little below. */
static void test_centered_variance(void **state)
{
    (void)state;
    gd_parameters *p = gd_parameters_create();
    gd_tensor *x = gd_parameters_add(p, "x", GD_F32, GD_DIMS(1000));
    gd_optimizer *optimizer = gd_rmsprop_create(p, &(gd_rmsprop_options){.centered = true});
    gd_tape *t = gd_tape_create();
    assert_int_equal(gd_backward(t, gd_sum(t, x, GD_ALL_DIMS, false)), GD_OK);
    for (int i = 0; i < 1000; ++i)
        ((float *)x->grad->data)[i] = 1 + (float)i / 7;
    for (int s = 0; s < 3000; ++s)
        assert_int_equal(gd_optimizer_step(optimizer), GD_OK);
    for (int i = 0; i < 1000; ++i)
        assert_true(isfinite(((float *)x->data)[i]));
    gd_tape_destroy(t);
    gd_optimizer_destroy(optimizer);
    gd_parameters_destroy(p);
}

/* 0 is a learning rate like any other, for which nothing moves; and what is not given is the
 * default. */
static void test_learning_rate_of_zero(void **state)
{
    (void)state;
    const double defaults[ALL_MAKERS] = {0.001, 0.001, 0.001, 0.01, 0.01, 1}; /* PyTorch's */
    for (int k = 0; k < ALL_MAKERS; ++k) {
        gd_parameters *p = gd_parameters_create();
        gd_tensor *x = gd_parameters_add(p, "x", GD_F64, GD_DIMS(SIZE));
        gd_tape *t = gd_tape_create();
        options_text = "";
        gd_optimizer *by_default = makers[k].create(p);
        assert_true(gd_optimizer_learning_rate(by_default) == defaults[k]);
        gd_optimizer_destroy(by_default);
        options_text = " learning_rate=0 weight_decay=0.5 momentum=0.9";
        gd_optimizer *optimizer = makers[k].create(p);
        assert_true(gd_optimizer_learning_rate(optimizer) == 0);
        gd_tensor_fill(x, 1.5);
        for (int s = 0; s < 3; ++s)
            step_any(makers[k].name, t, optimizer, x);
        for (int i = 0; i < SIZE; ++i)
            assert_true(((double *)x->data)[i] == 1.5);
        gd_tape_destroy(t);
        gd_optimizer_destroy(optimizer);
        gd_parameters_destroy(p);
    }
}

/* A number without GD_SOME, which nothing would see. */
static void test_options_that_are_not_marked(void **state)
{
    (void)state;
    gd_parameters *p = gd_parameters_create();
    const gd_optional plain = {.value = 0.25};
    assert_null(gd_sgd_create(p, &(gd_sgd_options){.learning_rate = plain}));
    assert_string_equal(gd_message(),
                        "sgd: learning_rate 0.25 is not marked as given; write GD_SOME(0.25)");
    assert_null(gd_adam_create(p, &(gd_adam_options){.beta2 = plain}));
    assert_null(gd_adamw_create(p, &(gd_adam_options){.weight_decay = plain}));
    assert_null(gd_rmsprop_create(p, &(gd_rmsprop_options){.alpha = plain}));
    assert_null(gd_adagrad_create(p, &(gd_adagrad_options){.eps = plain}));
    assert_null(gd_lbfgs_create(p, &(gd_lbfgs_options){.tolerance_grad = plain}));
    assert_string_equal(gd_message(), "lbfgs: tolerance_grad 0.25 is not marked as given; write "
                                      "GD_SOME(0.25)");
    gd_parameters_destroy(p);
}

static void test_refusals(void **state)
{
    (void)state;
    const char *const bad[] = {" learning_rate=-1", " weight_decay=-1", " learning_rate=inf"};
    gd_parameters *p = gd_parameters_create();
    for (int k = 0; k < MAKERS; ++k) {
        for (int i = 0; i < 3; ++i) {
            options_text = bad[i];
            assert_null(makers[k].create(p));
            assert_non_null(strstr(gd_message(), " is outside [0,inf)"));
            assert_memory_equal(gd_message(), makers[k].name, strlen(makers[k].name));
        }
        options_text = "";
        assert_null(makers[k].create(NULL));
        gd_optimizer *optimizer = makers[k].create(p);
        assert_non_null(optimizer);
        assert_int_equal(gd_optimizer_step(optimizer), GD_OK); /* of nothing */
        gd_optimizer_destroy(optimizer);
    }
    options_text = " nesterov=1";
    assert_null(sgd(p));
    assert_string_equal(gd_message(), "sgd: nesterov needs momentum, and no dampening");
    options_text = " beta1=1";
    assert_null(adam(p));
    assert_string_equal(gd_message(), "adam: beta1 1 is outside [0,1)");
    options_text = " alpha=-0.5";
    assert_null(rmsprop(p));
    options_text = " eps=-1";
    assert_null(adagrad(p));
    gd_parameters_destroy(p);
}

static void test_clipping(void **state)
{
    (void)state;
    gd_tensor *x, *y;
    double norm = 0;
    gd_parameters *p = with_gradients(&x, &y);
    const double *g = x->grad->data;
    assert_int_equal(gd_clip_grad_norm(p, 13, &norm), GD_OK);
    assert_true(norm == 13 && g[0] == 3 && g[1] == -4);
    assert_int_equal(gd_clip_grad_norm(p, 26, NULL), GD_OK);
    assert_true(g[0] == 3 && g[1] == -4); /* short enough: not made longer */
    assert_int_equal(gd_clip_grad_norm(p, 6.5, NULL), GD_OK);
    assert_true(g[0] == 1.5 && g[1] == -2 && ((float *)y->grad->data)[0] == 6);
    assert_int_equal(gd_clip_grad_value(p, 1.75), GD_OK);
    assert_true(g[0] == 1.5 && g[1] == -1.75 && ((float *)y->grad->data)[0] == 1.75f);
    ((double *)x->grad->data)[0] = (double)INFINITY;
    assert_int_equal(gd_clip_grad_norm(p, 1, &norm), GD_ERROR_VALUE);
    assert_string_equal(gd_message(), "clip_grad_norm: the norm of the gradients is inf");
    assert_true(isinf(norm) && isinf(g[0]) && g[1] == -1.75);
    ((double *)x->grad->data)[0] = (double)NAN;
    assert_int_equal(gd_clip_grad_norm(p, 1, NULL), GD_ERROR_VALUE);
    assert_true(isnan(g[0]) && g[1] == -1.75);
    assert_int_equal(gd_clip_grad_value(p, 1), GD_OK);
    assert_true(isnan(g[0]) && g[1] == -1);
    assert_int_equal(gd_clip_grad_norm(p, 0, NULL), GD_ERROR_ARGUMENT);
    assert_int_equal(gd_clip_grad_norm(p, (double)NAN, NULL), GD_ERROR_ARGUMENT);
    assert_int_equal(gd_clip_grad_norm(NULL, 1, NULL), GD_ERROR_ARGUMENT);
    assert_int_equal(gd_clip_grad_value(p, -1), GD_ERROR_ARGUMENT);
    assert_int_equal(gd_clip_grad_value(NULL, 1), GD_ERROR_ARGUMENT);
    gd_parameters_destroy(p);
}

/* All of the list: neighbours, and a buffer that has a gradient. */
static void test_clipping_of_all(void **state)
{
    (void)state;
    gd_parameters *p = gd_parameters_create();
    gd_tape *t = gd_tape_create();
    const char *const names[] = {"a", "b", "c", "kept"};
    const double gradients[] = {2, 4, 5, 6}; /* 4 + 16 + 25 + 36 = 81 */
    gd_tensor *x[4];
    double norm = 0;
    for (int i = 0; i < 4; ++i) {
        x[i] = i < 3 ? gd_parameters_add(p, names[i], GD_F64, GD_DIMS(1))
                     : gd_parameters_add_buffer(p, names[i], GD_F64, GD_DIMS(1));
        x[i]->requires_grad = true;
        assert_int_equal(gd_backward(t, gd_sum(t, x[i], GD_ALL_DIMS, false)), GD_OK);
        gd_tensor_fill(x[i]->grad, gradients[i]);
    }
    assert_int_equal(gd_clip_grad_norm(p, 4.5, &norm), GD_OK);
    assert_true(norm == 9);
    for (int i = 0; i < 4; ++i)
        assert_true(gd_item(x[i]->grad) == gradients[i] / 2);
    gd_tape_destroy(t);
    gd_parameters_destroy(p);
}

/* Squares of these are not doubles, the norm is. */
static void test_clipping_of_extremes(void **state)
{
    (void)state;
    const double sizes[] = {1e200, 1e-200, 1e307, 0x1p-1060, 1};
    for (int i = 0; i < 5; ++i) {
        gd_tensor *x, *y;
        double norm = 0;
        gd_parameters *p = with_gradients(&x, &y);
        double *g = x->grad->data;
        ((float *)y->grad->data)[0] = 0;
        g[0] = 3 * sizes[i], g[1] = -4 * sizes[i];
        assert_int_equal(gd_clip_grad_norm(p, 10 * sizes[i], &norm), GD_OK);
        assert_true(fabs(norm / sizes[i] - 5) < 1e-14 && g[0] == 3 * sizes[i]);
        assert_int_equal(gd_clip_grad_norm(p, sizes[i], NULL), GD_OK);
        double digits = i == 3 ? 0x1p-12 : 1e-15; /* a number of 14 bits */
        assert_true(fabs(g[0] / sizes[i] - 0.6) < digits && fabs(g[1] / sizes[i] + 0.8) < digits);
        if (i != 3) { /* there are smaller numbers */
            assert_int_equal(gd_clip_grad_norm(p, 1e-10 * sizes[i], &norm), GD_OK);
            assert_true(fabs(g[0] / sizes[i] * 1e10 - 0.6) < 1e-14);
        }
        g[0] = 3e307, g[1] = -4e307; /* 1e-5 / 5e307 has few digits, the result all */
        assert_int_equal(gd_clip_grad_norm(p, 1e-5, NULL), GD_OK);
        assert_true(fabs(g[0] - 6e-6) < 1e-20 && fabs(g[1] + 8e-6) < 1e-20);
        g[0] = g[1] = 0;
        assert_int_equal(gd_clip_grad_norm(p, 1, &norm), GD_OK);
        assert_true(norm == 0);
        g[0] = g[1] = 1.7e308; /* whose norm is none */
        assert_int_equal(gd_clip_grad_norm(p, 1, &norm), GD_ERROR_VALUE);
        assert_true(isinf(norm) && g[1] == 1.7e308);
        gd_parameters_destroy(p);
    }
}

int optimizers_tests(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_against_pytorch),
                                       cmocka_unit_test(test_float32),
                                       cmocka_unit_test(test_empty_gradients),
                                       cmocka_unit_test(test_moments_end_as_zero),
                                       cmocka_unit_test(test_no_moment_is_subnormal),
                                       cmocka_unit_test(test_centered_constant_gradient),
                                       cmocka_unit_test(test_centered_variance),
                                       cmocka_unit_test(test_learning_rate_of_zero),
                                       cmocka_unit_test(test_options_that_are_not_marked),
                                       cmocka_unit_test(test_refusals),
                                       cmocka_unit_test(test_clipping),
                                       cmocka_unit_test(test_clipping_of_all),
                                       cmocka_unit_test(test_clipping_of_extremes),
                                       cmocka_unit_test(test_groups),
                                       cmocka_unit_test(test_groups_of_all)};
    return cmocka_run_group_tests_name("optimisers", tests, NULL, NULL);
}
