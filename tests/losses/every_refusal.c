/* What every loss of the table refuses: the message begins with the function that was called, and
 * names the tensor or option, its value and its position. */
#include "../cmocka_all.h"
#include "table.h"
#include "tests.h"

#include <math.h>
#include <string.h>

static int wrong; /* all that is wrong is shown */

/* The refused call's status must be this, and its message must hold the text after the name. */
static void check_refused(const loss_row *row, loss_call *call, gd_status status, const char *what,
                          const char *text)
{
    char prefix[80];
    snprintf(prefix, sizeof prefix, ": %s: ", row->name);
    gd_tensor *out = row->call(call);
    const char *message = gd_tape_message(call->tape), *found = strstr(message, prefix);
    if (out == NULL && gd_tape_status(call->tape) == status && found != NULL &&
        strstr(found, text) != NULL)
        return;
    ++wrong;
    print_error("%s: %s: \"%s\", not: %s %s\n", row->name, what, out != NULL ? "accepted" : message,
                gd_status_text(status), text);
}

/* The case that each loss is refused with: float64, of two dimensions, with the most tensors. */
static const loss_row *wanted_row;
static int most;

static bool is_suitable(const loss_case *c)
{
    int k = tensor_of(c, "target"), w = tensor_of(c, "weight");
    bool is_weighted = w < 0 || row_of(c->loss)->of_classes || c->tensors[w].x->ndim == 2;
    return strcmp(c->loss, wanted_row->name) == 0 && c->tensors[0].x->ndim == 2 &&
           gd_tensor_numel(c->out) > 0 && !option_of(c, "dim").given && is_weighted &&
           (int)option_of(c, "reduction").value != GD_REDUCTION_BATCHMEAN &&
           (k < 0 || wanted_row->of_classes == (c->tensors[k].x->dtype == GD_I64));
}

static void find_most(const loss_case *c)
{
    if (is_suitable(c) && c->n_tensors > most)
        most = c->n_tensors;
}

/* What is done to a call; the rest of it is right. */
static void (*change)(const loss_row *row, const loss_case *c);

static void visit_first(const loss_case *c)
{
    if (most > 0 && is_suitable(c) && c->n_tensors == most) {
        most = 0;
        change(wanted_row, c);
    }
}

static void change_row(const loss_row *row)
{
    wanted_row = row;
    most = 0;
    each_case(find_most);
    if (most == 0 && strcmp(row->name, "log_softmax") != 0)
        fail_msg("%s: no case in losses.txt serves this test", row->name);
    each_case(visit_first);
}

static void each_refusal(void (*f)(const loss_row *row, const loss_case *c))
{
    wrong = 0;
    change = f;
    each_row(change_row);
    assert_int_equal(wrong, 0);
}

/* ---- shapes, dtypes, NULL: of each tensor in turn */

static void with_tensor(const loss_row *row, const loss_case *c, int k,
                        gd_tensor *(*make)(loss_call *call, int k), gd_status status,
                        const char *what)
{
    gd_tape *tape = gd_tape_create();
    loss_call call = call_of(tape, c, GD_F64, false);
    call.x[k] = make(&call, k);
    if (strcmp(c->tensors[k].name, "mask") == 0)
        call.common.mask = call.x[k];
    char text[60];
    snprintf(text, sizeof text, "%s %s", what, c->tensors[k].name);
    check_refused(row, &call, status, text, "");
    gd_tape_destroy(tape);
}

/* Nothing broadcasts to it; a source is too short. */
static gd_tensor *misshapen(loss_call *call, int k)
{
    gd_tensor *x = call->x[k];
    bool is_source = strcmp(call->c.tensors[k].name, "source") == 0;
    return gd_zeros(call->tape, x->dtype, is_source ? 1 : 2,
                    (const int64_t[]){is_source ? 0 : 5, 7});
}

static void check_shapes(const loss_row *row, const loss_case *c)
{
    for (int k = row->kind == PLAIN && c->n_tensors == 1; k < c->n_tensors; ++k)
        with_tensor(row, c, k, misshapen, GD_ERROR_SHAPE, "the shape of");
}

static void test_shapes(void **state)
{
    (void)state;
    each_refusal(check_shapes);
}

/* Another float dtype, or floats for classes, or uint8 for bool; the first operand may not be
 * int64. */
static gd_tensor *of_other_dtype(loss_call *call, int k)
{
    gd_tensor *x = call->x[k];
    gd_dtype other = x->dtype == GD_BOOL  ? GD_U8
                     : x->dtype == GD_I64 ? GD_F64
                     : k == 0             ? GD_I64
                                          : GD_F32;
    return gd_zeros(call->tape, other, x->ndim, x->shape);
}

static void check_dtypes(const loss_row *row, const loss_case *c)
{
    for (int k = strcmp(row->name, "masked_select") == 0; k < c->n_tensors; ++k)
        with_tensor(row, c, k, of_other_dtype, GD_ERROR_DTYPE, "the dtype of");
}

