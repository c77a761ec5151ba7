/* Parameters and SGD. */
#include "../cmocka_all.h"
#include "tests.h"

#include <gradus.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

static void test_parameters(void **state)
{
    (void)state;
    gd_parameters *p = gd_parameters_create();
    gd_tensor *a = gd_parameters_add(p, "a", GD_F32, GD_DIMS(2, 3)),
              *b = gd_parameters_add(p, "b", GD_F64, 0, NULL);
    assert_true(a->requires_grad && gd_tensor_numel(a) == 6 && ((float *)a->data)[5] == 0);
    assert_int_equal(gd_parameters_count(p), 2);
    assert_ptr_equal(gd_parameters_at(p, 1), b);
    assert_string_equal(gd_parameters_name(p, 0), "a");
    assert_null(gd_parameters_at(p, 2));
    assert_null(gd_parameters_name(p, -1));
    assert_null(gd_parameters_add(p, "a", GD_F32, GD_DIMS(1)));
    assert_string_equal(gd_message(), "parameters_add: there is a parameter \"a\" already");
    assert_null(gd_parameters_add(p, "c", GD_I64, GD_DIMS(1)));
    assert_null(gd_parameters_add(p, "", GD_F32, GD_DIMS(1)));
    assert_null(gd_parameters_add(p, "d", GD_F32, GD_DIMS(-1)));
    assert_int_equal(gd_parameters_count(p), 2);
    gd_parameters_destroy(p);
}

/* Against torch.optim.SGD: fixtures/sgd.txt, made by fixtures/make_data.py. The gradient is 3 x.
 * */
static void test_sgd(void **state)
{
    (void)state;
    gd_parameters *p = gd_parameters_create();
    gd_tensor *x = gd_parameters_add(p, "x", GD_F64, GD_DIMS(2));
    gd_tensor *idle = gd_parameters_add(p, "idle", GD_F64, GD_DIMS(1)); /* never gets a gradient */
    gd_tensor_fill(idle, 5);
    memcpy(x->data, (const double[]){1, -2.5}, 16);
    gd_optimizer *sgd = gd_sgd_create(
        p, &(gd_sgd_options){.learning_rate = GD_SOME(0.1), .momentum = 0.9, .weight_decay = 0.01});
    gd_tape *t = gd_tape_create();
    FILE *file = fopen(GD_TESTS_DIR "/fixtures/sgd.txt", "r");
    assert_non_null(file);
    for (int step = 0; step < 5; ++step) {
        char texts[2][40];
        gd_tape_reset(t);
        gd_optimizer_zero_grad(sgd);
        assert_null(x->grad);
        gd_tensor *half = gd_mul(t, gd_mul(t, x, x), gd_scalar(t, 1.5, GD_F64));
        assert_int_equal(gd_backward(t, gd_sum(t, half, GD_ALL_DIMS, false)), GD_OK);
        gd_optimizer_step(sgd);
        assert_int_equal(fscanf(file, "%39s %39s", texts[0], texts[1]), 2);
        for (int i = 0; i < 2; ++i)
            assert_true(fabs(((double *)x->data)[i] - strtod(texts[i], NULL)) <= 1e-15);
    }
    assert_true(gd_item(idle) == 5);
    fclose(file);
    gd_tape_destroy(t);
    gd_optimizer_destroy(sgd);
    gd_parameters_destroy(p);
}

static void test_sgd_defaults(void **state)
{
    (void)state;
    gd_parameters *p = gd_parameters_create();
    gd_tensor *x = gd_parameters_add(p, "x", GD_F64, GD_DIMS(1));
    gd_optimizer *sgd = gd_sgd_create(p, NULL);
    gd_tape *t = gd_tape_create();
    assert_int_equal(gd_backward(t, gd_sum(t, x, GD_ALL_DIMS, false)), GD_OK);
    assert_int_equal(gd_optimizer_step(sgd), GD_OK);
    assert_true(gd_item(x) == -0.001);
    gd_tape_destroy(t);
    gd_optimizer_destroy(sgd);
    gd_parameters_destroy(p);
}

static void test_sgd_refusals(void **state)
{
    (void)state;
    gd_parameters *p = gd_parameters_create();
    const gd_sgd_options bad[] = {{.learning_rate = GD_SOME(-1)},
                                  {.momentum = 1},
                                  {.weight_decay = -0.1},
                                  {.learning_rate = GD_SOME(NAN)}};
    for (int i = 0; i < 4; ++i)
        assert_null(gd_sgd_create(p, &bad[i]));
    assert_null(gd_sgd_create(NULL, NULL));
    gd_optimizer *sgd = gd_sgd_create(p, NULL);
    assert_non_null(sgd);
    assert_int_equal(gd_optimizer_step(sgd), GD_OK); /* of nothing */
    assert_int_equal(gd_optimizer_step(NULL), GD_ERROR_ARGUMENT);
    gd_optimizer_destroy(sgd);
    gd_parameters_destroy(p);
}

/* What an optimiser changes is a change in place. */
static void test_step_is_seen(void **state)
{
    (void)state;
    gd_parameters *p = gd_parameters_create();
    gd_tensor *x = gd_parameters_add(p, "x", GD_F32, GD_DIMS(2));
    gd_optimizer *sgd = gd_sgd_create(p, NULL);
    gd_tape *t = gd_tape_create();
    gd_tensor *y = gd_mul(t, x, x), *first = gd_sum(t, y, GD_ALL_DIMS, false),
              *second = gd_mean(t, y, GD_ALL_DIMS, false);
    assert_int_equal(gd_backward(t, first), GD_OK);
    gd_optimizer_step(sgd);
    assert_int_equal(gd_backward(t, second), GD_ERROR_STATE);
    gd_tape_destroy(t);
    gd_optimizer_destroy(sgd);
    gd_parameters_destroy(p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_parameters), cmocka_unit_test(test_sgd),
        cmocka_unit_test(test_sgd_defaults), cmocka_unit_test(test_sgd_refusals),
        cmocka_unit_test(test_step_is_seen)};
    return cmocka_run_group_tests_name("nn", tests, NULL, NULL) + optimizers_tests() +
               changes_tests() + halfway_tests() + layers_tests() + lbfgs_tests() + memory_tests() +
               modules_tests() + norms_tests() + schedules_tests() + state_tests() +
               resume_tests() + threads_tests() + pools_tests() >
           0;
}
