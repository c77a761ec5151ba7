/* Rules that are wrong: each turns its proof red. */
#include "../cmocka_all.h"
#include "../operands.h"
#include "tests.h"
#include "traced.h"

#include <math.h>

static const char *const names[] = {"negated", "doubled", "zeroed", "transposed"};
enum { NEGATED, DOUBLED, ZEROED, TRANSPOSED, MUTATIONS };

static const gd_op *original;
static gd_sample sample;
static int mutation, mutated; /* which operand's gradient */

static gd_tensor *mutate(gd_tape *tape, gd_tensor *g)
{
    if (g == NULL)
        return NULL;
    switch (mutation) {
    case NEGATED:
        return gd_neg(tape, g);
    case DOUBLED:
        return gd_add(tape, g, g);
    case ZEROED:
        return gd_zeros(tape, g->dtype, g->ndim, g->shape);
    }
    /* The elements of a square are swapped, those of another shape are read in another order. */
    gd_tensor *t = g->ndim >= 2 ? gd_transpose(tape, g, -1, -2) : g;
    return gd_reshape(tape, gd_clone(tape, t), g->ndim, g->shape);
}

static gd_tensor *mutant_grad(gd_tape *tape, const gd_node *node, gd_tensor *dy, int i)
{
    gd_tensor *g = original->grad(tape, node, dy, i);
    return i == mutated ? mutate(tape, g) : g;
}

static void run_call(gd_tape *tape, void *context)
{
    (void)context;
    operands o = operands_create(original, &sample, GD_F32, 7);
    gd_tensor *y = gd_apply(tape, original, o.x, o.n, sample.attributes);
    gd_rng rng = {.key = 3};
    gd_tensor *weights = gd_zeros(tape, y->dtype, y->ndim, y->shape);
    gd_tensor_uniform(weights, &rng, 0.5, 1.5);
    if (gd_node_of(tape, y) != NULL)
        gd_backward_with(tape, y, &(gd_backward_options){.gradient = weights});
    gd_tape_reset(tape);
    operands_destroy(&o);
}

/* The largest difference that the mutation makes to a gradient that was recorded. */
static double change(const gd_recording *r)
{
    double most = 0;
    gd_tape *t = gd_tape_create();
    for (int64_t i = 0; i < r->n_events; ++i) {
        const gd_recorded_event *e = &r->events[i];
        if (e->kind != GD_RECORDED_ADD || e->operand != mutated)
            continue;
        gd_tensor *g = mutate(t, e->gives.x);
        for (int64_t k = 0; k < gd_tensor_numel(g); ++k)
            most = fmax(most, fabs(element(g, k) - element(e->gives.x, k)));
    }
    gd_tape_destroy(t);
    return most;
}

static void check_op(const gd_op *op)
{
    if (op->grad == NULL)
        return;
    original = op;
    gd_op mutant = *op;
    mutant.grad = mutant_grad;
    const gd_op *ops[] = {&mutant};
    gd_trace_read_options options = {.ops = ops, .n_ops = 1};
    for (mutated = 0; mutated < MOST_OPERANDS; ++mutated)
        for (mutation = NEGATED; mutation < MUTATIONS; ++mutation) {
            bool possible = false, caught = false;
            for (calls k = {.row = op->samples}; next_call(&k);) {
                sample = k.call;
                gd_recording *r = record(run_call, NULL, &options);
                bool matters = change(r) > 1e-3;
                possible |= matters;
                bool is_red = prove(r, 1, NULL).wrong > 0;
                if (matters && !is_red)
                    fail_msg("%s: a gradient of operand %d that is %s is proven",
                             call_text(op, &k.call), mutated, names[mutation]);
                caught |= is_red;
                gd_recording_destroy(r);
            }
            if (possible && !caught)
                fail_msg("%s: a gradient of operand %d that is %s is not caught", op->name, mutated,
                         names[mutation]);
        }
}

/* ---- rules that pass through the op before ---- */

static gd_tensor *mutant_through(gd_tape *tape, const gd_node *node, gd_tensor *dy)
{
    return mutate(tape, original->through->grad(tape, node, dy));
}

static void run_through(gd_tape *t, void *context)
{
    (void)context;
    gd_rng rng = {.key = 5};
    gd_tensor *x = gd_tensor_create(GD_F32, GD_DIMS(3, 3)), *loss;
    gd_tensor_uniform(x, &rng, -1, 1);
    x->requires_grad = true;
    if (original == gd_loss_op_find("nll_loss"))
        loss = gd_nll_loss(t, gd_log_softmax(t, x, 1),
                           gd_from_data(t, GD_I64, (const int64_t[]){2, 0, 0}, GD_DIMS(3)), NULL);
    else
        loss = gd_binary_cross_entropy(t, gd_sigmoid(t, x), gd_full(t, GD_F32, 0.25, GD_DIMS(3, 3)),
                                       NULL);
    gd_backward(t, loss);
    gd_tape_reset(t);
    gd_tensor_destroy(x);
}

static void test_mutants_of_pass_through(void **state)
{
    (void)state;
    static const char *const passing[] = {"nll_loss", "binary_cross_entropy"};
    for (int i = 0; i < 2; ++i) {
        original = gd_loss_op_find(passing[i]);
        gd_pass_through through = *original->through;
        gd_op mutant = *original;
        mutant.through = &through;
        const gd_op *const ops[] = {&mutant};
        gd_trace_read_options options = {.ops = ops, .n_ops = 1};
        gd_recording *r = record(run_through, NULL, &options);
        assert_int_equal(prove(r, 1, passing[i]).wrong, 0);
        through.grad = mutant_through;
        for (mutation = NEGATED; mutation < MUTATIONS; ++mutation)
            if (prove(r, 1, NULL).wrong < 4)
                fail_msg("%s: a pass-through that is %s is proven", passing[i], names[mutation]);
        gd_recording_destroy(r);
    }
}

static void test_mutants(void **state)
{
    (void)state;
    each_op(check_op);
}

int mutants_tests(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_mutants),
        cmocka_unit_test(test_mutants_of_pass_through),
    };
    return cmocka_run_group_tests_name("wrong rules", tests, NULL, NULL);
}
