#include "visits.h"

#include "../cmocka_all.h"
#include "../comparing.h"

#include <math.h>
#include <string.h>

static int wrong;       /* all that is wrong is shown */
static int checked[40]; /* how often, of each row */

const double specials[SPECIALS] = {(double)NAN, (double)INFINITY, -(double)INFINITY};

void complain(const loss_case *c, const char *what)
{
    ++wrong;
    print_error("losses.txt:%d: %s: %s\n", c->line, c->loss, what);
}

void set(gd_tensor *x, int64_t i, double value)
{
    if (x->dtype == GD_F64)
        ((double *)x->data)[i] = value;
    else if (x->dtype == GD_I64)
        ((int64_t *)x->data)[i] = 999;
    else
        ((uint8_t *)x->data)[i] = value != 0;
}

void fill(gd_tensor *x, double value)
{
    for (int64_t i = 0; i < gd_tensor_numel(x); ++i)
        set(x, i, value);
}

bool is_all(const gd_tensor *x, double value)
{
    for (int64_t i = 0; i < gd_tensor_numel(x); ++i)
        if (isnan(value) ? !isnan(element(x, i)) : element(x, i) != value)
            return false;
    return true;
}

gd_tensor *named(const loss_call *call, const char *name)
{
    int k = tensor_of(&call->c, name);
    return k >= 0 ? call->x[k] : NULL;
}

gd_tensor *upstream(const loss_call *call, const gd_tensor *out)
{
    return gd_ones(call->tape, out->dtype, out->ndim, out->shape);
}

/* Visits the cases of losses, each on a tape of its own. */
static void (*visitor)(const loss_row *row, loss_call *call);

static void visit_case(const loss_case *c)
{
    const loss_row *row = row_of(c->loss);
    for (int recorded = 0; recorded <= 1 && row->kind != PLAIN; ++recorded) {
        gd_tape *tape = gd_tape_create();
        loss_call call = call_of(tape, c, GD_F64, false);
        call.recorded = recorded;
        visitor(row, &call);
        gd_tape_destroy(tape);
    }
}

void count_check(const loss_row *row)
{
    ++checked[row - loss_table];
}

void each_call(void (*visit)(const loss_row *row, loss_call *call))
{
    memset(checked, 0, sizeof checked);
    wrong = 0;
    visitor = visit;
    each_case(visit_case);
    assert_int_equal(wrong, 0);
}

static void require_check_of(const loss_row *row)
{
    if (row->kind != PLAIN && checked[row - loss_table] == 0)
        fail_msg("%s: no case in losses.txt serves this test", row->name);
}

void require_check_of_each(void)
{
    each_row(require_check_of);
}
