/* Every optimiser, and a whole training step: the same bits with any number of threads. */
#include "../cmocka_all.h"
#include "../same_bits.h"
#include "tests.h"

#include <gradus.h>

#include <string.h>

/* ---- optimisers ---- */

static gd_optimizer *sgd(gd_parameters *p, gd_pool *pool)
{
    return gd_sgd_create(p, &(gd_sgd_options){.weight_decay = 0.1, .pool = pool});
}

static gd_optimizer *nesterov(gd_parameters *p, gd_pool *pool)
{
    return gd_sgd_create(p, &(gd_sgd_options){.momentum = 0.9, .nesterov = true, .pool = pool});
}

static gd_optimizer *adam(gd_parameters *p, gd_pool *pool)
{
    return gd_adam_create(p, &(gd_adam_options){.weight_decay = GD_SOME(0.1), .pool = pool});
}

static gd_optimizer *adamw(gd_parameters *p, gd_pool *pool)
{
    return gd_adamw_create(p, &(gd_adam_options){.pool = pool});
}

static gd_optimizer *rmsprop(gd_parameters *p, gd_pool *pool)
{
    return gd_rmsprop_create(
        p, &(gd_rmsprop_options){.momentum = 0.9, .centered = true, .pool = pool});
}

static gd_optimizer *adagrad(gd_parameters *p, gd_pool *pool)
{
    return gd_adagrad_create(p, &(gd_adagrad_options){.lr_decay = 0.1, .pool = pool});
}

typedef struct kind {
    const char *name;
    gd_optimizer *(*create)(gd_parameters *p, gd_pool *pool);
} kind;

typedef struct stepping {
    const kind *kind;
    gd_parameters *p;
} stepping;

/* Two parameters, of either dtype, after three steps. */
static const gd_tensor *stepped(void *context, gd_pool *pool, int i)
{
    stepping *s = context;
    if (i > 0)
        return i < gd_parameters_count(s->p) ? gd_parameters_at(s->p, i) : NULL;
    gd_parameters_destroy(s->p);
    s->p = gd_parameters_create();
    gd_tensor *x[2] = {gd_parameters_add(s->p, "x", GD_F32, GD_DIMS(5, ENOUGH_TO_CUT)),
                       gd_parameters_add(s->p, "y", GD_F64, GD_DIMS(ENOUGH_TO_CUT + 7))};
    gd_optimizer *optimizer = s->kind->create(s->p, pool);
    gd_rng rng = {.key = 1};
    for (int k = 0; k < 2; ++k)
        gd_tensor_normal(x[k], &rng, 0, 1);
    gd_tape *t = gd_tape_create();
    for (int step = 0; step < 3; ++step) {
        gd_tape_reset(t);
        gd_optimizer_zero_grad(optimizer);
        for (int k = 0; k < 2; ++k) { /* the gradient of sum(g x) is g */
            gd_tensor *g = gd_zeros(t, x[k]->dtype, x[k]->ndim, x[k]->shape);
            gd_tensor_normal(g, &rng, 0, 1);
            gd_backward(t, gd_sum(t, gd_mul(t, x[k], g), GD_ALL_DIMS, false));
        }
        assert_int_equal(gd_tape_status(t), GD_OK);
        assert_int_equal(gd_optimizer_step(optimizer), GD_OK);
    }
    gd_tape_destroy(t);
    gd_optimizer_destroy(optimizer);
    return x[0];
}

static void test_optimizers(void **state)
{
    (void)state;
    const kind kinds[] = {{"sgd", sgd},     {"nesterov", nesterov}, {"adam", adam},
                          {"adamw", adamw}, {"rmsprop", rmsprop},   {"adagrad", adagrad}};
    for (size_t k = 0; k < sizeof kinds / sizeof *kinds; ++k) {
        stepping s = {.kind = &kinds[k]};
        same_bits(kinds[k].name, stepped, &s);
        gd_parameters_destroy(s.p);
    }
}

/* ---- a training step ---- */

/* The weights after two steps of a network whose products, rows and updates are all cut. */
static const gd_tensor *trained(void *context, gd_pool *pool, int i)
{
    stepping *s = context;
    if (i > 0)
        return i < gd_parameters_count(s->p) ? gd_parameters_at(s->p, i) : NULL;
    gd_parameters_destroy(s->p);
    s->p = gd_parameters_create();
    gd_module *mlp =
        gd_mlp_create(s->p, "", GD_DIMS(400, 500, 40), &(gd_mlp_options){.dropout = 0.3});
    gd_tensor *x = gd_tensor_create(GD_F32, GD_DIMS(1000, 400)),
              *y = gd_tensor_create(GD_I64, GD_DIMS(1000));
    gd_tensor_normal(x, &(gd_rng){.key = 2}, 0, 1);
    for (int64_t k = 0; k < 1000; ++k)
        ((int64_t *)y->data)[k] = k % 40;
    gd_optimizer *optimizer = gd_adam_create(s->p, &(gd_adam_options){.pool = pool});
    gd_tape *t = gd_tape_create();
    gd_tape_set_pool(t, pool);
    assert_ptr_equal(gd_tape_pool(t), pool);
    for (int step = 0; step < 2; ++step) {
        gd_tape_reset(t);
        gd_optimizer_zero_grad(optimizer);
        gd_tensor *loss = gd_cross_entropy(t, gd_module_forward(t, mlp, x), y, NULL);
        assert_int_equal(gd_backward(t, loss), GD_OK);
        assert_int_equal(gd_optimizer_step(optimizer), GD_OK);
    }
    gd_tape_destroy(t);
    gd_optimizer_destroy(optimizer);
    gd_tensor_destroy(x);
    gd_tensor_destroy(y);
    return gd_parameters_at(s->p, 0);
}

static void test_training(void **state)
{
    (void)state;
    stepping s = {.p = NULL};
    gd_blas_set_threads(1);
    same_bits("training", trained, &s);
    gd_parameters_destroy(s.p);
    assert_null(gd_tape_pool(NULL));
    gd_tape_set_pool(NULL, NULL);
}

int pools_tests(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_optimizers),
                                       cmocka_unit_test(test_training)};
    return cmocka_run_group_tests_name("pools", tests, NULL, NULL);
}
