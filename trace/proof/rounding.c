/* The bound of rounding.
 *
 * Each op, with its rule, rounds about eight times, each time by at most u of the largest number
 * that takes part, and a sum of k terms rounds k times. After n ops that is (8 n + k) u of the
 * largest number. The way back is as long, and it multiplies gradients and values that are both
 * off: 4 (8 n + k) u.
 *
 * Which number that is: of a value, the largest element among the result and the operands; of a
 * gradient, the largest contribution. Where all digits of a tensor are lost, as of x - x, which
 * is 0 or a rounding error, what is made of it is off by as much as it would be if the tensor
 * were as large as the terms that it was made of: hence `factor`. */
#include "trace/proof/rounding.h"
#include "trace/proof/numbers.h"

#include <math.h>

static double *new_numbers(int64_t n, double value)
{
    double *numbers = gd_allocate((size_t)(n + 1) * sizeof *numbers);
    for (int64_t i = 0; numbers != NULL && i < n; ++i)
        numbers[i] = value;
    return numbers;
}

/* The unit and the bound, from the tensors of the step. */
static void measure(gd__rounding *r)
{
    int64_t ops = 0, longest = 1;
    r->unit = 0x1p-53;
    for (int64_t i = 0; i < r->recording->n_events; ++i) {
        const gd_recorded_event *e = &r->recording->events[i];
        if (e->step != r->step || (e->kind != GD_RECORDED_OP && e->kind != GD_RECORDED_LEAF))
            continue;
        const gd_recorded_tensor *x = &r->recording->tensors[e->tensor];
        ops += e->kind == GD_RECORDED_OP;
        r->unit = x->dtype == GD_F32 ? 0x1p-24 : r->unit;
        for (int k = 0; k < x->ndim; ++k)
            longest = x->shape[k] > longest ? x->shape[k] : longest;
    }
    r->allowed = 4 * (double)(8 * ops + longest) * r->unit;
}

bool gd__rounding_begin(gd__rounding *r, gd_replay *exact)
{
    int64_t n = exact->recording->n_tensors;
    *r = (gd__rounding){.recording = exact->recording, .step = exact->options.step, .exact = exact};
    r->terms = new_numbers(n, 0);
    r->factor = new_numbers(n, 1);
    r->gradient_terms = new_numbers(n, 0);
    r->gradient_factor = new_numbers(n, 1);
    measure(r);
    bool ok = r->terms != NULL && r->factor != NULL && r->gradient_terms != NULL &&
              r->gradient_factor != NULL;
    if (!ok)
        gd_fail(GD_ERROR_MEMORY, "prove: no memory");
    return ok;
}

void gd__rounding_end(gd__rounding *r)
{
    size_t size = (size_t)(r->recording->n_tensors + 1) * sizeof(double);
    gd_free(r->terms, size);
    gd_free(r->factor, size);
    gd_free(r->gradient_terms, size);
    gd_free(r->gradient_factor, size);
    gd_replay_destroy(r->own);
}

const gd_tensor *gd__rounding_recorded(gd__rounding *r, int64_t event, bool is_after)
{
    const gd_recorded_event *e = &r->recording->events[event];
    const gd_recorded_values *values = e->kind != GD_RECORDED_ADD ? &e->values
                                       : is_after                 ? &e->after
                                                                  : &e->gives;
    if (values->whole)
        return values->x;
    if (!r->has_tried) /* of all steps: gradients may be sums of several */
        r->own = gd_trace_replay(r->recording, NULL);
    r->has_tried = true;
    return is_after ? gd_replay_after(r->own, event) : gd_replay_value(r->own, event);
}

/* By how much a tensor stands for larger numbers: where hardly a digit of it is right, what it
 * was made of, over what it is. */
static double factor_of(const gd_tensor *recorded, const gd_tensor *exact, double terms)
{
    double size = gd__largest_number(exact);
    if (recorded == NULL || !(gd__numbers_apart(recorded, exact) > size / 16))
        return 1;
    size = fmax(size, gd__largest_number(recorded));
    return size > 0 && terms > size ? terms / size : 1;
}

static void take_op(gd__rounding *r, int64_t event)
{
    const gd_recorded_event *e = &r->recording->events[event];
    const gd_recorded_node *node = &r->recording->nodes[e->node];
    const gd_tensor *exact = r->exact->values[event];
    if (!gd_dtype_is_float(exact->dtype))
        return;
    double terms = gd__largest_number(exact), factor = 1;
    for (int i = 0; i < node->n_in; ++i)
        if (node->in[i] >= 0) {
            terms = fmax(terms, gd__largest_number(r->exact->now[node->in[i]]));
            factor = fmax(factor, r->factor[node->in[i]]);
        }
    const gd_tensor *recorded = gd__rounding_recorded(r, event, false);
    if (factor > 1) /* what was made of rounding errors is larger than it is in float64 */
        terms = fmax(terms, gd__largest_number(recorded));
    r->terms[e->tensor] = factor * terms;
    r->factor[e->tensor] = factor_of(recorded, exact, r->terms[e->tensor]);
}

static void take_backward(gd__rounding *r, int64_t event)
{
    const gd_recorded_event *e = &r->recording->events[event];
    for (int64_t i = 0; i < r->recording->n_tensors; ++i)
        if (r->recording->tensors[i].node >= 0 || e->is_grad) {
            r->gradient_terms[i] = 0;
            r->gradient_factor[i] = 1;
        }
    r->gradient_terms[e->tensor] = gd__largest_number(r->exact->values[event]);
}

/* The gradient of the result of a node is complete. */
static void take_node(gd__rounding *r, int64_t event)
{
    const gd_recorded_event *e = &r->recording->events[event];
    const gd_tensor *exact = r->exact->values[event];
    r->dy = gd__largest_number(exact);
    r->gradient_factor[e->tensor] =
        factor_of(gd__rounding_recorded(r, event, false), exact, r->gradient_terms[e->tensor]);
}

/* A rule, too, may cancel: where hardly a digit of what it gives is right, and all of it is as
 * small beside dy as rounding is, it is rounding of numbers of the size of dy. */
static void take_add(gd__rounding *r, int64_t event)
{
    const gd_recorded_event *e = &r->recording->events[event];
    const gd_recorded_node *node = &r->recording->nodes[e->node];
    const gd_tensor *exact = r->exact->values[event],
                    *recorded = gd__rounding_recorded(r, event, false);
    double size = gd__largest_number(exact), given = fmax(size, gd__largest_number(recorded));
    double factor = fmax(r->gradient_factor[node->out], r->factor[node->out]);
    for (int i = 0; i < node->n_in; ++i)
        if (node->in[i] >= 0)
            factor = fmax(factor, r->factor[node->in[i]]);
    if (recorded != NULL && given <= r->allowed * r->dy &&
        gd__numbers_apart(recorded, exact) > size / 16)
        given = r->dy;
    if (e->before.x == NULL)
        r->gradient_terms[e->tensor] = 0;
    r->gradient_terms[e->tensor] = fmax(r->gradient_terms[e->tensor], factor * given);
}

void gd__rounding_event(gd__rounding *r, int64_t event)
{
    switch (r->recording->events[event].kind) {
    case GD_RECORDED_OP:
        take_op(r, event);
        break;
    case GD_RECORDED_BACKWARD:
        take_backward(r, event);
        break;
    case GD_RECORDED_NODE:
        take_node(r, event);
        break;
    case GD_RECORDED_ADD:
        take_add(r, event);
        break;
    default:
        break;
    }
}
