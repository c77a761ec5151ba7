/* For every loss of the table 0 times anything is 0, and a NaN that is used stays visible. */
#include "../cmocka_all.h"
#include "../comparing.h"
#include "tests.h"
#include "visits.h"

#include <math.h>
#include <string.h>

static bool is_finite(const gd_tensor *x)
{
    for (int64_t i = 0; i < gd_tensor_numel(x); ++i)
        if (!isfinite(element(x, i)))
            return false;
    return true;
}

static bool is_binary_cross_entropy(const loss_row *row)
{
    return strcmp(row->name, "binary_cross_entropy") == 0;
}

/* Without weight nothing counts, whatever the input is; binary cross entropy's is a probability.
 * */
static void check_weightless(const loss_row *row, loss_call *call)
{
    gd_tensor *weight = named(call, "weight");
    for (int s = 0; weight != NULL && s < SPECIALS; ++s) {
        fill(weight, 0);
        fill(call->x[0], is_binary_cross_entropy(row) ? s % 2 : specials[s]);
        gd_tensor *out = called(row, call);
        if (!is_all(out, 0))
            complain(&call->c, "a loss of weight 0 is not 0");
        for (int k = 0; k < call->c.n_tensors; ++k)
            if (call->c.tensors[k].grad != NULL && call->x[k] != weight &&
                !is_all(gradient_of(call, out, k, upstream(call, out)), 0))
                complain(&call->c, "a gradient of weight 0 is not 0");
    }
}

static void test_weightless(void **state)
{
    (void)state;
    each_call(check_weightless);
}

/* One element of weight 0 among others: these do not notice what it is. */
static void check_one_weightless(const loss_row *row, loss_call *call)
{
    gd_tensor *weight = named(call, "weight");
    if (weight == NULL || row->of_classes || gd_tensor_numel(weight) < 2 ||
        gd_tensor_numel(weight) != gd_tensor_numel(call->x[0]))
        return;
    set(weight, 0, 0);
    gd_tensor *plain = called(row, call);
    gd_tensor *g = gradient_of(call, plain, 0, upstream(call, plain));
    for (int s = 0; s < SPECIALS; ++s) {
        set(call->x[0], 0, is_binary_cross_entropy(row) ? s % 2 : specials[s]);
        gd_tensor *out = called(row, call);
        gd_tensor *same = gradient_of(call, out, 0, upstream(call, out));
        if (count_differences(row->name, out, plain, (nearness){.ulps = 0}) != 0 ||
            count_differences(row->name, same, g, (nearness){.ulps = 0}) != 0)
            complain(&call->c, "an element of weight 0 is noticed");
    }
}

static void test_one_weightless(void **state)
{
    (void)state;
    each_call(check_one_weightless);
}

/* A class that has no probability: its log-probability does not count, and its logit may be -inf.
 * */
static void check_improbable(const loss_row *row, loss_call *call)
{
    bool is_logits = strcmp(row->name, "cross_entropy") == 0;
    gd_tensor *target = named(call, "target"), *x = call->x[0];
    if (!is_logits && strcmp(row->name, "nll_loss") != 0 && strcmp(row->name, "kl_div") != 0)
        return;
    if (target->dtype == GD_I64 || gd_tensor_numel(target) == 0 ||
        option_of(&call->c, "label_smoothing").value != 0 ||
        option_of(&call->c, "log_target").value != 0)
        return;
    set(target, 0, 0);
    gd_tensor *plain = called(row, call), *g = gradient_of(call, plain, 0, upstream(call, plain));
    for (int s = is_logits ? SPECIALS - 1 : 0; s < SPECIALS; ++s) {
        set(x, 0, specials[s]);
        gd_tensor *out = called(row, call);
        gd_tensor *same = gradient_of(call, out, 0, upstream(call, out));
        nearness exact = {.ulps = 0};
        bool right = is_logits ? is_finite(out) && is_finite(same) && element(same, 0) == 0
                               : count_differences(row->name, out, plain, exact) == 0 &&
                                     count_differences(row->name, same, g, exact) == 0;
        if (!right)
            complain(&call->c, "a class of probability 0 is noticed");
    }
}

static void test_improbable(void **state)
{
    (void)state;
    each_call(check_improbable);
}

/* Nodes alone: a loss that no gradient comes in for has none, whatever its input is. */
static void check_unwanted(const loss_row *row, loss_call *call)
{
    gd_tensor *x = call->x[0];
    bool usual = x->ndim == 2 && !option_of(&call->c, "dim").given;
    if (!row->is_node || !usual || call->common.reduction != GD_REDUCTION_NONE ||
        gd_tensor_numel(x) == 0)
        return;
    int64_t width = row->kind == ROWS ? x->shape[1] : 1;
    for (int64_t i = 0; i < width; ++i)
        set(x, i, is_binary_cross_entropy(row) ? 0 : (double)NAN);
    gd_tensor *out = called(row, call), *u = upstream(call, out);
    set(u, 0, 0);
    for (int k = 0; k < call->c.n_tensors; ++k)
        if (call->c.tensors[k].grad != NULL) {
            gd_tensor *g = gradient_of(call, out, k, u);
            if (!is_finite(g) || (k == 0 && element(g, 0) != 0))
                complain(&call->c, "NaN comes out where no gradient comes in");
        }
}

static void test_no_gradient_in_none_out(void **state)
{
    (void)state;
    each_call(check_unwanted);
}

/* ---- a NaN that is used stays visible */

static void check_visible(const loss_row *row, loss_call *call)
{
    if (call->common.mask != NULL || option_of(&call->c, "ignore_index").given || call->c.kink ||
        is_binary_cross_entropy(row) || gd_tensor_numel(call->x[0]) == 0)
        return;
    for (int k = 0; k < row->required; ++k) {
        const char *name = call->c.tensors[k].name;
        if (strcmp(name, "target") == 0 || strcmp(name, "var") == 0)
            continue; /* NaN is refused */
        loss_call poisoned = call_of(call->tape, &call->c, GD_F64, false);
        fill(poisoned.x[k], (double)NAN);
        if (!is_all(called(row, &poisoned), (double)NAN))
            complain(&call->c, "NaN is lost");
    }
}

static void test_nan_stays_visible(void **state)
{
    (void)state;
    each_call(check_visible);
}

int zero_tests(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_weightless), cmocka_unit_test(test_one_weightless),
        cmocka_unit_test(test_improbable), cmocka_unit_test(test_no_gradient_in_none_out),
        cmocka_unit_test(test_nan_stays_visible)};
    return cmocka_run_group_tests_name("0 times anything", tests, NULL, NULL);
}
