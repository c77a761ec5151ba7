/* slice, concat, stack: a part of a tensor, and tensors put together. */
#include "autograd/ops/common.h"

#include <inttypes.h>
#include <limits.h>

/* y = x[start:end:step] in one dimension   =>   dx = dy in its place, else 0 */
typedef struct range {
    int dim;
    int64_t start, end, step;
} range;

/* Begins as a range does. */
typedef struct place {
    range range;
    int64_t shape[GD_MAX_DIMS]; /* of the whole */
    int ndim;
} place;

#define RANGE_FIELDS                                                                               \
    GD_FIELD(range, dim), GD_FIELD(range, start), GD_FIELD(range, end), GD_FIELD(range, step)

static gd_tensor *unslice(gd_tape *tape, gd_tensor *x, const range *r, const gd_tensor *like)
{
    place p = {.range = *r, .ndim = like->ndim};
    for (int k = 0; k < like->ndim; ++k)
        p.shape[k] = like->shape[k];
    return gd_apply(tape, &gd_op_unslice, &x, 1, &p);
}

static bool slice_check(gd_tape *tape, gd_node *n)
{
    const range *r = n->attributes;
    return gd_view_out(tape, n, gd_tensor_slice(n->in[0], r->dim, r->start, r->end, r->step));
}

static gd_tensor *slice_grad(gd_tape *tape, const gd_node *n, gd_tensor *dy, int i)
{
    return unslice(tape, dy, n->attributes, n->in[i]);
}

const gd_op gd_op_slice = {
    .name = "slice",
    GD_OPERANDS("input"),
    .formula = "input[start:end:step] in dimension dim",
    .gradient = "dinput = dy in its place, else 0",
    .element = "input[dim: first + step * at(dim)], first = start where start >= 0, else max(start "
               "+ size(input, dim), 0)",
    .element_gradient = "dinput[*] = dy[dim: (at(dim) - first) / step]",
    .shapes = "[..,k,..] -> [..,number in start:end:step,..]",
    GD_FIELDS(range, RANGE_FIELDS),
    .check = slice_check,
    .grad = slice_grad,
    .samples =
        GD_SAMPLES({"[5,2]", &(const range){0, 1, 4, 1}}, {"[2,5]", &(const range){-1, 0, 5, 2}},
                   {"[4]", &(const range){0, -3, 100, 1}}, {"[2,3]", &(const range){1, 2, 1, 1}},
                   {"[0,3]", &(const range){1, 1, 3, 1}}),
    .refused =
        GD_SAMPLES({"[2,3]", &(const range){2, 0, 1, 1}}, {"[2,3]", &(const range){0, 0, 1, 0}},
                   {"[2,3]", &(const range){0, 0, 1, -1}}, {"[]; -", &(const range){0, 0, 1, 1}}),
    .any_dtype = true,
};

gd_tensor *gd_slice(gd_tape *tape, gd_tensor *input, int dim, int64_t start, int64_t end,
                    int64_t step)
{
    return gd_apply(tape, &gd_op_slice, &input, 1, &(range){dim, start, end, step});
}

/* y = zeros of some shape, with x in the place of a slice   =>   dx = that slice of dy */
static bool unslice_check(gd_tape *tape, gd_node *n)
{
    const gd_tensor *x = n->in[0];
    const place *p = n->attributes;
    gd_tensor *y = n->out;
    if (!gd_check_floats(tape, n))
        return false;
    y->ndim = p->ndim;
    for (int k = 0; k < p->ndim; ++k)
        y->shape[k] = p->shape[k];
    y->data = x->data; /* for the view below, which is only measured */
    gd__set_contiguous(y);
    gd_tensor part = gd_tensor_slice(y, p->range.dim, p->range.start, p->range.end, p->range.step);
    return (part.ndim >= 0 && gd__same_shape(&part, x)) ||
           gd_tape_fail(tape, GD_ERROR_SHAPE, "the slice has another shape");
}

