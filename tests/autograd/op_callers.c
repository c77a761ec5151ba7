/* How each op is called for a case of tests/fixtures/ops.txt. */
#include "fixtures.h"

#include "autograd/ops/op_list.h"

static int integer(const fixture *f, int k)
{
    return (int)f->arguments[k];
}

/* The arguments from number k on, as sizes or dimensions. */
static int list(const fixture *f, int k, int64_t *values)
{
    for (int i = k; i < f->n_arguments; ++i)
        values[i - k] = (int64_t)f->arguments[i];
    return f->n_arguments - k;
}

#define UNARY(name)                                                                                \
    static gd_tensor *call_##name(gd_tape *t, const fixture *f, gd_tensor *const *x)               \
    {                                                                                              \
        (void)f;                                                                                   \
        return gd_##name(t, x[0]);                                                                 \
    }
#define BINARY(name)                                                                               \
    static gd_tensor *call_##name(gd_tape *t, const fixture *f, gd_tensor *const *x)               \
    {                                                                                              \
        (void)f;                                                                                   \
        return gd_##name(t, x[0], x[1]);                                                           \
    }
#define ALONG(name)                                                                                \
    static gd_tensor *call_##name(gd_tape *t, const fixture *f, gd_tensor *const *x)               \
    {                                                                                              \
        return gd_##name(t, x[0], integer(f, 0));                                                  \
    }
/* With sizes or dimensions. */
#define LISTED(name)                                                                               \
    static gd_tensor *call_##name(gd_tape *t, const fixture *f, gd_tensor *const *x)               \
    {                                                                                              \
        int64_t values[MOST_ARGUMENTS];                                                            \
        int n = list(f, 0, values);                                                                \
        return gd_##name(t, x[0], n, values);                                                      \
    }
#define REDUCTION(name)                                                                            \
    static gd_tensor *call_##name(gd_tape *t, const fixture *f, gd_tensor *const *x)               \
    {                                                                                              \
        int64_t dims[MOST_ARGUMENTS];                                                              \
        int n = list(f, 1, dims);                                                                  \
        return gd_##name(t, x[0], n, dims, integer(f, 0) != 0);                                    \
    }

UNARY(neg)
UNARY(abs)
UNARY(sign)
UNARY(sqrt)
UNARY(rsqrt)
UNARY(exp)
UNARY(expm1)
UNARY(log)
UNARY(log1p)
UNARY(relu)
UNARY(sigmoid)
UNARY(tanh)
UNARY(silu)
UNARY(softplus)
UNARY(gelu)
UNARY(gelu_tanh)
UNARY(clone)
UNARY(detach)
UNARY(isnan)
UNARY(logical_not)
BINARY(add)
BINARY(sub)
BINARY(mul)
BINARY(div)
BINARY(pow)
BINARY(maximum)
BINARY(minimum)
BINARY(eq)
BINARY(ne)
BINARY(lt)
BINARY(le)
BINARY(gt)
BINARY(ge)
BINARY(logical_and)
BINARY(logical_or)
BINARY(matmul)
BINARY(embedding)
BINARY(masked_select)
ALONG(softmax)
ALONG(log_softmax)
ALONG(squeeze)
ALONG(unsqueeze)
LISTED(reshape)
LISTED(permute)
LISTED(expand)
REDUCTION(sum)
REDUCTION(mean)
REDUCTION(max)
REDUCTION(min)
REDUCTION(logsumexp)

static gd_tensor *call_var(gd_tape *t, const fixture *f, gd_tensor *const *x)
{
    int64_t dims[MOST_ARGUMENTS];
    int n = list(f, 2, dims);
    return gd_var(t, x[0], n, dims, integer(f, 0) != 0, (int64_t)f->arguments[1]);
}

static gd_tensor *call_leaky_relu(gd_tape *t, const fixture *f, gd_tensor *const *x)
{
    return gd_leaky_relu(t, x[0], f->arguments[0]);
}

static gd_tensor *call_clamp(gd_tape *t, const fixture *f, gd_tensor *const *x)
{
    return gd_clamp(t, x[0], f->arguments[0], f->arguments[1]);
}

static gd_tensor *call_where(gd_tape *t, const fixture *f, gd_tensor *const *x)
{
    (void)f;
    return gd_where(t, x[0], x[1], x[2]);
}

static gd_tensor *call_masked_fill(gd_tape *t, const fixture *f, gd_tensor *const *x)
{
    return gd_masked_fill(t, x[0], x[1], f->arguments[0]);
}

static gd_tensor *call_masked_scatter(gd_tape *t, const fixture *f, gd_tensor *const *x)
{
    (void)f;
    return gd_masked_scatter(t, x[0], x[1], x[2]);
}

static gd_tensor *call_linear(gd_tape *t, const fixture *f, gd_tensor *const *x)
{
    return gd_linear(t, x[0], x[1], f->n > 2 ? x[2] : NULL);
}

static gd_tensor *call_transpose(gd_tape *t, const fixture *f, gd_tensor *const *x)
{
    return gd_transpose(t, x[0], integer(f, 0), integer(f, 1));
}

static gd_tensor *call_slice(gd_tape *t, const fixture *f, gd_tensor *const *x)
{
    return gd_slice(t, x[0], integer(f, 0), (int64_t)f->arguments[1], (int64_t)f->arguments[2],
                    (int64_t)f->arguments[3]);
}

