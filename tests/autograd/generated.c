/* What must hold for every op, over its own samples: a new op is tested by being in the list. */
#include "../cmocka_all.h"
#include "../operands.h"
#include "tests.h"

#include <limits.h>
#include <math.h>
#include <string.h>

typedef struct call {
    const gd_op *op;
    const gd_sample *sample;
} call;

static gd_tensor *apply(gd_tape *tape, gd_tensor *const *inputs, int n, void *context)
{
    const call *c = context;
    return gd_apply(tape, c->op, inputs, n, c->sample->attributes);
}

/* Where chance gives a condition that lets nothing through, other values are drawn. */
static gd_status gradcheck(const gd_op *op, const gd_sample *sample, bool second_order)
{
    gd_status status = GD_ERROR_ARGUMENT;
    call c = {op, sample};
    for (uint64_t seed = 7; seed < 10 && status == GD_ERROR_ARGUMENT; ++seed) {
        operands o = operands_create(op, sample, GD_F64, seed);
        status = gd_gradcheck(apply, o.x, o.n, &c,
                              &(gd_gradcheck_options){.second_order = second_order});
        operands_destroy(&o);
    }
    return status;
}

static bool is_empty(const gd_op *op, const gd_sample *sample)
{
    operands o = operands_create(op, sample, GD_F64, 7);
    gd_tape *tape = gd_tape_create();
    gd_tensor *y = gd_apply(tape, op, o.x, o.n, sample->attributes);
    if (y == NULL)
        fail_msg("%s: %s", call_text(op, sample), gd_tape_message(tape));
    bool empty = gd_tensor_numel(y) == 0 || operands_numel(&o) == 0;
    for (int i = 0; i < o.n; ++i)
        empty |= o.x[i] != NULL && gd_tensor_numel(o.x[i]) == 0;
    gd_tape_destroy(tape);
    operands_destroy(&o);
    return empty;
}

/* For each_sample: each_op passes no context. */
static void (*visit_sample)(const gd_op *op, const gd_sample *sample);

static void each_sample_of(const gd_op *op)
{
    if (op->samples == NULL || op->samples->shapes == NULL)
        fail_msg("%s has no samples: calls that it accepts", op->name);
    for (calls c = {.row = op->samples}; next_call(&c);)
        visit_sample(op, &c.call);
}

static void each_sample(void (*visit)(const gd_op *op, const gd_sample *sample))
{
    visit_sample = visit;
    each_op(each_sample_of);
}

/* ---- gradients against differences ---- */

/* Ops without a gradient give constants. One that is flat has gradients that are all 0, and
 * gradcheck says that this, which differences found too, proves nothing else. */
static void check_gradients(const gd_op *op, const gd_sample *sample)
{
    bool flat = is_flat(op);
    if (op->grad == NULL || is_empty(op, sample))
        return;
    if (gradcheck(op, sample, true) != (flat ? GD_ERROR_ARGUMENT : GD_OK))
        fail_msg("%s: %s", call_text(op, sample), gd_message());
    if (flat)
        assert_non_null(strstr(gd_message(), "every derivative is 0"));
}

static void test_gradcheck(void **state)
{
    (void)state;
    each_sample(check_gradients);
}

/* ---- mutants: what gradcheck must catch ---- */

enum mutation { NEGATED, DOUBLED, ZEROED, TRANSPOSED, MUTATIONS };
static const char *const mutation_names[] = {"negated", "doubled", "zeroed", "transposed"};

static const gd_op *original;
static enum mutation mutation;
static int mutated_operand;

static gd_tensor *mutant_grad(gd_tape *tape, const gd_node *node, gd_tensor *dy, int i)
{
    gd_tensor *g = original->grad(tape, node, dy, i);
    if (g == NULL || i != mutated_operand)
        return g;
    switch (mutation) {
    case NEGATED:
        return gd_neg(tape, g);
    case DOUBLED:
        return gd_add(tape, g, g);
    case ZEROED:
        return gd_zeros(tape, g->dtype, g->ndim, g->shape);
    default:
        return g->ndim < 2 ? g : gd_reshape(tape, gd_transpose(tape, g, -1, -2), g->ndim, g->shape);
    }
}

