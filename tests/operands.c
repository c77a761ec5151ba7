#include "operands.h"

#include "autograd/ops/op_list.h"
#include "losses/loss_list.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Reads "[2,3]", "i[2,3]" or "b[2,3]" at *text and moves past it; false for "-". */
static bool read_shape(const char **text, gd_dtype *dtype, int *ndim, int64_t *shape)
{
    const char *s = *text + strspn(*text, " ");
    if (*s == 'i' || *s == 'b')
        *dtype = *s++ == 'i' ? GD_I64 : GD_BOOL;
    *ndim = 0;
    bool given = *s == '[';
    for (++s; given && s[-1] != ']';) {
        char *end = (char *)(uintptr_t)s;
        if (*s != ']')
            shape[(*ndim)++] = strtoll(s, &end, 10);
        s = end + 1;
    }
    *text = s;
    return given;
}

/* A value of the domain for a number u of [0,1). */
static double value_in(gd_domain d, double u)
{
    if (d.low == 0 && d.high == 0)
        d = (gd_domain){.low = -2, .high = 2};
    if (d.only_ends)
        return u < 0.5 ? d.low : d.high;
    double value = d.low + u * (d.high - d.low);
    if (fabs(value) < d.gap)
        value = value < 0 ? value - d.gap : value + d.gap;
    return value;
}

static void set_element(gd_tensor *x, int64_t i, double value)
{
    switch (x->dtype) {
    case GD_F32:
        ((float *)x->data)[i] = (float)value;
        return;
    case GD_F64:
        ((double *)x->data)[i] = value;
        return;
    case GD_I64:
        ((int64_t *)x->data)[i] = (int64_t)value;
        return;
    default:
        ((uint8_t *)x->data)[i] = value != 0;
    }
}

/* For int64 the integers of the domain, each with the same chance; for bool the two values. */
static gd_domain domain_for(gd_domain d, gd_dtype dtype)
{
    if (dtype == GD_I64)
        return (gd_domain){.low = d.low, .high = d.high + 1};
    return gd_dtype_is_float(dtype) ? d : (gd_domain){.low = 0, .high = 2};
}

static gd_tensor *draw(gd_domain domain, gd_dtype dtype, int ndim, const int64_t *shape,
                       gd_rng *rng)
{
    gd_tensor *x = gd_tensor_create(dtype, ndim, shape);
    gd_tensor *u = gd_tensor_create(GD_F64, ndim, shape);
    gd_tensor_uniform(u, rng, 0, 1);
    domain = domain_for(domain, dtype);
    for (int64_t i = 0; i < gd_tensor_numel(x); ++i) {
        double value = value_in(domain, ((double *)u->data)[i]);
        set_element(x, i, gd_dtype_is_float(dtype) ? value : floor(value));
    }
    gd_tensor_destroy(u);
    x->requires_grad = gd_dtype_is_float(dtype) && !domain.only_ends;
    return x;
}

gd_domain domain_of(const gd_op *op, int i)
{
    return op->domain[i < GD_OP_OPERANDS ? i : GD_OP_OPERANDS - 1];
}

operands operands_create(const gd_op *op, const gd_sample *sample, gd_dtype dtype, uint64_t seed)
{
    operands o = {.n = 0};
    gd_rng rng = {.key = seed};
    for (const char *text = sample->shapes; *text != '\0' && *text != ';'; ++o.n) {
        int ndim;
        int64_t shape[GD_MAX_DIMS];
        gd_dtype own = dtype;
        if (read_shape(&text, &own, &ndim, shape))
            o.x[o.n] = draw(domain_of(op, o.n), own, ndim, shape, &rng);
    }
    return o;
}

void operands_destroy(operands *o)
{
    for (int i = 0; i < o->n; ++i)
        gd_tensor_destroy(o->x[i]);
}

int64_t operands_numel(const operands *o)
{
    int64_t numel = 0;
    for (int i = 0; i < o->n; ++i)
        numel += o->x[i] != NULL ? gd_tensor_numel(o->x[i]) : 0;
    return numel;
}

void each_op(void (*visit)(const gd_op *op))
{
    for (const gd_op *const *op = gd__autograd_ops; *op != NULL; ++op)
        visit(*op);
#define VISIT(name) visit(&gd_op_##name);
    GD__LOSS_OPS(VISIT)
#undef VISIT
}

bool next_call(calls *c)
{
    if (c->call.shapes != NULL) {
        const char *after = strchr(c->call.shapes, ';');
        c->call.shapes = after != NULL ? after + 1 : NULL;
        c->row += after == NULL;
    }
    if (c->call.shapes == NULL && c->row != NULL)
        c->call = *c->row;
    return c->call.shapes != NULL;
}

bool is_flat(const gd_op *op)
{
    return op->flat == (1U << op->least_operands) - 1;
}

const char *call_text(const gd_op *op, const gd_sample *sample)
{
    static char text[256];
    char attributes[128] = "";
    gd_op_print_attributes(op, sample->attributes, attributes, sizeof attributes);
    snprintf(text, sizeof text, "%s of %.*s %s", op->name, (int)strcspn(sample->shapes, ";"),
             sample->shapes, attributes);
    return text;
}

bool close_to(const gd_tensor *a, const gd_tensor *b, double tolerance)
{
    if (a == NULL || b == NULL || a->ndim != b->ndim)
        return false;
    for (int i = 0; i < a->ndim; ++i)
        if (a->shape[i] != b->shape[i])
            return false;
    for (int64_t i = 0; i < gd_tensor_numel(a); ++i) {
        double difference = fabs(element(a, i) - element(b, i));
        if (!(difference <= tolerance * (1 + fabs(element(b, i)))))
            return false;
    }
    return true;
}
