/* gd_gradcheck: gradients against central differences.
 *
 * With a random cotangent c, L(x) = sum of c * f(x) is one number, and its gradient is what
 * gd_grad gives for c. A plain sum would hide errors: softmax's is constant, its true gradient 0.
 *
 * Second order: the gradient g(x, c) of L is itself a function; with random weights w, G(x, c) =
 * sum of w * g is one number, its analytic gradient comes from differentiating the recorded
 * gradient, and central differences of the (already checked) first-order gradient tell whether it
 * is right. */
#include "autograd/internal.h"
#include "tensor/kernels.h"

#include <inttypes.h>
#include <math.h>

typedef struct check {
    gd_function function;
    gd_tensor *const *inputs; /* [n] */
    int n;
    void *context;
    bool second_order;
    double step, tolerance;
    gd_tape *tape;
    gd_tensor **wanted; /* [wanted_count]: inputs that require a gradient; the cotangent last */
    int wanted_count;   /* without the cotangent */
    gd_tensor **analytic, **weights, **results; /* [wanted_count + 1] each */
    bool nonzero;                               /* some derivative was not 0 */
} check;

/* Elements of random sign with magnitude in [0.5, 1.5]: none too small to show an error. */
static gd_tensor *random_weights(const gd_tensor *like, gd_rng *rng)
{
    gd_tensor *w = gd_tensor_create(GD_F64, like->ndim, like->shape);
    if (w == NULL)
        return NULL;
    gd_tensor_uniform(w, rng, -1.0, 1.0);
    double *values = w->data;
    for (int64_t i = 0; i < gd_tensor_numel(w); ++i)
        values[i] += values[i] < 0 ? -0.5 : 0.5;
    return w;
}

/* Sum of a * b over contiguous float64 tensors of one shape. */
static double dot(const gd_tensor *a, const gd_tensor *b)
{
    const double *x = a->data, *y = b->data;
    gd__exact_sum sum = {0, 0};
    for (int64_t i = 0; i < gd_tensor_numel(a); ++i)
        gd__exact_sum_add(&sum, x[i] * y[i]);
    return gd__exact_sum_value(sum);
}

/* f(inputs) on a fresh tape; NULL and gd_message() where it fails or is not float64. */
static gd_tensor *call(check *c, bool recording)
{
    gd_tape_reset(c->tape);
    gd_tape_set_recording(c->tape, recording);
    gd_tensor *out = c->function(c->tape, c->inputs, c->n, c->context);
    if (out == NULL || out->dtype != GD_F64)
        return gd__fail_null("gradcheck: the function failed: %s",
                             out == NULL ? gd_tape_message(c->tape) : "its result is not float64");
    return out;
}

static bool tape_failed(const check *c)
{
    if (gd_tape_status(c->tape) == GD_OK)
        return false;
    gd_fail(gd_tape_status(c->tape), "gradcheck: %s", gd_tape_message(c->tape));
    return true;
}

/* The gradients of L for the wanted inputs, into c->results. */
static bool gradients(check *c, bool create_graph)
{
    gd_tensor *out = call(c, true);
    if (out == NULL)
        return false;
    gd_grad_options options = {c->wanted[c->wanted_count], create_graph, true};
    gd_grad(c->tape, out, c->wanted, c->wanted_count, c->results, &options);
    return !tape_failed(c);
}

/* L, or G of the second order. NaN where the function fails. */
static double value_of(check *c)
{
    double sum = 0;
    if (!c->second_order) {
        gd_tensor *out = call(c, false);
        gd_tensor *dense = out != NULL ? gd_clone(c->tape, out) : NULL;
        return dense != NULL ? dot(dense, c->wanted[c->wanted_count]) : (double)NAN;
    }
    if (!gradients(c, false))
        return (double)NAN;
    for (int i = 0; i < c->wanted_count; ++i)
        sum += dot(c->results[i], c->weights[i]);
    return sum;
}

/* The analytic gradient of L for the wanted inputs, or of G for those and the cotangent. */
static bool analytic_gradients(check *c)
{
    int count = c->wanted_count + c->second_order;
    if (!gradients(c, c->second_order))
        return false;
    if (c->second_order) {
        gd_tensor *sum = NULL;
        for (int i = 0; i < c->wanted_count; ++i) {
            gd_tensor *term =
                gd_sum(c->tape, gd_mul(c->tape, c->results[i], c->weights[i]), GD_ALL_DIMS, false);
            sum = sum == NULL ? term : gd_add(c->tape, sum, term);
        }
        gd_grad(c->tape, sum, c->wanted, count, c->results,
                &(gd_grad_options){.allow_unused = true});
        if (tape_failed(c))
            return false;
    }
    for (int i = 0; i < count; ++i)
        gd__copy(NULL, c->analytic[i], c->results[i]);
    return true;
}

