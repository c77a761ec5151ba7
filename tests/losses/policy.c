/* What holds for every loss: what the mask leaves out, what the mean divides by, and 0 times anything
 * is 0. */
#include "../cmocka_all.h"
#include "tests.h"

#include <gradus.h>

#include <math.h>
#include <string.h>

enum { ROWS = 4, COLUMNS = 3, ELEMENTS = ROWS * COLUMNS };

/* A loss of x [4,3] in (0.1, 0.9), with targets of its own. */
typedef struct subject {
    const char *name;
    gd_tensor *(*call)(gd_tape *t, gd_tensor *x, const gd_loss_options *o);
    bool of_rows;   /* a loss for each row, not for each element */
    double special; /* what x may be where it does not count; NaN: anything */
} subject;

static gd_tensor *numbers(gd_tape *t, const gd_tensor *x, double low, double high)
{
    gd_rng rng = {.key = 11};
    gd_tensor *y = gd_zeros(t, x->dtype, x->ndim, x->shape);
    gd_tensor_uniform(y, &rng, low, high);
    return y;
}

static gd_tensor *choices(gd_tape *t, gd_tensor *x, double no, double yes)
{
    gd_tensor *u = numbers(t, x, 0, 1), *half = gd_scalar(t, 0.5, x->dtype);
    return gd_where(t, gd_lt(t, u, half), gd_scalar(t, no, x->dtype), gd_scalar(t, yes, x->dtype));
}

static gd_tensor *labels(gd_tape *t)
{
    return gd_from_data(t, GD_I64, (const int64_t[]){2, 0, 1, 2}, GD_DIMS(ROWS));
}

/* A vector for each row's 1 or -1. */
static gd_tensor *signs(gd_tape *t)
{
    return gd_from_data(t, GD_I64, (const int64_t[]){1, -1, -1, 1}, GD_DIMS(ROWS));
}

#define COMMON                                                                                     \
    .reduction = o->reduction, .mask = o->mask, .denominator = o->denominator,                     \
    .count_out = o->count_out, .nan_when_empty = o->nan_when_empty
#define SUBJECT(name, ...)                                                                         \
    static gd_tensor *call_##name(gd_tape *t, gd_tensor *x, const gd_loss_options *o)              \
    {                                                                                              \
        return gd_##name(t, x, __VA_ARGS__);                                                       \
    }
SUBJECT(nll_loss, labels(t), &(gd_nll_loss_options){COMMON})
SUBJECT(cross_entropy, labels(t), &(gd_cross_entropy_options){COMMON, .label_smoothing = 0.1})
SUBJECT(softmax_focal_loss, labels(t), &(gd_softmax_focal_loss_options){COMMON})
SUBJECT(multi_margin_loss, labels(t), &(gd_multi_margin_loss_options){COMMON})
SUBJECT(binary_cross_entropy, numbers(t, x, 0, 1), &(gd_binary_cross_entropy_options){COMMON})
SUBJECT(binary_cross_entropy_with_logits, choices(t, x, 0, 1),
        &(gd_binary_cross_entropy_with_logits_options){COMMON})
SUBJECT(sigmoid_focal_loss, choices(t, x, 0, 1), &(gd_sigmoid_focal_loss_options){COMMON})
SUBJECT(soft_margin_loss, choices(t, x, -1, 1), o)
SUBJECT(mse_loss, numbers(t, x, 0, 1), o)
SUBJECT(l1_loss, numbers(t, x, 0, 1), o)
SUBJECT(smooth_l1_loss, numbers(t, x, 0, 1), &(gd_smooth_l1_loss_options){COMMON})
SUBJECT(huber_loss, numbers(t, x, 0, 1), &(gd_huber_loss_options){COMMON})
SUBJECT(kl_div, numbers(t, x, 0, 1), &(gd_kl_div_options){COMMON})
SUBJECT(poisson_nll_loss, numbers(t, x, 0, 4), &(gd_poisson_nll_loss_options){COMMON})
SUBJECT(gaussian_nll_loss, numbers(t, x, 0, 1), numbers(t, x, 0.5, 2),
        &(gd_gaussian_nll_loss_options){COMMON})
SUBJECT(cosine_embedding_loss, numbers(t, x, -1, 1), signs(t),
        &(gd_cosine_embedding_loss_options){COMMON})
SUBJECT(triplet_margin_loss, numbers(t, x, 0, 1), numbers(t, x, -1, 1),
        &(gd_triplet_margin_loss_options){COMMON})

#define ROW(name)                                                                                  \
    {                                                                                              \
#name, call_##name, true, (double)NAN                                                      \
    }
#define EACH(name)                                                                                 \
    {                                                                                              \
#name, call_##name, false, (double)NAN                                                     \
    }
