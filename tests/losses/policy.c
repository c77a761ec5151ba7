/* What holds for every loss of the table: what the mask leaves out, what the mean divides by, and
 * the mean of nothing. */
#include "../cmocka_all.h"
#include "../comparing.h"
#include "tests.h"
#include "visits.h"

#include <math.h>
#include <string.h>

/* ---- the mask: what it drops is not looked at */

/* Whether the first dimensions of x are those of the mask. */
static bool has_positions(const gd_tensor *x, const gd_tensor *mask)
{
    bool same = x->ndim >= mask->ndim;
    for (int k = 0; same && k < mask->ndim; ++k)
        same = x->shape[k] == mask->shape[k];
    return same;
}

/* `special` wherever the mask is false. */
static void poison_dropped(gd_tensor *x, const gd_tensor *mask, double special)
{
    int64_t width = gd_tensor_numel(x) / gd_tensor_numel(mask);
    for (int64_t i = 0; i < gd_tensor_numel(x); ++i)
        if (element(mask, i / width) == 0)
            set(x, i, special);
}

static void check_as_in_file(const loss_row *row, const loss_call *call, const char *what)
{
    const loss_case *c = &call->c;
    nearness near = {.normwise = c->normwise};
    gd_tensor *out = called(row, call);
    if (count_differences(c->loss, out, c->out, near) != 0)
        complain(c, what);
    for (int k = 0; k < c->n_tensors; ++k)
        if (c->tensors[k].grad != NULL) {
            gd_tensor *g = gradient_of(call, out, k, gd_cast(call->tape, c->dy, GD_F64));
            if (count_differences(c->tensors[k].name, g, c->tensors[k].grad, near) != 0)
                complain(c, what);
        }
}

static void check_masked(const loss_row *row, loss_call *call)
{
    gd_tensor *mask = call->common.mask;
    for (int s = 0; mask != NULL && s < SPECIALS; ++s) {
        loss_call poisoned = call_of(call->tape, &call->c, GD_F64, false);
        poisoned.recorded = call->recorded;
        for (int k = 0; k < call->c.n_tensors; ++k)
            if (poisoned.x[k]->dtype != GD_BOOL && has_positions(poisoned.x[k], mask)) {
                poison_dropped(poisoned.x[k], mask, specials[s]);
                count_check(row);
            }
        check_as_in_file(row, &poisoned, "values that the mask drops are looked at");
    }
}

static void test_dropped_values_are_not_looked_at(void **state)
{
    (void)state;
    each_call(check_masked);
    require_check_of_each();
}

/* ---- what the mean divides by */

static bool is_near(double a, double b)
{
    return fabs(a - b) <= 1e-14 * (1 + fabs(b));
}

static void check_denominator(const loss_row *row, loss_call *call)
{
    double count = -1;
    if (call->common.reduction != GD_REDUCTION_MEAN)
        return;
    call->common.count_out = &count;
    double mean = gd_item(called(row, call));
    call->common.reduction = GD_REDUCTION_SUM;
    call->common.count_out = NULL;
    gd_tensor *sum = called(row, call);
    call->common.reduction = GD_REDUCTION_MEAN;
    call->common.denominator = GD_SOME(5);
    gd_tensor *by_five = called(row, call);
    if (!is_near(mean * count, gd_item(sum)))
        complain(&call->c, "count_out is not what the mean divides by");
    if (!is_near(5 * gd_item(by_five), gd_item(sum)))
        complain(&call->c, "the denominator is not what the mean divides by");
    for (int k = 0; k < call->c.n_tensors; ++k)
        if (call->c.tensors[k].grad != NULL) {
            gd_tensor *a = gradient_of(call, by_five, k, NULL);
            gd_tensor *b = gradient_of(call, sum, k, NULL);
            for (int64_t i = 0; i < gd_tensor_numel(a); ++i)
                if (!is_near(5 * element(a, i), element(b, i)))
                    complain(&call->c, "the gradient is not divided by the denominator");
        }
    count_check(row);
}

static void test_denominator(void **state)
{
    (void)state;
    each_call(check_denominator);
    require_check_of_each();
}

/* ---- the mean of nothing */

/* Every reduction of a call in which nothing counts. */
static void check_nothing(const loss_row *row, loss_call *call)
{
    for (int r = GD_REDUCTION_MEAN; r <= GD_REDUCTION_BATCHMEAN; ++r)
        for (int nan = 0; nan <= (r == GD_REDUCTION_MEAN); ++nan) {
            double count = -1;
            call->common.reduction = (gd_reduction)r;
            call->common.nan_when_empty = nan;
            call->common.count_out = &count;
            gd_tensor *out = called(row, call);
            if (!is_all(out, nan ? (double)NAN : 0))
                complain(&call->c, "the loss of nothing is not 0, or NaN where that is asked for");
            if (r == GD_REDUCTION_MEAN && count != 0)
                complain(&call->c, "the count of nothing is not 0");
            for (int k = 0; k < call->c.n_tensors; ++k)
                if (call->c.tensors[k].grad != NULL &&
                    !is_all(gradient_of(call, out, k, upstream(call, out)), 0))
                    complain(&call->c, "the gradient of nothing is not 0");
        }
    count_check(row);
}

static void check_all_dropped(const loss_row *row, loss_call *call)
{
    if (call->common.mask == NULL)
        return;
    fill(call->common.mask, 0);
    for (int k = 0; k < call->c.n_tensors; ++k)
        if (call->x[k] != call->common.mask && has_positions(call->x[k], call->common.mask))
            fill(call->x[k], (double)NAN);
    check_nothing(row, call);
}

static void test_all_dropped(void **state)
{
    (void)state;
    each_call(check_all_dropped);
    require_check_of_each();
}

static void check_empty(const loss_row *row, loss_call *call)
{
    if (gd_tensor_numel(call->x[0]) == 0)
        check_nothing(row, call);
}

static void test_empty(void **state)
{
    (void)state;
    each_call(check_empty);
}

static void check_all_ignored(const loss_row *row, loss_call *call)
{
    gd_tensor *target = named(call, "target");
    bool can_ignore = row->of_classes && strcmp(row->name, "multi_margin_loss") != 0;
    if (!can_ignore || target->dtype != GD_I64)
        return;
    fill(target, 0); /* 999 */
    call->c.options[call->c.n_options++] = (named_number){"ignore_index", 999};
    for (int k = 0; k < call->c.n_options; ++k)
        if (strcmp(call->c.options[k].name, "ignore_index") == 0)
            call->c.options[k].value = 999;
    fill(call->x[0], (double)NAN);
    check_nothing(row, call);
}

static void test_all_ignored(void **state)
{
    (void)state;
    each_call(check_all_ignored);
}

int policy_tests(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_dropped_values_are_not_looked_at), cmocka_unit_test(test_denominator),
        cmocka_unit_test(test_all_dropped), cmocka_unit_test(test_empty),
        cmocka_unit_test(test_all_ignored)};
    return cmocka_run_group_tests_name("policy", tests, NULL, NULL);
}
