/* Ops that choose element by element: maximum, minimum, clamp, where, masked_fill. A gradient
 * goes to what was chosen. */
#include "autograd/ops/common.h"

#include <math.h>

/* y = max(a, b)   =>   da = dy where a > b, dy / 2 where a = b, else 0; db likewise. The same for
 * min. With a NaN both get dy, as no comparison holds. */
static gd_tensor *extremum_grad(gd_tape *tape, const gd_node *n, gd_tensor *dy, int i)
{
    gd_tensor *x = n->in[i], *other = n->in[1 - i];
    bool is_max = n->op == &gd_op_maximum;
    gd_tensor *lost = is_max ? gd_lt(tape, x, other) : gd_gt(tape, x, other);
    gd_tensor *half = gd_mul(tape, dy, gd_scalar_like(tape, 0.5, dy));
    return gd_masked_fill(tape, gd_where(tape, gd_eq(tape, x, other), half, dy), lost, 0);
}

const gd_op gd_op_maximum = {
    .name = "maximum",
    GD_OPERANDS("input", "other"),
    .formula = "max(input, other)",
    .gradient = "dinput = dy / 2 where input == other, else 0 where input < other, else dy, dother "
                "= dy / 2 where input == other, else 0 where other < input, else dy",
    .ties = "half each where input = other",
    GD__BINARY_OP(maximum),
    .grad = extremum_grad,
    .reads = {GD_READS(0) | GD_READS(1), GD_READS(0) | GD_READS(1)},
    .domain = {{.low = -2, .high = 2}, {.low = -2, .high = 2}},
};

const gd_op gd_op_minimum = {
    .name = "minimum",
    GD_OPERANDS("input", "other"),
    .formula = "min(input, other)",
    .gradient = "dinput = dy / 2 where input == other, else 0 where input > other, else dy, dother "
                "= dy / 2 where input == other, else 0 where other > input, else dy",
    .ties = "half each where input = other",
    GD__BINARY_OP(minimum),
    .grad = extremum_grad,
    .reads = {GD_READS(0) | GD_READS(1), GD_READS(0) | GD_READS(1)},
};

/* y = min(max(x, low), high)   =>   dx = dy where low <= x <= high, else 0 */
typedef struct bounds {
    double low, high;
} bounds;

static bool clamp_check(gd_tape *tape, gd_node *n)
{
    const bounds *b = n->attributes;
    if (isnan(b->low) || isnan(b->high))
        return gd_tape_fail(tape, GD_ERROR_VALUE, "a bound is nan: [%g,%g]", b->low, b->high);
    return gd_check_elementwise(tape, n);
}

static void clamp_part(void *context, int part, gd__walk *w)
{
    const gd_node *n = context;
    const bounds *b = n->attributes;
    (void)part;
    do
        gd__kernels_for(n->out->dtype)
            ->clamp(w->length, w->data[0], w->data[1], w->step[1], b->low, b->high);
    while (gd__walk_next(w));
}

static bool clamp_forward(gd_tape *tape, const gd_node *n)
{
    gd__walk w = gd__walk_begin(2, (const gd_tensor *[]){n->out, n->in[0]});
    gd__parallel_walk(tape->pool, &w, GD__GRAIN, clamp_part, (void *)n);
    return true;
}

/* x is within the bounds where y = x, unless low > high: nothing is within those. */
static gd_tensor *clamp_grad(gd_tape *tape, const gd_node *n, gd_tensor *dy, int i)
{
    const bounds *b = n->attributes;
    if (b->low > b->high)
        return gd__zeros_like(tape, n->in[i]);
    gd_tensor *inside = gd_eq(tape, n->in[i], n->out);
    return gd_where(tape, inside, dy, gd_scalar_like(tape, 0, dy));
}

const gd_op gd_op_clamp = {
    .name = "clamp",
    GD_OPERANDS("input"),
    .formula = "min(max(input, low), high)",
    .gradient = "dinput = dy where low <= input <= high, else 0",
    .ties = "dy at both bounds",
    GD_FIELDS(bounds, GD_FIELD(bounds, low), GD_FIELD(bounds, high)),
    .check = clamp_check,
    .forward = clamp_forward,
    .grad = clamp_grad,
    .reads = {GD_READS(0) | GD_READS_OUT},
    .samples = GD_SAMPLES({"[2,3]; [0,2]", &(const bounds){-1, 1}},
                          {"[2,3]", &(const bounds){-(double)INFINITY, 0.5}},
                          {"[]", &(const bounds){-3, 3}}),
    .refused = GD_SAMPLES({"[2]", &(const bounds){(double)NAN, 1}},
                          {"[2]", &(const bounds){-1, (double)NAN}}, {"-", &(const bounds){-1, 1}}),
};