static void test_dtypes(void **state)
{
    (void)state;
    each_refusal(check_dtypes);
}

static gd_tensor *nothing(loss_call *call, int k)
{
    (void)call;
    (void)k;
    return NULL;
}

static void check_nothing(const loss_row *row, const loss_case *c)
{
    for (int k = 0; k < row->required && k < c->n_tensors; ++k)
        with_tensor(row, c, k, nothing, GD_ERROR_ARGUMENT, "no");
}

static void test_nothing(void **state)
{
    (void)state;
    each_refusal(check_nothing);
}

/* ---- values */

/* "weight -2 at [1]", "target nan at [3,2]": the last element, which the mask must keep. */
static void text_of(char *text, size_t size, const loss_case *c, int k, double value)
{
    const gd_tensor *x = c->tensors[k].x;
    const char *name = c->tensors[k].name;
    int64_t i = gd_tensor_numel(x) - 1;
    if (x->ndim == 2)
        snprintf(text, size, "%s %g at [%d,%d] ", name, value, (int)x->shape[0] - 1,
                 (int)x->shape[1] - 1);
    else
        snprintf(text, size, "%s %g at [%d] ", name, value, (int)i);
}

static void check_tensor_value(const loss_row *row, const loss_case *c, int k, double value)
{
    gd_tape *tape = gd_tape_create();
    loss_call call = call_of(tape, c, GD_F64, false);
    gd_tensor *x = call.x[k];
    int64_t last = gd_tensor_numel(x) - 1;
    if (x->dtype == GD_I64)
        ((int64_t *)x->data)[last] = (int64_t)value;
    else
        ((double *)x->data)[last] = value;
    call.common.mask = NULL;
    char text[100];
    text_of(text, sizeof text, c, k, value);
    check_refused(row, &call, GD_ERROR_VALUE, "a value", text);
    gd_tape_destroy(tape);
}

static void check_option_value(const loss_row *row, const loss_case *c, const char *name,
                               double value)
{
    gd_tape *tape = gd_tape_create();
    loss_call call = call_of(tape, c, GD_F64, false);
    char text[40];
    call.c.n_options = 0;
    call.c.options[call.c.n_options++] = (named_number){.value = value};
    snprintf(call.c.options[0].name, sizeof call.c.options[0].name, "%s", name);
    snprintf(text, sizeof text, "%g", value);
    check_refused(row, &call, GD_ERROR_VALUE, name, text);
    gd_tape_destroy(tape);
}

static void check_values(const loss_row *row, const loss_case *c)
{
    for (int i = 0; i < MOST_REFUSED && row->refused[i].name != NULL; ++i) {
        int k = tensor_of(c, row->refused[i].name);
        if (k >= 0)
            check_tensor_value(row, c, k, row->refused[i].value);
        else
            check_option_value(row, c, row->refused[i].name, row->refused[i].value);
    }
    static const char *const never_nan[] = {"target", "weight", "pos_weight", "var"};
    for (int i = 0; i < 4 && row->kind != PLAIN; ++i) {
        int k = tensor_of(c, never_nan[i]);
        if (k >= 0 && gd_dtype_is_float(c->tensors[k].x->dtype))
            check_tensor_value(row, c, k, (double)NAN);
    }
}

static void test_values(void **state)
{
    (void)state;
    each_refusal(check_values);
}

/* ---- the options that every loss has */

static void check_common(const loss_row *row, const loss_case *c)
{
    const gd_loss_options refused[] = {{.reduction = (gd_reduction)9},
                                       {.denominator = GD_SOME(-1)},
                                       {.denominator = GD_SOME(NAN)},
                                       {.reduction = GD_REDUCTION_SUM, .denominator = GD_SOME(5)}};
    const char *const texts[] = {"9 is not a reduction", "denominator is -1", "denominator is nan",
                                 "denominator is for the mean"};
    for (int i = 0; row->kind != PLAIN && i < 4; ++i) {
        gd_tape *tape = gd_tape_create();
        loss_call call = call_of(tape, c, GD_F64, false);
        call.common = refused[i];
        check_refused(row, &call, i == 0 || i == 3 ? GD_ERROR_ARGUMENT : GD_ERROR_VALUE,
                      "an option", texts[i]);
        gd_tape_destroy(tape);
    }
}

static void test_common_options(void **state)
{
    (void)state;
    each_refusal(check_common);
}

int every_refusal_tests(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_shapes), cmocka_unit_test(test_dtypes),
                                       cmocka_unit_test(test_nothing),
                                       cmocka_unit_test(test_values),
                                       cmocka_unit_test(test_common_options)};
    return cmocka_run_group_tests_name("refusals of every loss", tests, NULL, NULL);
}