static gd_status compare(check *c, int input, int64_t element)
{
    double *x = (double *)c->wanted[input]->data + element, before = *x;
    *x = before + c->step;
    double above = value_of(c);
    *x = before - c->step;
    double below = value_of(c);
    *x = before;
    double numeric = (above - below) / (2 * c->step);
    double analytic = ((const double *)c->analytic[input]->data)[element];
    c->nonzero |= numeric != 0 || analytic != 0;
    if (fabs(analytic - numeric) <= c->tolerance * (1 + fabs(numeric))) /* false for NaN */
        return GD_OK;
    const char *what = input < c->wanted_count ? "input" : "cotangent";
    return gd_fail(GD_ERROR_VALUE,
                   "gradcheck: %s order, %s %d, element %" PRId64 " (%g): the gradient says %.12g, "
                   "differences say %.12g",
                   c->second_order ? "second" : "first", what, input, element, before, analytic,
                   numeric);
}

static gd_status compare_all(check *c)
{
    if (!analytic_gradients(c))
        return gd_tape_status(c->tape) != GD_OK ? gd_tape_status(c->tape) : GD_ERROR_ARGUMENT;
    for (int i = 0; i < c->wanted_count + c->second_order; ++i)
        for (int64_t k = 0; k < gd_tensor_numel(c->wanted[i]); ++k) {
            gd_status status = compare(c, i, k);
            if (status != GD_OK)
                return status;
        }
    if (!c->nonzero)
        return gd_fail(GD_ERROR_ARGUMENT, "gradcheck: nothing to check: every derivative is 0");
    return GD_OK;
}

/* The cotangent, in the shape of the function's result, and the weights of the second order. */
static gd_status prepare(check *c, uint64_t seed)
{
    gd_rng rng = {.key = seed};
    gd_tensor *out = call(c, true);
    if (out == NULL)
        return gd_tape_status(c->tape) != GD_OK ? gd_tape_status(c->tape) : GD_ERROR_DTYPE;
    gd_tensor *cotangent = random_weights(out, &rng);
    c->wanted[c->wanted_count] = cotangent;
    if (cotangent == NULL)
        return GD_ERROR_MEMORY;
    cotangent->requires_grad = true;
    for (int i = 0; i <= c->wanted_count; ++i) {
        c->weights[i] = random_weights(c->wanted[i], &rng);
        c->analytic[i] = gd_tensor_create(GD_F64, c->wanted[i]->ndim, c->wanted[i]->shape);
        if (c->weights[i] == NULL || c->analytic[i] == NULL)
            return GD_ERROR_MEMORY;
    }
    return GD_OK;
}

/* Which inputs are to be checked; their number in c->wanted_count. */
static gd_status find_wanted(check *c)
{
    int64_t elements = 0;
    for (int i = 0; i < c->n; ++i) {
        gd_tensor *x = c->inputs[i];
        if (x == NULL || !x->requires_grad)
            continue;
        if (x->dtype != GD_F64)
            return gd_fail(GD_ERROR_DTYPE, "gradcheck: input %d is %s; float64 is needed", i,
                           gd_dtype_name(x->dtype));
        if (!gd_tensor_is_contiguous(x))
            return gd_fail(GD_ERROR_ARGUMENT, "gradcheck: input %d is not contiguous", i);
        c->wanted[c->wanted_count++] = x;
        elements += gd_tensor_numel(x);
    }
    if (elements == 0)
        return gd_fail(GD_ERROR_ARGUMENT,
                       "gradcheck: nothing to check: no element of an input requires a gradient");
    return GD_OK;
}

gd_status gd_gradcheck(gd_function function, gd_tensor *const *inputs, int n, void *context,
                       const gd_gradcheck_options *options)
{
    gd_gradcheck_options o = {.step = 0};
    if (options != NULL)
        o = *options;
    if (function == NULL || n < 0 || (n > 0 && inputs == NULL))
        return gd_fail(GD_ERROR_ARGUMENT, "gradcheck: the function or its inputs are missing");
    size_t count = (size_t)n + 1, size = 4 * count * sizeof(gd_tensor *);
    gd_tensor **tables = gd_allocate(size);
    gd_tape *tape = gd_tape_create();
    gd_status status = GD_ERROR_MEMORY;
    if (tables == NULL || tape == NULL) {
        gd_fail(status, "gradcheck: no memory");
        goto done;
    }
    for (size_t i = 0; i < 4 * count; ++i)
        tables[i] = NULL;
    check c = {.function = function,
               .inputs = inputs,
               .n = n,
               .context = context,
               .step = o.step > 0 ? o.step : 1e-5,
               .tolerance = o.tolerance > 0 ? o.tolerance : 1e-6,
               .tape = tape,
               .wanted = tables,
               .analytic = tables + count,
               .weights = tables + 2 * count,
               .results = tables + 3 * count};
    status = find_wanted(&c);
    if (status == GD_OK)
        status = prepare(&c, o.seed);
    if (status == GD_OK)
        status = compare_all(&c);
    if (status == GD_OK && o.second_order) {
        c.second_order = true;
        status = compare_all(&c);
    }
    gd_tensor_destroy(c.wanted[c.wanted_count]); /* the cotangent */
    for (size_t i = 0; i < count; ++i) {
        gd_tensor_destroy(c.analytic[i]);
        gd_tensor_destroy(c.weights[i]);
    }
done:
    gd_tape_destroy(tape);
    gd_free(tables, size);
    return status;
}