gd_tensor *gd_clamp(gd_tape *tape, gd_tensor *input, double low, double high)
{
    return gd_apply(tape, &gd_op_clamp, &input, 1, &(bounds){low, high});
}

/* y = a where c, else b   =>   da = dy where c, else 0;   db = dy where not c, else 0 */
static bool choice_check(gd_tape *tape, gd_node *n, int mask, int x)
{
    if (!gd_check_dtype(tape, n, mask, GD_BOOL) || !gd_check_float(tape, n, x))
        return false;
    n->out->dtype = n->in[x]->dtype;
    return gd_check_broadcast(tape, n);
}

static bool where_check(gd_tape *tape, gd_node *n)
{
    return gd_check_same_dtype(tape, n, 1, 2) && choice_check(tape, n, 0, 1);
}

static bool where_forward(gd_tape *tape, const gd_node *n)
{
    gd__select(tape->pool, n->out, n->in[0], n->in[1], n->in[2]);
    return true;
}

static gd_tensor *where_grad(gd_tape *tape, const gd_node *n, gd_tensor *dy, int i)
{
    gd_tensor *zero = gd_scalar_like(tape, 0, dy);
    return i == 1 ? gd_where(tape, n->in[0], dy, zero) : gd_where(tape, n->in[0], zero, dy);
}

const gd_op gd_op_where = {
    .name = "where",
    GD_OPERANDS("condition", "input", "other"),
    .formula = "input where condition, else other",
    .gradient = "dinput = dy where condition, else 0, dother = 0 where condition, else dy",
    .shapes = "condition, input, other broadcast",
    .check = where_check,
    .forward = where_forward,
    .grad = where_grad,
    .reads = {0, GD_READS(0), GD_READS(0)},
    .samples = GD_CALLS("b[2,3] [2,3] [2,3]; b[3] [2,3] []; b[2,1] [1,3] [2,3]; b[] [2] [2]; "
                        "b[2,3] [] [3]; b[0,2] [2] [1]"),
    .refused = GD_CALLS("[2] [2] [2]; b[3] [2] [2]; b[2] [2] [3]; b[2] i[2] i[2]; b[2] [2] -"),
};

gd_tensor *gd_where(gd_tape *tape, gd_tensor *condition, gd_tensor *input, gd_tensor *other)
{
    return gd_apply(tape, &gd_op_where, (gd_tensor *[]){condition, input, other}, 3, NULL);
}

/* y = value where the mask is true, else x   =>   dx = dy where it is false, else 0 */
static bool masked_fill_check(gd_tape *tape, gd_node *n)
{
    return choice_check(tape, n, 1, 0);
}

static bool masked_fill_forward(gd_tape *tape, const gd_node *n)
{
    double memory;
    gd_tensor value = gd__number(n->out->dtype, &memory, *(const double *)n->attributes);
    gd__select(tape->pool, n->out, n->in[1], &value, n->in[0]);
    return true;
}

static gd_tensor *masked_fill_grad(gd_tape *tape, const gd_node *n, gd_tensor *dy, int i)
{
    (void)i;
    return gd_masked_fill(tape, dy, n->in[1], 0);
}

const gd_op gd_op_masked_fill = {
    .name = "masked_fill",
    GD_OPERANDS("input", "mask"),
    .formula = "value where mask, else input",
    .gradient = "dinput = 0 where mask, else dy",
    .shapes = "input, mask broadcast",
    GD_FIELDS(double, {.name = "value", .kind = GD_FIELD_DOUBLE}),
    .check = masked_fill_check,
    .forward = masked_fill_forward,
    .grad = masked_fill_grad,
    .reads = {GD_READS(1)},
    .samples = GD_SAMPLES({"[2,3] b[2,3]", &(const double){-1}}, {"[2,3] b[3]", &(const double){0}},
                          {"[3] b[2,1]; [2] b[]", &(const double){0.5}},
                          {"[0,2] b[2]", &(const double){1}}),
    .refused = GD_SAMPLES({"[2] [2]; i[2] b[2]; [2] b[3]; [2] -", &(const double){0}}),
};

gd_tensor *gd_masked_fill(gd_tape *tape, gd_tensor *input, gd_tensor *mask, double value)
{
    return gd_apply(tape, &gd_op_masked_fill, (gd_tensor *[]){input, mask}, 2, &value);
}
