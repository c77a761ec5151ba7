/* What the losses refuse: each message names the function that was called, the position and the
 * value. */
#include "../cmocka_all.h"
#include "tests.h"

#include <gradus.h>

#include <math.h>
#include <string.h>

static gd_tape *t;
static int wrong; /* messages: all are shown, not the first alone */

/* A float64 matrix of n values in rows of 3, or a vector of fewer; the k-th is `odd`. */
static gd_tensor *floats(int64_t rows, double value, int64_t k, double odd)
{
    gd_tensor *x = gd_full(t, GD_F64, value, GD_DIMS(rows, 3));
    if (k >= 0)
        ((double *)x->data)[k] = odd;
    return x;
}

static gd_tensor *classes(int64_t k, int64_t odd)
{
    gd_tensor *y = gd_full(t, GD_I64, 1, GD_DIMS(2));
    if (k >= 0)
        ((int64_t *)y->data)[k] = odd;
    return y;
}

static gd_tensor *vector(int64_t n, int64_t k, double odd)
{
    gd_tensor *w = gd_ones(t, GD_F64, GD_DIMS(n));
    if (k >= 0)
        ((double *)w->data)[k] = odd;
    return w;
}

static gd_tensor *x(void)
{
    return floats(2, 0.5, -1, 0);
}

static gd_tensor *single(void)
{
    return gd_full(t, GD_F32, 0.5, GD_DIMS(2, 3));
}

/* loss, from a call in this file, was refused with a message that begins with `message` after the
 * place. Ready for the next. */
static void refused(gd_tensor *loss, gd_status status, const char *message)
{
    const char *text = strstr(gd_tape_message(t), ": ");
    assert_null(loss);
    if (gd_tape_status(t) != status || strstr(gd_tape_message(t), "refusals.c:") == NULL ||
        text == NULL || strncmp(text + 2, message, strlen(message)) != 0)
        print_error("\"%s\" instead of \"%s\"\n", gd_tape_message(t), message), ++wrong;
    gd_tape_reset(t);
}

#define SHAPE(message, loss) refused(loss, GD_ERROR_SHAPE, message)
#define DTYPE(message, loss) refused(loss, GD_ERROR_DTYPE, message)
#define VALUE(message, loss) refused(loss, GD_ERROR_VALUE, message)

static void test_shapes(void **state)
{
    (void)state;
    SHAPE("nll_loss: target is int64 [3]; int64 [2] (classes) or float64 [2,3] (probabilities) is "
          "needed",
          gd_nll_loss(t, x(), gd_zeros(t, GD_I64, GD_DIMS(3)), NULL));
    SHAPE("cross_entropy: target is int64 [2,1]; int64 [2] (classes) or",
          gd_cross_entropy(t, x(), gd_zeros(t, GD_I64, GD_DIMS(2, 1)), NULL));
    SHAPE("cross_entropy: target is float64 [3,3]; int64 [2] (classes) or",
          gd_cross_entropy(t, x(), floats(3, 0, -1, 0), NULL));
    SHAPE("cross_entropy: weight is float64 [2]; float64 [3] is needed",
          gd_cross_entropy(t, x(), classes(-1, 0),
                           &(gd_cross_entropy_options){.weight = vector(2, -1, 0)}));
    SHAPE("cross_entropy: mask is bool [3]; bool [2] is needed",
          gd_cross_entropy(t, x(), classes(-1, 0),
                           &(gd_cross_entropy_options){.mask = gd_ones(t, GD_BOOL, GD_DIMS(3))}));
    SHAPE("binary_cross_entropy: target is float64 [3]; float64 [2,3] is needed",
          gd_binary_cross_entropy(t, x(), vector(3, -1, 0), NULL));
    SHAPE("binary_cross_entropy_with_logits: target is float64 [1,3]; float64 [2,3] is needed",
          gd_binary_cross_entropy_with_logits(t, x(), floats(1, 0, -1, 0), NULL));
    SHAPE("binary_cross_entropy_with_logits: weight is float64 [2]; float64 broadcastable to [2,3] "
          "is "
          "needed",
          gd_binary_cross_entropy_with_logits(
              t, x(), x(),
              &(gd_binary_cross_entropy_with_logits_options){.weight = vector(2, -1, 0)}));
    SHAPE("binary_cross_entropy_with_logits: pos_weight is float64 [4]; float64 broadcastable to "
          "[2,3] "
          "is needed",
          gd_binary_cross_entropy_with_logits(
              t, x(), x(),
              &(gd_binary_cross_entropy_with_logits_options){.pos_weight = vector(4, -1, 0)}));
    SHAPE("mse_loss: target is float64 [3]; float64 [2,3] is needed",
          gd_mse_loss(t, x(), vector(3, -1, 0), NULL));
    SHAPE("multi_margin_loss: target is int64 [3]; int64 [2] is needed",
          gd_multi_margin_loss(t, x(), gd_zeros(t, GD_I64, GD_DIMS(3)), NULL));
    SHAPE("softmax_focal_loss: target is int64 [3]; int64 [2] is needed",
          gd_softmax_focal_loss(t, x(), gd_zeros(t, GD_I64, GD_DIMS(3)), NULL));
    SHAPE("triplet_margin_loss: negative is float64 [3,3]; float64 [2,3] is needed",
          gd_triplet_margin_loss(t, x(), x(), floats(3, 0, -1, 0), NULL));
    SHAPE("cosine_embedding_loss: target is float64 [3]; float64 [2] is needed",
          gd_cosine_embedding_loss(t, x(), x(), vector(3, -1, 0), NULL));
    SHAPE("masked_select: ", gd_masked_select(t, x(), gd_ones(t, GD_BOOL, GD_DIMS(2))));
    assert_int_equal(wrong, 0);
}

