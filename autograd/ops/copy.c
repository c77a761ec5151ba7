/* clone, detach, cast: the same values in other memory, outside the record, in another dtype. */
#include "autograd/ops/common.h"
#include "tensor/chunks.h"

#include <inttypes.h>
#include <math.h>

/* y = x, in memory of its own   =>   dx = dy */
static bool clone_check(gd_tape *tape, gd_node *n)
{
    (void)tape;
    gd__set_like(n->out, n->in[0]);
    return true;
}

static bool clone_forward(gd_tape *tape, const gd_node *n)
{
    gd__copy(tape->pool, n->out, n->in[0]);
    return true;
}

const gd_op gd_op_clone = {
    .name = "clone",
    GD_OPERANDS("input"),
    .formula = "input",
    .gradient = "dinput = dy",
    .shapes = "input -> input",
    .check = clone_check,
    .forward = clone_forward,
    .grad = gd__pass_grad,
    .samples = gd__unary_samples,
    .any_dtype = true,
};

/* y = x, but a constant to whatever is computed from it: no gradient passes */
static bool detach_check(gd_tape *tape, gd_node *n)
{
    return gd_view_out(tape, n, gd__view_of(n->in[0]));
}

const gd_op gd_op_detach = {
    .name = "detach",
    GD_OPERANDS("input"),
    .formula = "input",
    .shapes = "input -> input",
    .check = detach_check,
    .samples = gd__unary_samples,
    .any_dtype = true,
};

/* y = x in another dtype   =>   dx = dy in x's dtype, if both are float */
static bool cast_check(gd_tape *tape, gd_node *n)
{
    gd_dtype dtype = *(const gd_dtype *)n->attributes;
    if (dtype > GD_U8)
        return gd_tape_fail(tape, GD_ERROR_ARGUMENT, "%d is not a dtype", (int)dtype);
    gd__set_like(n->out, n->in[0]);
    n->out->dtype = dtype;
    return true;
}

/* A value that is neither lost nor rounded: an int64 as it is, anything else as a double. */
typedef struct number {
    bool is_int;
    int64_t whole;
    double real;
} number;

static number read_number(gd_dtype dtype, const void *x)
{
    if (gd_dtype_is_float(dtype))
        return (number){.real = gd__float_at(dtype, x, 0)};
    return (number){.is_int = true, .whole = gd__integer_at(dtype, x)};
}

/* Cuts a real towards 0; false where it is not a number that int64 holds. */
static bool make_whole(number *x)
{
    bool fits = x->is_int || (x->real > -0x1p63 - 1 && x->real < 0x1p63);
    if (fits && !x->is_int)
        x->whole = (int64_t)x->real;
    return fits;
}

/* false: x cannot be said in this dtype. */
static bool write_number(gd_dtype dtype, void *y, number x)
{
    switch (dtype) {
    case GD_F32:
        *(float *)y = x.is_int ? (float)x.whole : (float)x.real;
        return true;
    case GD_F64:
        *(double *)y = x.is_int ? (double)x.whole : x.real;
        return true;
    case GD_BOOL:
        *(uint8_t *)y = x.is_int ? x.whole != 0 : x.real != 0;
        return true;
    case GD_I64:
        if (!make_whole(&x))
            return false;
        *(int64_t *)y = x.whole;
        return true;
    default:
        if (!make_whole(&x) || x.whole < 0 || x.whole > UINT8_MAX)
            return false;
        *(uint8_t *)y = (uint8_t)x.whole;
        return true;
    }
}

static bool refuse_number(gd_tape *tape, const gd_node *n, int64_t index, number x)
{
    char position[GD__SHAPE_TEXT], value[40];
    if (x.is_int)
        snprintf(value, sizeof value, "%" PRId64, x.whole);
    else
        snprintf(value, sizeof value, "%g", x.real);
    return gd_tape_fail(tape, GD_ERROR_VALUE, "%s at %s is not a value of %s", value,
                        gd__position_text(position, n->out, index), gd_dtype_name(n->out->dtype));
}

/* Between float dtypes nothing is refused: by the kernels. */
static void cast_floats(void *context, int part, gd__walk *w)
{
    const gd__kernels *to = context;
    double values[GD__CHUNK];
    (void)part;
    for (gd__chunks c = gd__chunks_begin(w); gd__chunks_next(&c);) {
        gd__chunks_load(&c, 0, values);
        to->store(c.n, gd__chunks_data(&c, 1), values);
    }
}

static bool cast_forward(gd_tape *tape, const gd_node *n)
{
    const gd_tensor *x = n->in[0], *y = n->out;
    int64_t x_size = (int64_t)gd_dtype_size(x->dtype), y_size = (int64_t)gd_dtype_size(y->dtype);
    int64_t index = 0;
    if (gd_dtype_is_float(x->dtype) && gd_dtype_is_float(y->dtype)) {
        gd__walk floats = gd__walk_begin(2, (const gd_tensor *[]){x, y});
        gd__parallel_walk(tape->pool, &floats, GD__GRAIN, cast_floats,
                          (void *)gd__kernels_for(y->dtype));
        return true;
    }
    gd__walk w = gd__walk_begin(2, (const gd_tensor *[]){y, x});
    do
        for (int64_t j = 0; j < w.length; ++j, ++index) {
            number value = read_number(x->dtype, w.data[1] + j * w.step[1] * x_size);
            if (!write_number(y->dtype, w.data[0] + j * y_size, value))
                return refuse_number(tape, n, index, value);
        }
    while (gd__walk_next(&w));
    return true;
}

static gd_tensor *cast_grad(gd_tape *tape, const gd_node *n, gd_tensor *dy, int i)
{
    return gd_cast(tape, dy, n->in[i]->dtype);
}

const gd_op gd_op_cast = {
    .name = "cast",
    GD_OPERANDS("input"),
    .formula = "input in another dtype",
    .gradient = "dinput = dy in input's dtype; none unless both are float",
    .element = "cast(input)",
    .element_gradient = "dinput = dy",
    .shapes = "input -> input",
    GD_FIELDS(gd_dtype, {.name = "dtype", .kind = GD_FIELD_DTYPE}),
    .check = cast_check,
    .forward = cast_forward,
    .grad = cast_grad,
    .samples = GD_SAMPLES({"[2,3]; []; [0,2]", &(const gd_dtype){GD_F64}}),
    .refused =
        GD_SAMPLES({"[2]", &(const gd_dtype){(gd_dtype)5}}, {"-", &(const gd_dtype){GD_F64}}),
    .any_dtype = true,
    .dtype_given = true,
};

gd_tensor *gd_cast(gd_tape *tape, gd_tensor *input, gd_dtype dtype)
{
    return gd_apply(tape, &gd_op_cast, &input, 1, &dtype);
}

gd_tensor *gd_cast_like(gd_tape *tape, gd_tensor *input, const gd_tensor *like)
{
    return like != NULL ? gd_cast(tape, input, like->dtype) : NULL;
}