/* Whether the gradient of an operand is 0 in this sample, as that of a condition is. */
static bool gradient_is_zero(const gd_op *op, const gd_sample *sample, int operand)
{
    operands o = operands_create(op, sample, GD_F64, 7);
    gd_tape *tape = gd_tape_create();
    gd_tensor *y = gd_apply(tape, op, o.x, o.n, sample->attributes), *g = NULL;
    gd_grad(tape, y, &o.x[operand], 1, &g,
            &(gd_grad_options){.gradient = gd_ones(tape, y->dtype, y->ndim, y->shape)});
    bool zero = g != NULL;
    for (int64_t i = 0; zero && i < gd_tensor_numel(g); ++i)
        zero = element(g, i) == 0;
    gd_tape_destroy(tape);
    operands_destroy(&o);
    return zero;
}

/* Whether some sample of the op catches the mutant; *possible tells whether one could. */
static bool is_caught(const gd_op *mutant, int operand, bool *possible)
{
    bool caught = false;
    *possible = false;
    for (calls c = {.row = original->samples}; next_call(&c);) {
        const gd_sample *s = &c.call;
        operands o = operands_create(original, s, GD_F64, 7);
        bool present = operand < o.n && o.x[operand] != NULL && o.x[operand]->requires_grad;
        bool square = present && (o.x[operand]->ndim < 2 || mutation != TRANSPOSED);
        operands_destroy(&o);
        if (!present || is_empty(original, s) || gradient_is_zero(original, s, operand))
            continue;
        *possible |= mutation != TRANSPOSED || !square;
        caught |= gradcheck(mutant, s, false) == GD_ERROR_VALUE ||
                  (mutation == ZEROED && gradcheck(mutant, s, false) != GD_OK);
    }
    return caught;
}

static void check_mutants(const gd_op *op)
{
    if (op->grad == NULL)
        return;
    original = op;
    gd_op mutant = *op;
    mutant.grad = mutant_grad;
    mutant.grad_into = NULL;
    for (mutated_operand = 0; mutated_operand < MOST_OPERANDS; ++mutated_operand)
        for (mutation = NEGATED; mutation < MUTATIONS; ++mutation) {
            bool possible, caught = is_caught(&mutant, mutated_operand, &possible);
            if (possible && !caught)
                fail_msg("%s: a gradient of operand %d that is %s is not caught", op->name,
                         mutated_operand, mutation_names[mutation]);
        }
}

static void test_mutants(void **state)
{
    (void)state;
    each_op(check_mutants);
}

/* ---- gradients against themselves ---- */

/* The gradients of sum(weights * op(operands)), summed `times` times from one root. */
static void backward(const gd_op *op, const gd_sample *sample, operands *o, int times)
{
    gd_tape *tape = gd_tape_create();
    gd_tensor *y = gd_apply(tape, op, o->x, o->n, sample->attributes);
    gd_rng rng = {.key = 3};
    gd_tensor *weights = gd_zeros(tape, y->dtype, y->ndim, y->shape);
    gd_tensor_uniform(weights, &rng, 0.5, 1.5);
    for (int k = 0; k < times; ++k) {
        gd_backward_options options = {.gradient = weights, .again = true};
        if (gd_backward_with(tape, y, &options) != GD_OK)
            fail_msg("%s: %s", call_text(op, sample), gd_tape_message(tape));
    }
    gd_tape_destroy(tape);
}

static void check_same_gradients(const gd_op *op, const gd_sample *sample, const operands *a,
                                 const operands *b, double factor, double tolerance)
{
    for (int i = 0; i < a->n; ++i) {
        if (a->x[i] == NULL || !a->x[i]->requires_grad)
            continue;
        gd_tensor *expected = gd_tensor_create_copy(b->x[i]->grad);
        for (int64_t k = 0; expected->dtype == GD_F64 && k < gd_tensor_numel(expected); ++k)
            ((double *)expected->data)[k] *= factor;
        if (!close_to(a->x[i]->grad, expected, tolerance))
            fail_msg("%s: gradients of operand %d differ", call_text(op, sample), i);
        gd_tensor_destroy(expected);
    }
}