static void test_dtypes(void **state)
{
    (void)state;
    DTYPE("nll_loss: input is int64",
          gd_nll_loss(t, gd_zeros(t, GD_I64, GD_DIMS(2, 3)), classes(-1, 0), NULL));
    DTYPE("cross_entropy: target is float64 [2]; int64 [2] (classes) or float64 [2,3] "
          "(probabilities)",
          gd_cross_entropy(t, x(), vector(2, -1, 0), NULL));
    DTYPE("cross_entropy: target is float32 [2,3]; int64",
          gd_cross_entropy(t, x(), single(), NULL));
    DTYPE("cross_entropy: weight is float32 [3]; float64 [3] is needed",
          gd_cross_entropy(t, x(), classes(-1, 0),
                           &(gd_cross_entropy_options){.weight = gd_ones(t, GD_F32, GD_DIMS(3))}));
    DTYPE("binary_cross_entropy: target is float32 [2,3]; float64 [2,3] is needed",
          gd_binary_cross_entropy(t, x(), single(), NULL));
    DTYPE("binary_cross_entropy_with_logits: target is float32 [2,3]; float64 [2,3] is needed",
          gd_binary_cross_entropy_with_logits(t, x(), single(), NULL));
    DTYPE("binary_cross_entropy_with_logits: ",
          gd_binary_cross_entropy_with_logits(
              t, x(), x(), &(gd_binary_cross_entropy_with_logits_options){.mask = x()}));
    DTYPE("l1_loss: target is int64 [2,3]; float64 [2,3] is needed",
          gd_l1_loss(t, x(), gd_zeros(t, GD_I64, GD_DIMS(2, 3)), NULL));
    DTYPE("multi_margin_loss: target is float64 [2]; int64 [2] is needed",
          gd_multi_margin_loss(t, x(), vector(2, -1, 0), NULL));
    DTYPE("masked_select: ", gd_masked_select(t, x(), gd_zeros(t, GD_U8, GD_DIMS(2, 3))));
    assert_int_equal(wrong, 0);
}