static const subject subjects[] = {ROW(nll_loss),
                                   ROW(cross_entropy),
                                   ROW(softmax_focal_loss),
                                   ROW(multi_margin_loss),
                                   {"binary_cross_entropy", call_binary_cross_entropy, false, 0},
                                   EACH(binary_cross_entropy_with_logits),
                                   EACH(sigmoid_focal_loss),
                                   EACH(soft_margin_loss),
                                   EACH(mse_loss),
                                   EACH(l1_loss),
                                   EACH(smooth_l1_loss),
                                   EACH(huber_loss),
                                   EACH(kl_div),
                                   EACH(poisson_nll_loss),
                                   EACH(gaussian_nll_loss),
                                   ROW(cosine_embedding_loss),
                                   ROW(triplet_margin_loss)};
enum { SUBJECTS = sizeof subjects / sizeof *subjects };

/* Row 1 is what does not count. */
static bool counts(int64_t element)
{
    return element / COLUMNS != 1;
}

static gd_tensor *mask_for(gd_tape *t, const subject *s, bool keep)
{
    gd_tensor *mask = s->of_rows ? gd_ones(t, GD_BOOL, GD_DIMS(ROWS))
                                 : gd_ones(t, GD_BOOL, GD_DIMS(ROWS, COLUMNS));
    int64_t width = s->of_rows ? 1 : COLUMNS;
    for (int64_t i = 0; i < gd_tensor_numel(mask); ++i)
        ((uint8_t *)mask->data)[i] = keep && counts(i / width * COLUMNS);
    return mask;
}

static gd_tensor *input_with(gd_tape *t, double special)
{
    gd_tensor *x = numbers(t, gd_zeros(t, GD_F64, GD_DIMS(ROWS, COLUMNS)), 0.1, 0.9);
    for (int64_t i = 0; i < ELEMENTS; ++i)
        if (!counts(i) && special != 0.5)
            ((double *)x->data)[i] = special;
    x->requires_grad = true;
    return x;
}

static gd_tensor *gradient(gd_tape *t, const subject *s, gd_tensor *loss, gd_tensor *x,
                           gd_tensor *upstream)
{
    gd_tensor *g = NULL;
    if (gd_grad(t, loss, &x, 1, &g, &(gd_grad_options){.gradient = upstream}) != GD_OK)
        fail_msg("%s: %s", s->name, gd_tape_message(t));
    return g;
}

static double at(const gd_tensor *x, int64_t i)
{
    return ((const double *)x->data)[i];
}

static gd_tensor *checked_call(gd_tape *t, const subject *s, gd_tensor *x, const gd_loss_options *o)
{
    gd_tensor *loss = s->call(t, x, o);
    if (loss == NULL)
        fail_msg("%s: %s", s->name, gd_tape_message(t));
    return loss;
}

static void each_subject(void (*check)(gd_tape *t, const subject *s))
{
    gd_tape *t = gd_tape_create();
    for (int k = 0; k < SUBJECTS; ++k) {
        gd_tape_reset(t);
        check(t, &subjects[k]);
    }
    gd_tape_destroy(t);
}

/* ---- the mask ---- */

static void check_masked(gd_tape *t, const subject *s)
{
    const double specials[] = {(double)NAN, (double)INFINITY, -(double)INFINITY};
    gd_loss_options o = {.mask = mask_for(t, s, true)};
    gd_tensor *x = input_with(t, 0.5), *loss = checked_call(t, s, x, &o);
    gd_tensor *expected = gradient(t, s, loss, x, NULL);
    for (int k = 0; k < 3; ++k) {
        gd_tensor *other = input_with(t, specials[k]);
        gd_tensor *same = checked_call(t, s, other, &o), *g = gradient(t, s, same, other, NULL);
        if (gd_item(same) != gd_item(loss) || gd_item(loss) == 0)
            fail_msg("%s: %g where %g is masked, not %g", s->name, gd_item(same), specials[k],
                     gd_item(loss));
        for (int64_t i = 0; i < ELEMENTS; ++i)
            if (at(g, i) != (counts(i) ? at(expected, i) : 0))
                fail_msg("%s: gradient %d is %g", s->name, (int)i, at(g, i));
    }
}

static void test_masked_values_are_not_looked_at(void **state)
{
    (void)state;
    each_subject(check_masked);
}

/* ---- what the mean divides by ---- */