static bool unslice_forward(gd_tape *tape, const gd_node *n)
{
    const range *r = &((const place *)n->attributes)->range;
    gd_tensor_fill(n->out, 0);
    gd_tensor part = gd_tensor_slice(n->out, r->dim, r->start, r->end, r->step);
    gd__copy(tape->pool, &part, n->in[0]);
    return true;
}

static gd_tensor *unslice_grad(gd_tape *tape, const gd_node *n, gd_tensor *dy, int i)
{
    (void)i;
    const range *r = &((const place *)n->attributes)->range;
    return gd_slice(tape, dy, r->dim, r->start, r->end, r->step);
}

const gd_op gd_op_unslice = {
    .name = "unslice",
    GD_OPERANDS("input"),
    .formula = "input in the place of its slice, else 0",
    .gradient = "dinput = dy[start:end:step] in dimension dim",
    .element = "input[dim: (at(dim) - first) / step], first = start where start >= 0, else "
               "max(start + size(y, dim), 0)",
    .element_gradient = "dinput[*] = dy[dim: first + step * at(dim)]",
    .shapes = "[..,number in start:end:step,..] -> [..,k,..]",
    GD_FIELDS(place, RANGE_FIELDS,
              {.name = "shape",
               .kind = GD_FIELD_LIST,
               .offset = offsetof(place, shape),
               .count_offset = offsetof(place, ndim)}),
    .check = unslice_check,
    .forward = unslice_forward,
    .grad = unslice_grad,
    .samples = GD_SAMPLES({"[3,2]", &(const place){{0, 1, 4, 1}, {5, 2}, 2}},
                          {"[2,3]", &(const place){{-1, 0, 5, 2}, {2, 5}, 2}},
                          {"[0,2]", &(const place){{0, 1, 1, 1}, {5, 2}, 2}}),
    .refused = GD_SAMPLES({"[3,2]", &(const place){{0, 0, 4, 1}, {5, 2}, 2}},
                          {"[3,2]", &(const place){{2, 0, 3, 1}, {5, 2}, 2}},
                          {"-", &(const place){{0, 0, 1, 1}, {1}, 1}}),
};

/* ---- concat and stack: tensors one after another along a dimension, which is a new one for
 * stack */

enum { ALONG_OLD, ALONG_NEW }; /* op->kernel */

/* How much of the result's dimension dim operand i fills. */
static int64_t size_of(const gd_node *n, int dim, int i)
{
    return n->op->kernel == ALONG_NEW ? 1 : n->in[i]->shape[dim];
}

static bool fits_first(const gd_node *n, int dim, int i)
{
    const gd_tensor *first = n->in[0], *x = n->in[i];
    bool fits = x->ndim == first->ndim;
    for (int k = 0; fits && k < x->ndim; ++k)
        fits = x->shape[k] == first->shape[k] || (k == dim && n->op->kernel == ALONG_OLD);
    return fits;
}

static bool refuse_operand(gd_tape *tape, const gd_node *n, int i)
{
    char first[GD__SHAPE_TEXT], other[GD__SHAPE_TEXT], name[GD__NAME_SIZE];
    const gd_tensor *a = n->in[0], *b = n->in[i];
    return gd_tape_fail(tape, GD_ERROR_SHAPE, "%s is %s, which does not fit %s",
                        gd__operand_name(n, i, name), gd__shape_text(other, b->ndim, b->shape),
                        gd__shape_text(first, a->ndim, a->shape));
}

/* y = the operands one after another   =>   each gets its slice of dy */
static bool join_check(gd_tape *tape, gd_node *n)
{
    int dim = ((const gd_along *)n->attributes)->dim;
    gd_tensor *y = n->out, first = *n->in[0];
    if (n->op->kernel == ALONG_NEW ? !gd__add_dimension(tape, &first, &dim)
                                   : (dim = gd_check_dim(tape, &first, dim)) < 0)
        return false;
    gd__set_like(y, &first);
    for (int i = 1; i < n->n_in; ++i) {
        if (!gd_check_same_dtype(tape, n, 0, i))
            return false;
        if (!fits_first(n, dim, i))
            return refuse_operand(tape, n, i);
        if (__builtin_add_overflow(y->shape[dim], size_of(n, dim, i), &y->shape[dim]))
            return gd_tape_fail(tape, GD_ERROR_SHAPE, "the result is too large");
    }
    return true;
}