static void check_accumulation(const gd_op *op, const gd_sample *sample)
{
    if (op->grad == NULL)
        return;
    operands once = operands_create(op, sample, GD_F64, 7);
    operands thrice = operands_create(op, sample, GD_F64, 7);
    backward(op, sample, &once, 1);
    backward(op, sample, &thrice, 3);
    check_same_gradients(op, sample, &thrice, &once, 3, 1e-15);
    operands_destroy(&once);
    operands_destroy(&thrice);
}

static void test_accumulation(void **state)
{
    (void)state;
    each_sample(check_accumulation);
}

/* grad_into, where the op has one, against the rule; also when it adds. */
static void check_grad_into(const gd_op *op, const gd_sample *sample)
{
    if (op->grad_into == NULL)
        return;
    gd_op plain = *op;
    plain.grad_into = NULL;
    for (int times = 1; times <= 2; ++times) {
        operands fast = operands_create(op, sample, GD_F64, 7);
        operands slow = operands_create(op, sample, GD_F64, 7);
        backward(op, sample, &fast, times);
        backward(&plain, sample, &slow, times);
        check_same_gradients(op, sample, &fast, &slow, 1, 1e-14);
        operands_destroy(&fast);
        operands_destroy(&slow);
    }
}

static void test_grad_into(void **state)
{
    (void)state;
    each_sample(check_grad_into);
}

/* ---- float32 against float64 ---- */

static void check_float32(const gd_op *op, const gd_sample *sample)
{
    operands f32 = operands_create(op, sample, GD_F32, 7),
             f64 = operands_create(op, sample, GD_F64, 7);
    gd_tape *tape = gd_tape_create();
    gd_tensor *a = gd_apply(tape, op, f32.x, f32.n, sample->attributes);
    gd_tensor *b = gd_apply(tape, op, f64.x, f64.n, sample->attributes);
    bool narrow = b->dtype == GD_F64 && !op->dtype_given;
    if (!close_to(a, b, 2e-6) || a->dtype != (narrow ? GD_F32 : b->dtype))
        fail_msg("%s: float32 differs from float64", call_text(op, sample));
    gd_tape_destroy(tape);
    if (op->grad != NULL) {
        backward(op, sample, &f32, 1);
        backward(op, sample, &f64, 1);
        check_same_gradients(op, sample, &f32, &f64, 1, 5e-6);
    }
    operands_destroy(&f32);
    operands_destroy(&f64);
}

static void test_float32(void **state)
{
    (void)state;
    each_sample(check_float32);
}

/* ---- views against contiguous copies ---- */

/* x's values every second element of a larger tensor, with its dimensions in memory reversed. What
 * lies between must not be read: NaN, an index that is refused, true. */
static gd_tensor scattered(const gd_tensor *x, gd_tensor **memory)
{
    int64_t shape[GD_MAX_DIMS], order[GD_MAX_DIMS];
    for (int i = 0; i < x->ndim; ++i) {
        shape[i] = 2 * x->shape[x->ndim - 1 - i];
        order[i] = x->ndim - 1 - i;
    }
    double between = gd_dtype_is_float(x->dtype) ? (double)NAN : x->dtype == GD_I64 ? -1 : 1;
    *memory = gd_tensor_create_full(x->dtype, between, x->ndim, shape);
    gd_tensor view = gd_tensor_permute(*memory, x->ndim, order);
    for (int i = 0; i < x->ndim; ++i)
        view = gd_tensor_slice(&view, i, 0, view.shape[i], 2);
    assert_int_equal(gd_tensor_copy(&view, x), GD_OK);
    return view;
}

static void check_views(const gd_op *op, const gd_sample *sample)
{
    operands dense = operands_create(op, sample, GD_F64, 7), strided = dense;
    gd_tensor views[MOST_OPERANDS], *memory[MOST_OPERANDS] = {NULL};
    for (int i = 0; i < dense.n; ++i) {
        if (dense.x[i] == NULL)
            continue;
        views[i] = scattered(dense.x[i], &memory[i]);
        views[i].requires_grad = dense.x[i]->requires_grad;
        strided.x[i] = &views[i];
    }
    gd_tape *tape = gd_tape_create();
    gd_tensor *a = gd_apply(tape, op, strided.x, strided.n, sample->attributes);
    gd_tensor *b = gd_apply(tape, op, dense.x, dense.n, sample->attributes);
    /* A view that cannot be reshaped is copied by gd_reshape, not by its op. */
    bool needs_copy = a == NULL && op->may_need_copy;
    if (!needs_copy && !close_to(a, b, 1e-14))
        fail_msg("%s: a view gives another value (%s)", call_text(op, sample),
                 gd_tape_message(tape));
    gd_tape_destroy(tape);
    if (!needs_copy && op->grad != NULL) {
        backward(op, sample, &strided, 1);
        backward(op, sample, &dense, 1);
        check_same_gradients(op, sample, &strided, &dense, 1, 1e-14);
    }
    for (int i = 0; i < dense.n; ++i) {
        if (memory[i] == NULL)
            continue;
        gd_tensor_destroy(views[i].grad_memory);
        gd_tensor_destroy(memory[i]);
    }
    operands_destroy(&dense);
}

