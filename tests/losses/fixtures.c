/* Every loss against PyTorch, and that nothing consistent but wrong can pass: each loss must have
 * a value and each of its gradients from outside, and the cases must catch whatever is changed. */
#include "../cmocka_all.h"
#include "../comparing.h"
#include "table.h"
#include "tests.h"

#include <math.h>
#include <string.h>

/* How near the value (name NULL) or the gradient of this tensor must be in float32: a node's 1
 * ULP and 2 for its input; what is made of ops has rounded some times. */
static nearness near_to(const loss_row *row, const loss_case *c, const char *name)
{
    nearness near = {.ulps = 8, .normwise = c->normwise, .terms = c->terms};
    bool is_input = name != NULL && strcmp(name, "input") == 0;
    if (row->is_node && (name == NULL || is_input))
        near = (nearness){.ulps = is_input ? 2 : 1, .normwise = c->normwise};
    return near;
}

/* What differs, is changed, or is not from outside. */
static int wrong;

static gd_tensor *upstream_of(const loss_call *call, const gd_tensor *out)
{
    return gd_cast(call->tape, call->c.dy, out->dtype);
}

/* ---- values and gradients */

static void check(const loss_case *c, gd_dtype dtype, bool scattered, bool recorded)
{
    const loss_row *row = row_of(c->loss);
    gd_tape *tape = gd_tape_create();
    loss_call call = call_of(tape, c, dtype, scattered);
    call.recorded = recorded;
    gd_tensor *out = called(row, &call);
    char label[120];
    snprintf(label, sizeof label, "losses.txt:%d: %s %s", c->line, gd_dtype_name(dtype), c->loss);
    wrong += count_differences(label, out, c->out, near_to(row, c, NULL)) != 0;
    for (int k = 0; k < c->n_tensors; ++k)
        if (c->tensors[k].grad != NULL) {
            gd_tensor *g = gradient_of(&call, out, k, upstream_of(&call, out));
            snprintf(label, sizeof label, "losses.txt:%d: %s %s: gradient of %s", c->line,
                     gd_dtype_name(dtype), c->loss, c->tensors[k].name);
            wrong += count_differences(label, g, c->tensors[k].grad,
                                       near_to(row, c, c->tensors[k].name)) != 0;
        }
    gd_tape_destroy(tape);
}

static void check_case(const loss_case *c)
{
    for (int scattered = 0; scattered <= 1; ++scattered) {
        check(c, GD_F64, scattered, false);
        check(c, GD_F64, scattered, true);
        check(c, GD_F32, scattered, false);
    }
}

static void test_values(void **state)
{
    (void)state;
    wrong = 0;
    each_case(check_case);
    assert_int_equal(wrong, 0);
}

/* ---- what has a value from outside */

enum { MOST_ROWS = 40, MOST_NAMES = 8 };

/* The tensors of a loss that the file names, and what is known of each. */
typedef struct seen {
    char name[16];
    bool given;    /* the library has a gradient that is not 0 */
    bool expected; /* the file has one */
    bool doubled_is_caught, lost_is_caught;
} seen;

enum mutation { DOUBLED, NEGATED, STEEPER, CONSTANT, MUTATIONS };
static const char *const mutations[] = {"value and gradient doubled", "value and gradient negated",
                                        "gradient doubled", "no gradient"};

static struct {
    seen tensors[MOST_NAMES];
    int n;
    bool caught[MUTATIONS];
} known[MOST_ROWS];

static seen *seen_of(int row, const char *name)
{
    for (int k = 0; k < known[row].n; ++k)
        if (strcmp(known[row].tensors[k].name, name) == 0)
            return &known[row].tensors[k];
    assert_true(known[row].n < MOST_NAMES);
    seen *s = &known[row].tensors[known[row].n++];
    snprintf(s->name, sizeof s->name, "%s", name);
    return s;
}

static bool has_nonzero(const gd_tensor *x)
{
    for (int64_t i = 0; i < gd_tensor_numel(x); ++i)
        if (isfinite(element(x, i)) && element(x, i) != 0)
            return true;
    return false;
}

/* Whether a changed result differs from the file, if that only in having no gradient. */
static bool is_caught(const loss_row *row, const loss_call *call, gd_tensor *out)
{
    const loss_case *c = &call->c;
    if (!out->requires_grad)
        return true;
    bool caught = count_differences(NULL, out, c->out, near_to(row, c, NULL)) != 0;
    for (int k = 0; !caught && k < c->n_tensors; ++k)
        if (c->tensors[k].grad != NULL) {
            gd_tensor *g = gradient_of(call, out, k, upstream_of(call, out));
            caught = count_differences(NULL, g, c->tensors[k].grad,
                                       near_to(row, c, c->tensors[k].name)) != 0;
        }
    return caught;
}

/* x, with twice its gradient. */
static gd_tensor *steeper(gd_tape *t, gd_tensor *x)
{
    return gd_add(t, x, gd_sub(t, x, gd_detach(t, x)));
}

