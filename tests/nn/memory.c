/* Every allocation of a model, its optimiser, a step and a summary may fail; none is lost. */
#include "../cmocka_all.h"
#include "../counting_allocator.h"
#include "tests.h"

#include <gradus.h>

/* One with a layer of each kind; NULL: no memory. */
static gd_module *create_model(gd_parameters *p)
{
    gd_embedding_layer *table = gd_embedding_layer_create(p, "table", 5, 4, GD_F32);
    gd_batch_norm_layer *columns = gd_batch_norm_layer_create(p, "columns", 4, NULL);
    gd_layer_norm_layer *rows = gd_layer_norm_layer_create(p, "rows", 4, NULL);
    gd_module *mlp = gd_mlp_create(p, "mlp", GD_DIMS(4, 3, 1), &(gd_mlp_options){.dropout = 0.5});
    if (table == NULL || columns == NULL || rows == NULL || mlp == NULL)
        return NULL;
    gd_sequential *model = gd_sequential_create(
        p, "model", 4, (gd_module *[]){&table->module, &columns->module, &rows->module, mlp});
    return model != NULL ? &model->module : NULL;
}

typedef struct step {
    gd_tape *tape;
    gd_parameters *parameters;
    gd_module *model;
    gd_tensor *words;
} step;

static gd_status evaluate(void *context, double *loss)
{
    step *s = context;
    gd_tape_reset(s->tape);
    for (int i = 0; i < gd_parameters_count(s->parameters); ++i)
        gd_zero_grad(gd_parameters_at(s->parameters, i));
    gd_tensor *y = gd_module_forward(s->tape, s->model, s->words);
    gd_tensor *sum = gd_sum(s->tape, gd_mul(s->tape, y, y), GD_ALL_DIMS, false);
    gd_status status = gd_backward(s->tape, sum);
    *loss = status == GD_OK ? gd_item(sum) : 0;
    return status;
}

/* Whether all of it was done. */
static bool train(int kind, step *s)
{
    char text[1000];
    double loss;
    gd_optimizer *optimizer = kind == 0   ? gd_adam_create(s->parameters, NULL)
                              : kind == 1 ? gd_adagrad_create(s->parameters, NULL)
                                          : gd_lbfgs_create(s->parameters, NULL);
    if (optimizer == NULL)
        return false;
    bool ok = kind == 2 ? gd_lbfgs_step(optimizer, evaluate, s) == GD_OK
                        : evaluate(s, &loss) == GD_OK && gd_optimizer_step(optimizer) == GD_OK;
    gd_optimizer_destroy(optimizer);
    return ok && gd_summary_format(text, sizeof text, s->model, s->words) > 0;
}

static void test_every_allocation_may_fail(void **state)
{
    (void)state;
    gd_tensor *words = gd_tensor_create_arange(GD_I64, 0, 5, 1);
    allocations a = {.calls = 0};
    gd_set_allocator(counting_allocator, &a);
    for (int kind = 0; kind < 3; ++kind) {
        bool whole = false;
        for (long k = 1; !whole; ++k) {
            a = (allocations){.fail_at = k};
            step s = {gd_tape_create(), gd_parameters_create(), NULL, words};
            if (s.parameters != NULL)
                s.model = create_model(s.parameters);
            bool done = s.model != NULL && s.tape != NULL && train(kind, &s);
            whole = a.calls < k;
            if (done != whole)
                fail_msg("kind %d: allocation %ld of %ld fails, and it is done: %d", kind, k,
                         a.calls, done);
            gd_tape_destroy(s.tape);
            gd_parameters_destroy(s.parameters);
            assert_int_equal(a.live, 0);
            assert_true(k < 1000);
        }
    }
    gd_set_allocator(NULL, NULL);
    gd_tensor_destroy(words);
}

int memory_tests(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_every_allocation_may_fail)};
    return cmocka_run_group_tests_name("memory of models", tests, NULL, NULL);
}
