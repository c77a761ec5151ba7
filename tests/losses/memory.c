/* What cross entropy holds at its peak: beside the logits their log-probabilities, one gradient
 * of the same size, and a little for each row. The gradient of the log-probabilities is never
 * made. */
#include "../cmocka_all.h"
#include "tests.h"

#include <gradus.h>

enum { ROWS = 256, CLASSES = 1000, MATRIX = ROWS * CLASSES * (int)sizeof(float) };

/* Bytes for each row: the largest logit and the logarithm of the sum of the others in double, a
 * loss and its gradient; and some for the tensors and nodes themselves. */
enum { A_LITTLE = ROWS * 32 + 16384 };

static gd_tensor *labels(gd_tape *t)
{
    gd_tensor *y = gd_zeros(t, GD_I64, GD_DIMS(ROWS));
    for (int64_t i = 0; i < ROWS; ++i)
        ((int64_t *)y->data)[i] = i % CLASSES;
    return y;
}

/* Logits that a layer has computed: their gradient is on the tape while the layer's are made of
 * it. */
static void test_logits_of_a_layer(void **state)
{
    (void)state;
    gd_tensor *x = gd_tensor_create_ones(GD_F32, GD_DIMS(ROWS, 8));
    gd_tensor *w = gd_tensor_create_ones(GD_F32, GD_DIMS(CLASSES, 8));
    gd_tape *t = gd_tape_create();
    w->requires_grad = true;
    for (gd_reduction r = GD_REDUCTION_MEAN; r <= GD_REDUCTION_NONE; ++r) {
        gd_tape_reset(t);
        gd_tensor *logits = gd_linear(t, x, w, NULL), *y = labels(t);
        size_t before = gd_tape_bytes(t);
        assert_true(before >= MATRIX);
        gd_cross_entropy_options o = {.reduction = r};
        gd_tensor *loss = gd_cross_entropy(t, logits, y, &o);
        size_t after_forward = gd_tape_peak_bytes(t) - before;
        if (after_forward > MATRIX + A_LITTLE)
            fail_msg("forward takes %zu bytes", after_forward);
        gd_backward_options ones = {.gradient = gd_ones(t, GD_F32, loss->ndim, loss->shape)};
        assert_int_equal(gd_backward_with(t, loss, &ones), GD_OK);
        size_t all = gd_tape_peak_bytes(t) - before;
        if (all > 2 * MATRIX + A_LITTLE)
            fail_msg("forward and backward take %zu bytes", all);
    }
    gd_tape_destroy(t);
    gd_tensor_destroy(x);
    gd_tensor_destroy(w);
}

/* Logits that are a leaf, whose gradient is the leaf's own: the log-probabilities alone are on
 * the tape. */
static void test_logits_that_are_a_leaf(void **state)
{
    (void)state;
    gd_tensor *x = gd_tensor_create(GD_F32, GD_DIMS(ROWS, CLASSES));
    gd_tape *t = gd_tape_create();
    x->requires_grad = true;
    gd_tensor *loss = gd_cross_entropy(t, x, labels(t), NULL);
    assert_int_equal(gd_backward(t, loss), GD_OK);
    assert_true(gd_tape_peak_bytes(t) <= MATRIX + A_LITTLE);
    gd_tape_destroy(t);
    gd_tensor_destroy(x);
}

int memory_tests(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_logits_of_a_layer),
                                       cmocka_unit_test(test_logits_that_are_a_leaf)};
    return cmocka_run_group_tests_name("memory of cross entropy", tests, NULL, NULL);
}