static void test_views(void **state)
{
    (void)state;
    each_sample(check_views);
}

/* ---- changes in place ---- */

/* The gradient of operand i alone, when operand `changed` (n: the result) has been changed after
 * the call. NULL: refused. */
static gd_tensor *gradient_after_change(gd_tape *tape, const gd_op *op, const gd_sample *sample,
                                        operands *o, int i, int changed)
{
    for (int k = 0; k < o->n; ++k)
        if (o->x[k] != NULL)
            o->x[k]->requires_grad = k == i;
    gd_tensor *y = gd_apply(tape, op, o->x, o->n, sample->attributes), *g;
    gd_rng rng = {.key = 3};
    gd_tensor *weights = gd_zeros(tape, y->dtype, y->ndim, y->shape);
    gd_tensor_uniform(weights, &rng, 0.5, 1.5);
    gd_tensor *which = changed == o->n ? y : changed >= 0 ? o->x[changed] : NULL;
    if (which != NULL)
        gd_tensor_fill(which, gd_dtype_is_float(which->dtype) ? 0.5 : which->dtype == GD_BOOL);
    gd_grad_options options = {.gradient = weights};
    return gd_grad(tape, y, &o->x[i], 1, &g, &options) == GD_OK ? g : NULL;
}

/* A change after the call is either refused or does not matter: what a gradient reads is
 * declared. */
static void check_reads(const gd_op *op, const gd_sample *sample)
{
    operands fresh = operands_create(op, sample, GD_F64, 7);
    for (int i = 0; op->grad != NULL && i < fresh.n; ++i)
        for (int changed = 0; changed <= fresh.n; ++changed) {
            if (fresh.x[i] == NULL || !fresh.x[i]->requires_grad)
                continue;
            operands a = operands_create(op, sample, GD_F64, 7),
                     b = operands_create(op, sample, GD_F64, 7);
            gd_tape *first = gd_tape_create(), *second = gd_tape_create();
            gd_tensor *expected = gradient_after_change(first, op, sample, &a, i, -1);
            gd_tensor *g = gradient_after_change(second, op, sample, &b, i, changed);
            bool refused = g == NULL && gd_tape_status(second) == GD_ERROR_STATE;
            if (!refused && !close_to(g, expected, 1e-15))
                fail_msg("%s: the gradient of operand %d reads %d, which is not declared",
                         call_text(op, sample), i, changed);
            gd_tape_destroy(first);
            gd_tape_destroy(second);
            operands_destroy(&a);
            operands_destroy(&b);
        }
    operands_destroy(&fresh);
}

static void test_reads(void **state)
{
    (void)state;
    each_sample(check_reads);
}

/* ---- refusals ---- */

static void check_refused(const gd_op *op, const gd_sample *sample, operands *o, gd_status status)
{
    gd_tape *tape = gd_tape_create();
    gd_tensor *y = gd_apply(tape, op, o->x, o->n, sample->attributes);
    if (y != NULL || gd_tape_status(tape) == GD_OK ||
        (status != GD_OK && gd_tape_status(tape) != status))
        fail_msg("%s: not refused as it should be", call_text(op, sample));
    char prefix[128];
    snprintf(prefix, sizeof prefix, ": %s: ", op->name);
    if (strstr(gd_tape_message(tape), prefix) == NULL ||
        strstr(gd_tape_message(tape), "generated.c:") == NULL)
        fail_msg("%s: the message \"%s\" lacks the op or the place", call_text(op, sample),
                 gd_tape_message(tape));
    if (gd_neg(tape, o->x[0]) != NULL || gd_backward(tape, y) == GD_OK)
        fail_msg("%s: the tape goes on after its error", call_text(op, sample));
    gd_tape_destroy(tape);
}

