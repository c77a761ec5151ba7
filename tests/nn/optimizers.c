/* Every optimiser against PyTorch: tests/fixtures/optimizers.txt, whose form make_optimizers.py
 * describes. And what holds for all of them. */
#include "../cmocka_all.h"
#include "tests.h"

#include <gradus.h>

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- options by name ---- */

static const char *options_text;

/* The number after "key=", or the default. */
static double number(const char *key, double by_default)
{
    char text[64];
    snprintf(text, sizeof text, " %s=", key);
    const char *at = strstr(options_text, text);
    return at != NULL ? strtod(at + strlen(text), NULL) : by_default;
}

static gd_optional optional(const char *key)
{
    double value = number(key, (double)NAN);
    return isnan(value) ? (gd_optional){false, 0} : GD_SOME(value);
}

static gd_optimizer *sgd(gd_parameters *p)
{
    return gd_sgd_create(p, &(gd_sgd_options){.learning_rate = number("learning_rate", 0),
                                              .momentum = number("momentum", 0),
                                              .dampening = number("dampening", 0),
                                              .weight_decay = number("weight_decay", 0),
                                              .nesterov = number("nesterov", 0) != 0});
}

static gd_adam_options adam_options(void)
{
    return (gd_adam_options){.learning_rate = number("learning_rate", 0),
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
    return gd_rmsprop_create(p, &(gd_rmsprop_options){.learning_rate = number("learning_rate", 0),
                                                      .alpha = optional("alpha"),
                                                      .eps = optional("eps"),
                                                      .momentum = number("momentum", 0),
                                                      .weight_decay = number("weight_decay", 0),
                                                      .centered = number("centered", 0) != 0});
}

static gd_optimizer *adagrad(gd_parameters *p)
{
    return gd_adagrad_create(p, &(gd_adagrad_options){.learning_rate = number("learning_rate", 0),
                                                      .lr_decay = number("lr_decay", 0),
                                                      .weight_decay = number("weight_decay", 0),
                                                      .initial_accumulator_value =
                                                          number("initial_accumulator_value", 0),
                                                      .eps = optional("eps")});
}

static const struct maker {
    const char *name;
    gd_optimizer *(*create)(gd_parameters *p);
} makers[] = {
    {"sgd", sgd}, {"adam", adam}, {"adamw", adamw}, {"rmsprop", rmsprop}, {"adagrad", adagrad}};
enum { MAKERS = sizeof makers / sizeof *makers, SIZE = 3 };

/* ---- trajectories ---- */

static gd_tensor *objective(gd_tape *t, gd_tensor *x)
{
    const double a[] = {1, 2, -1, 0.5, -1, 3, 2, 0.25, 1, -1, 1.5, 0.5}, b[] = {1, -2, 0.5, 3};
    gd_tensor *matrix = gd_cast(t, gd_from_data(t, GD_F64, a, GD_DIMS(4, SIZE)), x->dtype);
    gd_tensor *wanted = gd_cast(t, gd_from_data(t, GD_F64, b, GD_DIMS(4)), x->dtype);
    return gd_mse_loss(t, gd_matmul(t, matrix, x), wanted, NULL);
}

static void step(gd_tape *t, gd_optimizer *optimizer, gd_tensor *x)
{
    gd_tape_reset(t);
    gd_optimizer_zero_grad(optimizer);
    assert_int_equal(gd_backward(t, objective(t, x)), GD_OK);
    assert_int_equal(gd_optimizer_step(optimizer), GD_OK);
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
    for (int k = 0; k < MAKERS; ++k)
        if (strcmp(makers[k].name, name) == 0)
            optimizer = makers[k].create(p);
    if (optimizer == NULL)
        fail_msg("%s%s: %s", name, options_text, gd_message());
    for (int s = 1; s <= 50; ++s) {
        step(t, optimizer, x);
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

static void check_all(gd_dtype dtype, double tolerance)
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
        check_case(file, name, dtype, tolerance);
        ++cases;
    }
    fclose(file);
    assert_int_equal(cases, 15);
}

static void test_against_pytorch(void **state)
{
    (void)state;
    check_all(GD_F64, 1e-10);
}

static void test_float32(void **state)
{
    (void)state;
    check_all(GD_F32, 2e-4);
}

/* ---- all of them ---- */

/* A parameter without a gradient is left alone, whatever weight decay says. */
static void test_empty_gradients(void **state)
{
    (void)state;
    options_text = " weight_decay=0.5 momentum=0.9";
    for (int k = 0; k < MAKERS; ++k) {
        gd_parameters *p = gd_parameters_create();
        gd_tensor *x = gd_parameters_add(p, "x", GD_F64, GD_DIMS(SIZE));
        gd_tensor *idle = gd_parameters_add(p, "idle", GD_F32, GD_DIMS(2));
        gd_tensor_fill(idle, 5);
        gd_optimizer *optimizer = makers[k].create(p);
        gd_tape *t = gd_tape_create();
        for (int s = 0; s < 3; ++s)
            step(t, optimizer, x);
        assert_true(((float *)idle->data)[1] == 5 && ((double *)x->data)[0] != 0);
        gd_tape_destroy(t);
        gd_optimizer_destroy(optimizer);
        gd_parameters_destroy(p);
    }
}

/* With a gradient of 0 for long, moments fade. 0.9 times the smallest subnormal number rounds to itself: a
 * moment that may become one never ends, and the parameter moves for ever. */
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

static void test_clipping(void **state)
{
    (void)state;
    gd_tensor *x, *y;
    double norm = 0;
    gd_parameters *p = with_gradients(&x, &y);
    const double *g = x->grad->data;
    assert_int_equal(gd_clip_grad_norm(p, 13, &norm), GD_OK);
    assert_true(norm == 13 && g[0] == 3 && g[1] == -4);
    assert_int_equal(gd_clip_grad_norm(p, 6.5, NULL), GD_OK);
    assert_true(g[0] == 1.5 && g[1] == -2 && ((float *)y->grad->data)[0] == 6);
    assert_int_equal(gd_clip_grad_value(p, 1.75), GD_OK);
    assert_true(g[0] == 1.5 && g[1] == -1.75 && ((float *)y->grad->data)[0] == 1.75f);
    ((double *)x->grad->data)[0] = (double)INFINITY;
    assert_int_equal(gd_clip_grad_norm(p, 1, &norm), GD_ERROR_VALUE);
    assert_string_equal(gd_message(), "clip_grad_norm: the norm of the gradients is inf");
    assert_true(isinf(norm) && isinf(g[0]) && g[1] == -1.75);
    assert_int_equal(gd_clip_grad_norm(p, 0, NULL), GD_ERROR_ARGUMENT);
    assert_int_equal(gd_clip_grad_norm(p, (double)NAN, NULL), GD_ERROR_ARGUMENT);
    assert_int_equal(gd_clip_grad_norm(NULL, 1, NULL), GD_ERROR_ARGUMENT);
    assert_int_equal(gd_clip_grad_value(p, -1), GD_ERROR_ARGUMENT);
    assert_int_equal(gd_clip_grad_value(NULL, 1), GD_ERROR_ARGUMENT);
    gd_parameters_destroy(p);
}

int optimizers_tests(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_against_pytorch), cmocka_unit_test(test_float32),
        cmocka_unit_test(test_empty_gradients), cmocka_unit_test(test_moments_end_as_zero),
        cmocka_unit_test(test_refusals),        cmocka_unit_test(test_clipping)};
    return cmocka_run_group_tests_name("optimisers", tests, NULL, NULL);
}
