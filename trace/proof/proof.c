/* One proof: what the three numbers of an element say of each other. */
#include "trace/proof/proof.h"
#include "trace/proof/numbers.h"

#include <math.h>

enum { MOST_CALLS = 4096 }; /* for the elements of a result: beyond that, one direction */

/* Fills in how far what was recorded is from the number in float64. */
static void judge_rounding(const gd__proofs *p, double terms, gd_proof *proof)
{
    double off = fabs(proof->recorded - proof->rule);
    bool same = proof->recorded == proof->rule || (isnan(proof->recorded) && isnan(proof->rule));
    terms = fmax(terms, fabs(proof->rule));
    proof->allowed_rounding = p->rounding.allowed;
    proof->rounding = same ? 0 : off / terms;
    bool is_lost = !same && !(proof->rounding <= proof->allowed_rounding);
    if (is_lost && proof->verdict == GD_RIGHT) {
        proof->verdict = GD_ROUNDED;
        proof->message = p->rounding.unit == 0x1p-24 ? "float32 lost this" : "float64 lost this";
    }
}

/* At a kink: whether a number is between both slopes. */
static bool is_between(const gd__derivative *d, double number, double allowed)
{
    return d->is_kink && number >= fmin(d->left, d->right) - allowed &&
           number <= fmax(d->left, d->right) + allowed;
}

static void judge(gd__gradient *g, const gd__derivative *d, gd_proof *proof)
{
    proof->error = fabs(proof->rule - proof->difference);
    proof->allowed = 1e-6 * (1 + fabs(proof->difference));
    proof->at_kink = d->is_kink;
    bool right = proof->error <= proof->allowed;
    bool between = is_between(d, proof->rule, proof->allowed);
    if (isnan(proof->difference)) {
        proof->verdict = GD_UNCHECKED;
        proof->message = "the loss, or the loss nearby, is not a finite number";
    } else if (right || between) {
        proof->verdict = GD_RIGHT;
        proof->message = right ? NULL : "a kink: any number between both slopes is right";
    } else if (d->is_kink && proof->element < 0) {
        proof->verdict = GD_UNCHECKED;
        proof->message = "kinks of several elements lie here";
    } else if (gd__function_noise(&g->f) / d->step > proof->allowed) {
        proof->verdict = GD_UNCHECKED;
        proof->message = "float64 rounds the loss too much to take differences of it";
    } else if (gd__function_meets_kink(&g->f)) {
        proof->verdict = GD_UNCHECKED;
        proof->message = "ops on the way are at kinks, where the chain rule need not hold";
    } else {
        proof->verdict = GD_WRONG;
        proof->message = "the rule is wrong";
    }
}

/* Adds the proof of one element, or of a direction. False: no memory. */
static bool prove_one(gd__proofs *p, gd__gradient *g, int64_t i, const gd_tensor *direction)
{
    gd_proof *proof = gd__array_add(&p->list);
    if (proof == NULL)
        return false;
    *proof = (gd_proof){.event = g->event, .tensor = g->tensor, .element = i};
    double start = 0;
    if (g->start != NULL)
        start = direction != NULL ? gd__sum_of_products(g->start, direction)
                                  : gd_tensor_at(g->start, i);
    proof->recorded = direction != NULL ? gd__sum_of_products(g->recorded, direction)
                                        : gd_tensor_at(g->recorded, i);
    proof->rule =
        direction != NULL ? gd__sum_of_products(g->rule, direction) : gd_tensor_at(g->rule, i);
    proof->difference = (double)NAN;
    proof->message = g->why;
    gd__derivative d = {.is_kink = false};
    if (g->why == NULL) {
        d = gd__derivative_of(&g->f, i, direction);
        if (g->f.has_failed)
            return false;
        d.left += start;
        d.right += start;
        proof->difference = d.value + start;
        judge(g, &d, proof);
    }
    double n = direction != NULL ? sqrt((double)gd_tensor_numel(direction)) : 1;
    gd_proof before = *proof;
    judge_rounding(p, n * p->rounding.gradient_terms[g->tensor], proof);
    if (is_between(&d, proof->recorded, proof->allowed)) { /* rounding chose one of the slopes */
        proof->verdict = before.verdict;
        proof->message = before.message;
    }
    return true;
}

/* Each |element| in [0.5, 1.5], so that no element's error is lost. NULL: no memory. */
static gd_tensor *random_direction(const gd_tensor *like)
{
    gd_rng rng = {.key = 20};
    gd_tensor *v = gd_tensor_create(GD_F64, like->ndim, like->shape);
    if (v == NULL || gd_tensor_uniform(v, &rng, -1, 1) != GD_OK)
        return v;
    double *values = v->data;
    for (int64_t i = 0; i < gd_tensor_numel(v); ++i)
        values[i] += values[i] < 0 ? -0.5 : 0.5;
    return v;
}

/* Whether elements are too many to be proven one by one: of results also where each element would
 * run many calls again, as on the tape of a long sequence. */
static bool is_large(const gd__proofs *p, const gd__gradient *g, int64_t n)
{
    bool is_leaf = p->rounding.recording->tensors[g->tensor].node < 0;
    return n > p->elements || (!is_leaf && n > 1 && n * g->f.n_calls > MOST_CALLS);
}

bool gd__prove_gradient(gd__proofs *p, gd__gradient *g)
{
    int64_t n = gd_tensor_numel(g->rule);
    if (is_large(p, g, n)) {
        gd_tensor *direction = random_direction(g->rule);
        bool ok = direction != NULL && prove_one(p, g, -1, direction);
        gd_tensor_destroy(direction);
        return ok;
    }
    for (int64_t i = 0; i < n; ++i)
        if (!prove_one(p, g, i, NULL))
            return false;
    return true;
}

bool gd__prove_value(gd__proofs *p, int64_t event)
{
    const gd_recorded_event *e = &p->rounding.recording->events[event];
    const gd_tensor *exact = p->rounding.exact->values[event],
                    *recorded = gd__rounding_recorded(&p->rounding, event, false);
    if (!gd_dtype_is_float(exact->dtype) || recorded == NULL || gd_tensor_numel(exact) == 0)
        return true;
    gd_proof proof = {.event = event, .tensor = e->tensor, .difference = (double)NAN};
    double most = -1;
    for (int64_t i = 0; i < gd_tensor_numel(exact); ++i) {
        gd_proof one = proof;
        one.element = i;
        one.recorded = gd_tensor_at(recorded, i);
        one.rule = gd_tensor_at(exact, i);
        one.verdict = GD_RIGHT;
        judge_rounding(p, p->rounding.terms[e->tensor], &one);
        double off = isnan(one.rounding) ? (double)INFINITY : one.rounding;
        if (one.verdict == GD_RIGHT && !isfinite(one.rule)) { /* told before what is right */
            one.verdict = GD_UNCHECKED;
            one.message = "not finite in float64 either: rounding is not the reason";
            off = one.allowed_rounding;
        }
        if (off > most) {
            most = off;
            proof = one;
        }
    }
    gd_proof *new = gd__array_add(&p->list);
    if (new != NULL)
        *new = proof;
    return new != NULL;
}