static void test_targets(void **state)
{
    (void)state;
    VALUE("nll_loss: target 3 at [1] is outside [0,3)", gd_nll_loss(t, x(), classes(1, 3), NULL));
    VALUE("cross_entropy: target -1 at [0] is outside [0,3)",
          gd_cross_entropy(t, x(), classes(0, -1), NULL));
    VALUE("cross_entropy: target 1.5 at [1,1] is outside [0,1]",
          gd_cross_entropy(t, x(), floats(2, 0.5, 4, 1.5), NULL));
    VALUE("cross_entropy: target nan at [0,2] is outside [0,1]",
          gd_cross_entropy(t, x(), floats(2, 0.5, 2, (double)NAN), NULL));
    VALUE("binary_cross_entropy: target -0.5 at [1,0] is outside [0,1]",
          gd_binary_cross_entropy(t, x(), floats(2, 0.5, 3, -0.5), NULL));
    VALUE("binary_cross_entropy: input 1.25 at [0,1] is outside [0,1]",
          gd_binary_cross_entropy(t, floats(2, 0.5, 1, 1.25), x(), NULL));
    VALUE("binary_cross_entropy: input nan at [0,1] is outside [0,1]",
          gd_binary_cross_entropy(t, floats(2, 0.5, 1, (double)NAN), x(), NULL));
    VALUE("binary_cross_entropy_with_logits: target 2 at [1,2] is outside [0,1]",
          gd_binary_cross_entropy_with_logits(t, x(), floats(2, 1, 5, 2), NULL));
    VALUE("multilabel_soft_margin_loss: target 2 at [1,2] is outside [0,1]",
          gd_multilabel_soft_margin_loss(t, x(), floats(2, 1, 5, 2), NULL));
    VALUE("softmax_focal_loss: target 7 at [1] is outside [0,3)",
          gd_softmax_focal_loss(t, x(), classes(1, 7), NULL));
    VALUE("multi_margin_loss: target 7 at [1] is outside [0,3)",
          gd_multi_margin_loss(t, x(), classes(1, 7), NULL));
    VALUE("sigmoid_focal_loss: target 0.5 at [0,0] is neither 0 nor 1",
          gd_sigmoid_focal_loss(t, x(), x(), NULL));
    VALUE("soft_margin_loss: target 0 at [0,2] is neither 1 nor -1",
          gd_soft_margin_loss(t, x(), floats(2, 1, 2, 0), NULL));
    VALUE("mse_loss: target nan at [1,1] is not a number",
          gd_mse_loss(t, x(), floats(2, 1, 4, (double)NAN), NULL));
    VALUE("kl_div: target 1.5 at [1,1] is outside [0,1]",
          gd_kl_div(t, x(), floats(2, 1, 4, 1.5), NULL));
    VALUE("poisson_nll_loss: target -1 at [1,1] is below 0",
          gd_poisson_nll_loss(t, x(), floats(2, 1, 4, -1), NULL));
    VALUE("gaussian_nll_loss: var -1 at [1,1] is below 0",
          gd_gaussian_nll_loss(t, x(), x(), floats(2, 1, 4, -1), NULL));
    VALUE("cosine_embedding_loss: target 3 at [1] is neither 1 nor -1",
          gd_cosine_embedding_loss(t, x(), x(), vector(2, 1, 3), NULL));
    assert_int_equal(wrong, 0);
}

static void test_options(void **state)
{
    (void)state;
    VALUE("nll_loss: label smoothing -0.1 is outside [0,1]",
          gd_nll_loss(t, x(), classes(-1, 0), &(gd_nll_loss_options){.label_smoothing = -0.1}));
    VALUE("cross_entropy: label smoothing 1.5 is outside [0,1]",
          gd_cross_entropy(t, x(), classes(-1, 0),
                           &(gd_cross_entropy_options){.label_smoothing = 1.5}));
    VALUE("cross_entropy: weight -2 at [1] is below 0",
          gd_cross_entropy(t, x(), classes(-1, 0),
                           &(gd_cross_entropy_options){.weight = vector(3, 1, -2)}));
    VALUE("binary_cross_entropy: weight -2 at [1] is below 0",
          gd_binary_cross_entropy(t, x(), x(),
                                  &(gd_binary_cross_entropy_options){.weight = vector(3, 1, -2)}));
    VALUE("binary_cross_entropy_with_logits: pos_weight -2 at [1] is below 0",
          gd_binary_cross_entropy_with_logits(
              t, x(), x(),
              &(gd_binary_cross_entropy_with_logits_options){.pos_weight = vector(3, 1, -2)}));
    VALUE("multi_margin_loss: p = 3 is neither 1 nor 2",
          gd_multi_margin_loss(t, x(), classes(-1, 0), &(gd_multi_margin_loss_options){.p = 3}));
    VALUE("huber_loss: delta 0 is not above 0",
          gd_huber_loss(t, x(), x(), &(gd_huber_loss_options){.delta = GD_SOME(0)}));
    VALUE("mse_loss: the denominator is -1",
          gd_mse_loss(t, x(), x(), &(gd_loss_options){.denominator = GD_SOME(-1)}));
    refused(gd_mse_loss(t, x(), x(), &(gd_loss_options){.reduction = (gd_reduction)9}),
            GD_ERROR_ARGUMENT, "mse_loss: 9 is not a reduction");
    refused(gd_cross_entropy(t, x(), classes(-1, 0),
                             &(gd_cross_entropy_options){.reduction = GD_REDUCTION_SUM,
                                                         .denominator = GD_SOME(3)}),
            GD_ERROR_ARGUMENT, "cross_entropy: a denominator is for the mean alone");
    assert_int_equal(wrong, 0);
}