static bool join_forward(gd_tape *tape, const gd_node *n)
{
    int dim = gd__along(n, n->out);
    for (int64_t i = 0, offset = 0; i < n->n_in; ++i) {
        int64_t size = size_of(n, dim, (int)i);
        gd_tensor part = gd_tensor_slice(n->out, dim, offset, offset + size, 1);
        if (n->op->kernel == ALONG_NEW)
            gd__drop_dimension(&part, dim);
        gd__copy(tape->pool, &part, n->in[i]);
        offset += size;
    }
    return true;
}

static gd_tensor *join_grad(gd_tape *tape, const gd_node *n, gd_tensor *dy, int i)
{
    int dim = gd__along(n, n->out);
    int64_t offset = 0;
    for (int k = 0; k < i; ++k)
        offset += size_of(n, dim, k);
    gd_tensor *part = gd_slice(tape, dy, dim, offset, offset + size_of(n, dim, i), 1);
    return n->op->kernel == ALONG_NEW ? gd_squeeze(tape, part, dim) : part;
}

#define JOIN                                                                                       \
    .operands = {"tensors"}, .least_operands = 1, .most_operands = INT_MAX, GD__ALONG_DIM,         \
    .check = join_check, .forward = join_forward, .grad = join_grad, .any_dtype = true

const gd_op gd_op_concat = {
    .name = "concat",
    .formula = "tensors one after another along dim",
    .gradient = "each of tensors gets its slice of dy",
    .element = "joined(dim)",
    .element_gradient = "dtensors[*] = part(dy, dim)",
    .shapes = "[..,k,..] [..,l,..] .. -> [..,k+l+..,..]",
    JOIN,
    .kernel = ALONG_OLD,
    .samples = GD_SAMPLES({"[2,3] [1,3]; [2] [1] [3] [1] [2]; [0,2] [3,2]", &(const gd_along){0}},
                          {"[2,1] [2,3] [2,2]", &(const gd_along){-1}},
                          {"[2,2]; [0,2] [0,3]", &(const gd_along){1}}),
    .refused =
        GD_SAMPLES({"[2,3] [2,2]; [2,3] [3]; [] []; [2] i[2]; [2] - [2]", &(const gd_along){0}},
                   {"[2,3] [2,3]", &(const gd_along){2}}),
};

gd_tensor *gd_concat(gd_tape *tape, gd_tensor *const *tensors, int n, int dim)
{
    return gd_apply(tape, &gd_op_concat, tensors, tensors != NULL ? n : 0, &(gd_along){dim});
}

const gd_op gd_op_stack = {
    .name = "stack",
    .formula = "tensors along the new dimension dim",
    .gradient = "each of tensors gets its part of dy",
    .element = "joined(dim)",
    .element_gradient = "dtensors[*] = part(dy, dim)",
    .shapes = "[..,..] n times -> [..,n,..]",
    JOIN,
    .kernel = ALONG_NEW,
    .samples = GD_SAMPLES({"[2,3] [2,3]; [] [] [] [] []; [2]", &(const gd_along){0}},
                          {"[2,3] [2,3] [2,3]", &(const gd_along){-1}},
                          {"[2,3] [2,3]; [0,2] [0,2]", &(const gd_along){1}}),
    .refused = GD_SAMPLES(
        {"[2,3] [2,2]; [2] [2,1]; [1,1,1,1,1,1,1,1]; i[2] [2]; [2] -", &(const gd_along){0}},
        {"[2] [2]", &(const gd_along){2}}, {"[2] [2]", &(const gd_along){-3}}),
};

gd_tensor *gd_stack(gd_tape *tape, gd_tensor *const *tensors, int n, int dim)
{
    return gd_apply(tape, &gd_op_stack, tensors, tensors != NULL ? n : 0, &(gd_along){dim});
}