static gd_tensor *call_concat(gd_tape *t, const fixture *f, gd_tensor *const *x)
{
    return gd_concat(t, x, f->n, integer(f, 0));
}

static gd_tensor *call_stack(gd_tape *t, const fixture *f, gd_tensor *const *x)
{
    return gd_stack(t, x, f->n, integer(f, 0));
}

static gd_tensor *call_cast(gd_tape *t, const fixture *f, gd_tensor *const *x)
{
    return gd_cast(t, x[0], (gd_dtype)integer(f, 0));
}

static gd_tensor *call_gather(gd_tape *t, const fixture *f, gd_tensor *const *x)
{
    return gd_gather(t, x[0], integer(f, 0), x[1]);
}

static gd_tensor *call_scatter_add(gd_tape *t, const fixture *f, gd_tensor *const *x)
{
    return gd_scatter_add(t, x[0], integer(f, 0), x[1], x[2]);
}

static gd_tensor *call_index_select(gd_tape *t, const fixture *f, gd_tensor *const *x)
{
    return gd_index_select(t, x[0], integer(f, 0), x[1]);
}

static gd_tensor *call_index_add(gd_tape *t, const fixture *f, gd_tensor *const *x)
{
    return gd_index_add(t, x[0], integer(f, 0), x[1], x[2]);
}

static gd_tensor *call_one_hot(gd_tape *t, const fixture *f, gd_tensor *const *x)
{
    return gd_one_hot(t, x[0], (int64_t)f->arguments[0], (gd_dtype)integer(f, 1));
}

static gd_tensor *call_argmax(gd_tape *t, const fixture *f, gd_tensor *const *x)
{
    return gd_argmax(t, x[0], integer(f, 0), integer(f, 1) != 0);
}

/* An op without a function: an argument is the number of the sample whose attributes it gets. */
#define NAMELESS(name)                                                                             \
    static gd_tensor *call_##name(gd_tape *t, const fixture *f, gd_tensor *const *x)               \
    {                                                                                              \
        const gd_sample *sample = &gd_op_##name.samples[f->n_arguments > 0 ? integer(f, 0) : 0];   \
        return gd_apply(t, &gd_op_##name, x, f->n, sample->attributes);                            \
    }

NAMELESS(gate)
NAMELESS(ratio)
NAMELESS(exp_times)
NAMELESS(pow_times)
NAMELESS(sigmoid_times)
NAMELESS(sigmoid_slope)
NAMELESS(normal_cdf_times)
NAMELESS(unslice)
NAMELESS(dropout) /* whose function takes a stream */

#define CALLER(name)                                                                               \
    {                                                                                              \
#name, call_##name                                                                         \
    }
const named_caller op_callers[] = {CALLER(add),
                                   CALLER(sub),
                                   CALLER(mul),
                                   CALLER(div),
                                   CALLER(neg),
                                   CALLER(abs),
                                   CALLER(sign),
                                   CALLER(pow),
                                   CALLER(sqrt),
                                   CALLER(rsqrt),
                                   CALLER(exp),
                                   CALLER(expm1),
                                   CALLER(log),
                                   CALLER(log1p),
                                   CALLER(relu),
                                   CALLER(leaky_relu),
                                   CALLER(sigmoid),
                                   CALLER(tanh),
                                   CALLER(silu),
                                   CALLER(softplus),
                                   CALLER(gelu),
                                   CALLER(gelu_tanh),
                                   CALLER(softmax),
                                   CALLER(log_softmax),
                                   CALLER(maximum),
                                   CALLER(minimum),
                                   CALLER(clamp),
                                   CALLER(where),
                                   CALLER(masked_fill),
                                   CALLER(sum),
                                   CALLER(mean),
                                   CALLER(var),
                                   CALLER(max),
                                   CALLER(min),
                                   CALLER(logsumexp),
                                   CALLER(matmul),
                                   CALLER(linear),
                                   CALLER(reshape),
                                   CALLER(transpose),
                                   CALLER(permute),
                                   CALLER(slice),
                                   CALLER(expand),
                                   CALLER(squeeze),
                                   CALLER(unsqueeze),
                                   CALLER(concat),
                                   CALLER(stack),
                                   CALLER(clone),
                                   CALLER(detach),
                                   CALLER(cast),
                                   CALLER(gather),
                                   CALLER(scatter_add),
                                   CALLER(index_select),
                                   CALLER(index_add),
                                   CALLER(embedding),
                                   CALLER(one_hot),
                                   CALLER(eq),
                                   CALLER(ne),
                                   CALLER(lt),
                                   CALLER(le),
                                   CALLER(gt),
                                   CALLER(ge),
                                   CALLER(logical_and),
                                   CALLER(logical_or),
                                   CALLER(logical_not),
                                   CALLER(isnan),
                                   CALLER(argmax),
                                   CALLER(gate),
                                   CALLER(ratio),
                                   CALLER(exp_times),
                                   CALLER(pow_times),
                                   CALLER(sigmoid_times),
                                   CALLER(sigmoid_slope),
                                   CALLER(normal_cdf_times),
                                   CALLER(unslice),
                                   CALLER(dropout),
                                   CALLER(masked_select),
                                   CALLER(masked_scatter),
                                   {NULL, NULL}};
