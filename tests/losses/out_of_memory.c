/* The losses that are made of ops, where memory ends anywhere among them: an error, and nothing
 * lost. */
#include "../cmocka_all.h"
#include "../counting_allocator.h"
#include "tests.h"

#include <gradus.h>

enum { ROWS = 200, COLUMNS = 30 };

/* [ROWS, COLUMNS] of 0.5, as many ones, a column of them, labels, and masks of both shapes. */
static gd_tensor *x, *ones, *column, *labels, *mask, *row_mask;

#define COMMON  .mask = mask
#define OF_ROWS .mask = row_mask

static gd_tensor *call(gd_tape *t, int loss)
{
    switch (loss) {
    case 0:
        return gd_l1_loss(t, x, ones, &(gd_loss_options){COMMON});
    case 1:
        return gd_smooth_l1_loss(t, x, ones, &(gd_smooth_l1_loss_options){COMMON});
    case 2:
        return gd_huber_loss(t, x, ones, &(gd_huber_loss_options){COMMON});
    case 3:
        return gd_kl_div(t, x, ones, &(gd_kl_div_options){COMMON});
    case 4:
        return gd_kl_div(t, x, ones, &(gd_kl_div_options){COMMON, .log_target = true});
    case 5:
        return gd_poisson_nll_loss(t, x, ones,
                                   &(gd_poisson_nll_loss_options){COMMON, .full = true});
    case 6:
        return gd_poisson_nll_loss(t, x, ones,
                                   &(gd_poisson_nll_loss_options){COMMON, .of_rate = true});
    case 7:
        return gd_gaussian_nll_loss(t, x, ones, column,
                                    &(gd_gaussian_nll_loss_options){COMMON, .full = true});
    case 8:
        return gd_soft_margin_loss(t, x, ones, &(gd_loss_options){COMMON});
    case 9:
        return gd_sigmoid_focal_loss(t, x, ones, &(gd_sigmoid_focal_loss_options){COMMON});
    case 10:
        return gd_softmax_focal_loss(t, x, labels,
                                     &(gd_softmax_focal_loss_options){OF_ROWS, .weight = NULL});
    case 11:
        return gd_multi_margin_loss(t, x, labels, &(gd_multi_margin_loss_options){OF_ROWS, .p = 2});
    case 12:
        return gd_multilabel_soft_margin_loss(t, x, ones,
                                              &(gd_multilabel_soft_margin_loss_options){COMMON});
    case 13:
        return gd_cosine_embedding_loss(t, x, ones, column,
                                        &(gd_cosine_embedding_loss_options){OF_ROWS});
    default:
        return gd_triplet_margin_loss(
            t, x, ones, x, &(gd_triplet_margin_loss_options){OF_ROWS, .swap = true, .p = 3});
    }
}

enum { LOSSES = 15 };

/* The gradient of x; GD_OK or what went wrong. */
static gd_status step(int loss)
{
    gd_tensor *g = NULL;
    gd_tape *t = gd_tape_create();
    if (t == NULL)
        return GD_ERROR_MEMORY;
    gd_status status = gd_grad(t, call(t, loss), &x, 1, &g, NULL);
    if (status != GD_OK && status != GD_ERROR_MEMORY)
        print_error("loss %d: %s\n", loss, gd_tape_message(t));
    gd_tape_destroy(t);
    return status;
}

static void test_every_allocation_may_fail(void **state)
{
    (void)state;
    for (int loss = 0; loss < LOSSES; ++loss) {
        gd_status status = GD_ERROR_MEMORY;
        long position = 0;
        while (status == GD_ERROR_MEMORY && position < 1000) {
            allocations c = {.fail_at = ++position};
            gd_set_allocator(counting_allocator, &c);
            status = step(loss);
            gd_set_allocator(NULL, NULL);
            assert_int_equal(c.live, 0);
        }
        assert_int_equal(status, GD_OK);
        assert_true(position > 8);
    }
}

static int setup(void **state)
{
    (void)state;
    x = gd_tensor_create_full(GD_F32, 0.5, GD_DIMS(ROWS, COLUMNS));
    ones = gd_tensor_create_ones(GD_F32, GD_DIMS(ROWS, COLUMNS));
    column = gd_tensor_create_ones(GD_F32, GD_DIMS(ROWS));
    labels = gd_tensor_create_full(GD_I64, 2, GD_DIMS(ROWS));
    mask = gd_tensor_create_ones(GD_BOOL, GD_DIMS(ROWS, COLUMNS));
    row_mask = gd_tensor_create_ones(GD_BOOL, GD_DIMS(ROWS));
    ((uint8_t *)mask->data)[7] = ((uint8_t *)row_mask->data)[7] = 0;
    x->requires_grad = true;
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    gd_tensor *const all[] = {x, ones, column, labels, mask, row_mask};
    for (int k = 0; k < 6; ++k)
        gd_tensor_destroy(all[k]);
    return 0;
}

int out_of_memory_tests(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_every_allocation_may_fail)};
    return cmocka_run_group_tests_name("out of memory", tests, setup, teardown);
}
