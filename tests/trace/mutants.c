/* Rules that are wrong: each turns its proof red. */
#include "../operands.h"
#include "../cmocka_all.h"
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

static void test_mutants(void **state)
{
    (void)state;
    each_op(check_op);
}

int mutants_tests(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_mutants),
    };
    return cmocka_run_group_tests_name("wrong rules", tests, NULL, NULL);
}