static gd_tensor *mutated(gd_tape *t, enum mutation mutation, gd_tensor *out)
{
    switch (mutation) {
    case DOUBLED:
        return gd_add(t, out, out);
    case NEGATED:
        return gd_neg(t, out);
    case STEEPER:
        return steeper(t, out);
    default:
        return gd_detach(t, out);
    }
}

/* The call with tensor k changed before the loss sees it. */
static bool tensor_mutant_is_caught(const loss_row *row, const loss_call *call, int k, bool doubled)
{
    loss_call mutant = *call;
    mutant.x[k] = doubled ? steeper(call->tape, call->x[k]) : gd_detach(call->tape, call->x[k]);
    return is_caught(row, call, called(row, &mutant));
}

static void learn(const loss_case *c)
{
    const loss_row *row = row_of(c->loss);
    int r = (int)(row - loss_table);
    gd_tape *tape = gd_tape_create();
    loss_call call = call_of(tape, c, GD_F64, false), every = call_of(tape, c, GD_F64, false);
    gd_tensor *out = called(row, &call);
    for (int m = 0; m < MUTATIONS; ++m)
        known[r].caught[m] |=
            out->requires_grad && is_caught(row, &call, mutated(tape, (enum mutation)m, out));
    for (int k = 0; k < c->n_tensors; ++k)
        every.x[k]->requires_grad = gd_dtype_is_float(every.x[k]->dtype);
    out = called(row, &every);
    for (int k = 0; k < c->n_tensors; ++k) {
        if (!every.x[k]->requires_grad)
            continue;
        seen *s = seen_of(r, c->tensors[k].name);
        s->given |= has_nonzero(gradient_of(&every, out, k, upstream_of(&every, out)));
        if (c->tensors[k].grad == NULL)
            continue;
        s->expected |= has_nonzero(c->tensors[k].grad);
        s->doubled_is_caught |= tensor_mutant_is_caught(row, &call, k, true);
        s->lost_is_caught |= tensor_mutant_is_caught(row, &call, k, false);
    }
    gd_tape_destroy(tape);
}

static void complain(const char *loss, const char *what, const char *problem)
{
    ++wrong;
    print_error("%s: %s: %s\n", loss, what, problem);
}

static void check_known(const loss_row *row)
{
    int r = (int)(row - loss_table);
    for (int m = 0; m < MUTATIONS; ++m)
        if (!known[r].caught[m])
            complain(row->name, mutations[m], "no case in losses.txt catches that");
    for (int k = 0; k < known[r].n; ++k) {
        const seen *s = &known[r].tensors[k];
        if (s->given && !s->expected)
            complain(row->name, s->name, "its gradient has no case in losses.txt");
        if (s->expected && !s->doubled_is_caught)
            complain(row->name, s->name, "its gradient, doubled, is not caught");
        if (s->expected && !s->lost_is_caught)
            complain(row->name, s->name, "its gradient, lost, is not caught");
    }
}

static void test_every_loss_has_values_from_outside(void **state)
{
    (void)state;
    assert_true(loss_rows <= MOST_ROWS);
    memset(known, 0, sizeof known);
    wrong = 0;
    each_case(learn);
    each_row(check_known);
    assert_int_equal(wrong, 0);
}

/* ---- gradients and their gradients, against differences */

typedef struct checked {
    const loss_row *row;
    const loss_case *c;
    gd_dtype dtype;
} checked;

/* The loss of the inputs that have gradients, and the case's other tensors. */
static gd_tensor *apply(gd_tape *tape, gd_tensor *const *inputs, int n, void *context)
{
    const checked *what = context;
    loss_call call = call_of(tape, what->c, GD_F64, false);
    for (int k = 0, i = 0; k < what->c->n_tensors && i < n; ++k)
        if (what->c->tensors[k].grad != NULL)
            call.x[k] = inputs[i++];
    return what->row->call(&call);
}

static void check_differences(const loss_case *c)
{
    checked what = {.row = row_of(c->loss), .c = c};
    gd_tensor *inputs[MOST_TENSORS];
    int n = 0;
    bool flat = true;
    for (int k = 0; k < c->n_tensors; ++k)
        if (c->tensors[k].grad != NULL) {
            inputs[n++] = c->tensors[k].x;
            c->tensors[k].x->requires_grad = true;
            flat &= !has_nonzero(c->tensors[k].grad);
        }
    if (c->kink || flat || gd_tensor_numel(c->out) == 0)
        return;
    gd_gradcheck_options twice = {.second_order = true};
    if (gd_gradcheck(apply, inputs, n, &what, &twice) != GD_OK) {
        print_error("losses.txt:%d: %s: %s\n", c->line, c->loss, gd_message());
        ++wrong;
    }
}

static void test_second_order(void **state)
{
    (void)state;
    wrong = 0;
    each_case(check_differences);
    assert_int_equal(wrong, 0);
}

int fixture_tests(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_values),
                                       cmocka_unit_test(test_every_loss_has_values_from_outside),
                                       cmocka_unit_test(test_second_order)};
    return cmocka_run_group_tests_name("against PyTorch", tests, NULL, NULL);
}