/* pos_weight [C] is of the classes also where its values are looked at: a target that the mask
 * drops may be anything, and so may the weight of a class that it drops everywhere. At x = 0, l =
 * ln 2. */
static void test_masked_pos_weight(void **state)
{
    (void)state;
    gd_tensor *logits = gd_zeros(t, GD_F64, GD_DIMS(2, 3, 4)), *y = gd_clone(t, logits);
    gd_tensor *mask = gd_ones(t, GD_BOOL, GD_DIMS(2, 3, 4)), *v = vector(3, 1, -1);
    gd_binary_cross_entropy_with_logits_options o = {.mask = mask, .pos_weight = v};
    for (int n = 0; n < 2; ++n)
        memset((uint8_t *)mask->data + 12 * n + 4, 0, 4);
    ((double *)y->data)[5] = (double)NAN;
    gd_tensor *loss = gd_binary_cross_entropy_with_logits(t, logits, y, &o);
    if (loss == NULL)
        fail_msg("%s", gd_tape_message(t));
    assert_true(fabs(gd_item(loss) - log(2)) < 1e-15);
    ((uint8_t *)mask->data)[6] = 1;
    VALUE("binary_cross_entropy_with_logits: pos_weight -1 at [0,1,2] is below 0",
          gd_binary_cross_entropy_with_logits(t, logits, y, &o));
    assert_int_equal(wrong, 0);
}

static void test_nothing(void **state)
{
    (void)state;
    refused(gd_multi_margin_loss(t, NULL, classes(-1, 0), NULL), GD_ERROR_ARGUMENT,
            "multi_margin_loss: input is NULL");
    refused(gd_softmax_focal_loss(t, x(), NULL, NULL), GD_ERROR_ARGUMENT,
            "softmax_focal_loss: target is NULL");
    refused(gd_cosine_embedding_loss(t, x(), x(), NULL, NULL), GD_ERROR_ARGUMENT,
            "cosine_embedding_loss: target is NULL");
    refused(gd_triplet_margin_loss(t, x(), x(), NULL, NULL), GD_ERROR_ARGUMENT,
            "triplet_margin_loss: ");
    assert_null(gd_multi_margin_loss(NULL, NULL, NULL, NULL));
    assert_null(gd_triplet_margin_loss(NULL, NULL, NULL, NULL, NULL));
    assert_int_equal(wrong, 0);
}

static int setup(void **state)
{
    (void)state;
    t = gd_tape_create();
    wrong = 0;
    return t == NULL;
}

static int teardown(void **state)
{
    (void)state;
    gd_tape_destroy(t);
    return 0;
}

int refusal_tests(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_shapes, setup, teardown),
        cmocka_unit_test_setup_teardown(test_dtypes, setup, teardown),
        cmocka_unit_test_setup_teardown(test_targets, setup, teardown),
        cmocka_unit_test_setup_teardown(test_options, setup, teardown),
        cmocka_unit_test_setup_teardown(test_masked_pos_weight, setup, teardown),
        cmocka_unit_test_setup_teardown(test_nothing, setup, teardown)};
    return cmocka_run_group_tests_name("refusals", tests, NULL, NULL);
}