static void check_denominator(gd_tape *t, const subject *s)
{
    double count = -1;
    gd_tensor *x = input_with(t, 0.5), *mask = mask_for(t, s, true);
    double mean =
        gd_item(checked_call(t, s, x, &(gd_loss_options){.mask = mask, .count_out = &count}));
    assert_true(count == (s->of_rows ? ROWS - 1 : (ROWS - 1) * COLUMNS));
    gd_loss_options sum = {.reduction = GD_REDUCTION_SUM, .mask = mask},
                    fifth = {.mask = mask, .denominator = GD_SOME(5)};
    double total = gd_item(checked_call(t, s, x, &sum));
    gd_tensor *by_five = checked_call(t, s, x, &fifth);
    assert_true(fabs(mean - total / count) <= 1e-15 * fabs(total));
    assert_true(fabs(gd_item(by_five) - total / 5) <= 1e-15 * fabs(total));
    gd_tensor *g = gradient(t, s, by_five, x, NULL);
    gd_tensor *of_sum = gradient(t, s, checked_call(t, s, x, &sum), x, NULL);
    for (int64_t i = 0; i < ELEMENTS; ++i)
        assert_true(fabs(at(g, i) - at(of_sum, i) / 5) <= 1e-15 * fabs(at(of_sum, i)));
}

static void test_denominator(void **state)
{
    (void)state;
    each_subject(check_denominator);
}

static void check_nothing(gd_tape *t, const subject *s)
{
    for (int nan = 0; nan <= 1; ++nan) {
        double count = -1;
        gd_loss_options o = {
            .mask = mask_for(t, s, false), .count_out = &count, .nan_when_empty = nan};
        gd_tensor *x = input_with(t, (double)NAN), *loss = checked_call(t, s, x, &o);
        gd_tensor *g = gradient(t, s, loss, x, NULL);
        assert_true(count == 0);
        assert_true(nan ? isnan(gd_item(loss)) : gd_item(loss) == 0);
        for (int64_t i = 0; i < ELEMENTS; ++i)
            if (at(g, i) != 0)
                fail_msg("%s: the gradient of nothing is %g", s->name, at(g, i));
    }
}

static void test_mean_of_nothing(void **state)
{
    (void)state;
    each_subject(check_nothing);
}

/* ---- 0 times anything ---- */

static void check_unwanted(gd_tape *t, const subject *s)
{
    gd_loss_options each = {.reduction = GD_REDUCTION_NONE};
    gd_tensor *x = input_with(t, s->special), *loss = checked_call(t, s, x, &each);
    gd_tensor *u = gd_ones(t, GD_F64, loss->ndim, loss->shape);
    for (int64_t i = 0; i < gd_tensor_numel(u); ++i)
        ((double *)u->data)[i] = counts(i * ELEMENTS / gd_tensor_numel(u)) ? 1 : 0;
    gd_tensor *g = gradient(t, s, loss, x, u);
    for (int64_t i = 0; i < ELEMENTS; ++i)
        if (counts(i) ? !isfinite(at(g, i)) : at(g, i) != 0)
            fail_msg("%s: gradient %d is %g where none comes in", s->name, (int)i, at(g, i));
}

static void test_no_gradient_in_none_out(void **state)
{
    (void)state;
    each_subject(check_unwanted);
}

/* A NaN that is used stays visible. */
static void check_visible(gd_tape *t, const subject *s)
{
    gd_loss_options sum = {.reduction = GD_REDUCTION_SUM};
    if (isnan(s->special) && !isnan(gd_item(checked_call(t, s, input_with(t, (double)NAN), &sum))))
        fail_msg("%s: NaN is lost", s->name);
}

static void test_nan_stays_visible(void **state)
{
    (void)state;
    each_subject(check_visible);
}

/* multilabel_soft_margin_loss has one more way to leave out: labels, of which a sample may have none. */
static void test_multilabel_masks(void **state)
{
    (void)state;
    gd_tape *t = gd_tape_create();
    double count;
    gd_tensor *x = input_with(t, (double)NAN), *y = choices(t, x, 0, 1), *g;
    gd_tensor *mask = gd_ones(t, GD_BOOL, GD_DIMS(ROWS, COLUMNS));
    memset((uint8_t *)mask->data + COLUMNS, 0, COLUMNS);
    ((uint8_t *)mask->data)[0] = 0;
    ((double *)x->data)[0] = (double)NAN;
    gd_tensor *loss = gd_multilabel_soft_margin_loss(
        t, x, y, &(gd_multilabel_soft_margin_loss_options){.mask = mask, .count_out = &count});
    assert_true(count == ROWS - 1 && isfinite(gd_item(loss)));
    assert_int_equal(gd_grad(t, loss, &x, 1, &g, NULL), GD_OK);
    for (int64_t i = 0; i < ELEMENTS; ++i)
        assert_true(i == 0 || !counts(i) ? at(g, i) == 0 : isfinite(at(g, i)) && at(g, i) != 0);
    gd_tape_destroy(t);
}

int policy_tests(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_masked_values_are_not_looked_at),
                                       cmocka_unit_test(test_denominator),
                                       cmocka_unit_test(test_mean_of_nothing),
                                       cmocka_unit_test(test_no_gradient_in_none_out),
                                       cmocka_unit_test(test_nan_stays_visible),
                                       cmocka_unit_test(test_multilabel_masks)};
    return cmocka_run_group_tests_name("policy", tests, NULL, NULL);
}