static void check_refusals(const gd_op *op)
{
    for (calls c = {.row = op->refused}; next_call(&c);) {
        operands o = operands_create(op, &c.call, GD_F64, 7);
        check_refused(op, &c.call, &o, GD_OK);
        operands_destroy(&o);
    }
    /* NULL and dead operands are refused by all; the shapes are those of a good call. */
    const gd_sample *good = op->samples;
    for (int i = 0; i < op->least_operands; ++i) {
        operands o = operands_create(op, good, GD_F64, 7);
        gd_tensor_destroy(o.x[i]);
        o.x[i] = NULL;
        check_refused(op, good, &o, GD_ERROR_ARGUMENT);
        operands_destroy(&o);
    }
    operands o = operands_create(op, good, GD_F64, 7);
    int wrong[] = {op->least_operands - 1, op->most_operands + (op->most_operands < INT_MAX)};
    for (int k = 0; k < 2; ++k) {
        gd_tape *tape = gd_tape_create();
        bool taken = wrong[k] <= MOST_OPERANDS &&
                     gd_apply(tape, op, o.x, wrong[k], good->attributes) != NULL;
        if (taken || (wrong[k] <= MOST_OPERANDS && gd_tape_status(tape) != GD_ERROR_ARGUMENT))
            fail_msg("%s: %d operands are accepted", op->name, wrong[k]);
        gd_tape_destroy(tape);
    }
    operands_destroy(&o);
}

static void test_refusals(void **state)
{
    (void)state;
    each_op(check_refusals);
}

/* A good call with operand i, of dtype `old`, drawn in another dtype instead must be refused. */
static void check_other_dtype(const gd_op *op, int i, gd_dtype old, gd_dtype other)
{
    operands good = operands_create(op, op->samples, GD_F64, 7), mixed = good;
    if (good.x[i] != NULL && good.x[i]->dtype == old) {
        gd_tensor *x = gd_tensor_create(other, good.x[i]->ndim, good.x[i]->shape);
        mixed.x[i] = x;
        check_refused(op, op->samples, &mixed, GD_ERROR_DTYPE);
        gd_tensor_destroy(x);
    }
    operands_destroy(&good);
}

/* Ops say whether they take any dtype; the others take one float dtype, none converted. */
static void check_dtypes(const gd_op *op)
{
    const gd_sample *good = op->samples;
    operands ints = operands_create(op, good, GD_I64, 7);
    operands floats = operands_create(op, good, GD_F64, 7);
    bool has_float = false;
    for (int i = 0; i < floats.n; ++i) {
        if (floats.x[i] == NULL)
            continue;
        bool is_float = gd_dtype_is_float(floats.x[i]->dtype);
        if (is_float && has_float)
            check_other_dtype(op, i, GD_F64, GD_F32);
        has_float |= is_float;
        check_other_dtype(op, i, GD_I64, GD_F64);
        check_other_dtype(op, i, GD_BOOL, GD_U8);
    }
    gd_tape *tape = gd_tape_create();
    gd_tensor *y = gd_apply(tape, op, ints.x, ints.n, good->attributes);
    if (has_float && op->any_dtype != (y != NULL))
        fail_msg("%s: int64 is %s", op->name, y != NULL ? "accepted" : gd_tape_message(tape));
    assert_true(y != NULL ? !y->requires_grad : gd_tape_status(tape) == GD_ERROR_DTYPE);
    gd_tape_destroy(tape);
    operands_destroy(&ints);
    operands_destroy(&floats);
}

static void test_dtypes(void **state)
{
    (void)state;
    each_op(check_dtypes);
}

int generated_tests(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_gradcheck),    cmocka_unit_test(test_mutants),
        cmocka_unit_test(test_accumulation), cmocka_unit_test(test_grad_into),
        cmocka_unit_test(test_float32),      cmocka_unit_test(test_views),
        cmocka_unit_test(test_refusals),     cmocka_unit_test(test_dtypes),
        cmocka_unit_test(test_reads),
    };
    return cmocka_run_group_tests_name("every op", tests, NULL, NULL);
}
