/* gather, index_select: values from places that an index names; scatter_add, index_add: their
 * adjoints, which add to these places. Two ops of one kind differ in their index alone: one for
 * each element, or one for each slice along the dimension. */
#include "autograd/ops/common.h"
#include "autograd/ops/lookup.h"

enum { PER_ELEMENT, PER_SLICE }; /* op->kernel; op->detail is the adjoint */

/* What the index names in x: the first operand, or the result that has its shape. */
static gd__lookup lookup_in(const gd_tensor *x, const gd_node *n)
{
    int dim = gd__along(n, n->in[0]);
    gd__lookup l = {.index = *n->in[1], .rows = *x, .stride = x->stride[dim]};
    l.index.ndim = x->ndim;
    for (int k = 0; k < x->ndim && n->op->kernel == PER_SLICE; ++k) {
        l.index.shape[k] = k == dim ? n->in[1]->shape[0] : x->shape[k];
        l.index.stride[k] = k == dim ? n->in[1]->stride[0] : 0;
    }
    for (int k = 0; k < x->ndim; ++k)
        l.rows.shape[k] = l.index.shape[k];
    l.rows.stride[dim] = 0;
    return l;
}

static bool check_indices(gd_tape *tape, const gd_node *n)
{
    return gd__check_indices(tape, n->in[1], n->in[0]->shape[gd__along(n, n->in[0])]);
}

static bool index_fits(const gd_node *n, int dim)
{
    const gd_tensor *x = n->in[0], *index = n->in[1];
    if (n->op->kernel == PER_SLICE)
        return index->ndim == 1;
    bool fits = index->ndim == x->ndim;
    for (int k = 0; fits && k < x->ndim; ++k)
        fits = k == dim || index->shape[k] <= x->shape[k];
    return fits;
}

/* ---- taking ---- */

static bool take_check(gd_tape *tape, gd_node *n)
{
    const gd_tensor *x = n->in[0], *index = n->in[1];
    int dim = gd_check_dim(tape, x, ((const gd_along *)n->attributes)->dim);
    if (dim < 0 || !gd_check_dtype(tape, n, 1, GD_I64))
        return false;
    if (!index_fits(n, dim)) {
        char whole[GD__SHAPE_TEXT], text[GD__SHAPE_TEXT];
        return gd_tape_fail(tape, GD_ERROR_SHAPE, "an index %s does not fit %s in dimension %d",
                            gd__shape_text(text, index->ndim, index->shape),
                            gd__shape_text(whole, x->ndim, x->shape), dim);
    }
    gd__set_like(n->out, n->op->kernel == PER_SLICE ? x : index);
    n->out->dtype = x->dtype;
    n->out->shape[dim] = index->shape[n->op->kernel == PER_SLICE ? 0 : dim];
    return true;
}

/* y[i][j] = x[index[i][j]][j]   =>   dx[index[i][j]][j] += dy[i][j]
 * y[i]    = x[index[i]]         =>   dx[index[i]] += dy[i] */
static bool take_forward(gd_tape *tape, const gd_node *n)
{
    if (!check_indices(tape, n))
        return false;
    gd__lookup l = lookup_in(n->in[0], n);
    gd__lookup_read(n->out, &l);
    return true;
}

static gd_tensor *take_grad(gd_tape *tape, const gd_node *n, gd_tensor *dy, int i)
{
    gd_tensor *zeros = gd__zeros_like(tape, n->in[i]);
    return gd_apply(tape, n->op->detail, (gd_tensor *[]){zeros, n->in[1], dy}, 3, n->attributes);
}

#define TAKE                                                                                       \
    GD_OPERANDS("input", "index"), GD__ALONG_DIM,                                                  \
        .check = take_check, .forward = take_forward, .grad = take_grad, .reads = {GD_READS(1)},   \
        .domain = {{0}, {.low = 0, .high = 2}}, .any_dtype = true

const gd_op gd_op_gather = {
    .name = "gather",
    .formula = "input at index in place of dimension dim",
    .gradient = "dinput = dy added where it was taken",
    .element = "input[dim: index]",
    .element_gradient = "dinput[*] = sum(k: dy[dim: k] where index[dim: k] == at(dim), else 0)",
    .shapes = "input, index -> index; input at least as large, except in dim",
    TAKE,
    .kernel = PER_ELEMENT,
    .detail = &gd_op_scatter_add,
    .samples = GD_SAMPLES({"[3,2] i[4,2]; [3] i[1]; [3,2] i[0,2]", &(const gd_along){0}},
                          {"[2,3] i[2,2]", &(const gd_along){-1}},
                          {"[2,3,3] i[1,4,2]; [0,2] i[0,2]", &(const gd_along){1}}),
    .refused = GD_SAMPLES({"[3,2] i[4,3]; [3,2] i[3]; [2,2] i[9,2]; [0,2] i[1,2]; [3] [3]; [3] -",
                           &(const gd_along){0}},
                          {"[3,2] i[3,2]", &(const gd_along){2}}),
};

gd_tensor *gd_gather(gd_tape *tape, gd_tensor *input, int dim, gd_tensor *index)
{
    return gd_apply(tape, &gd_op_gather, (gd_tensor *[]){input, index}, 2, &(gd_along){dim});
}

const gd_op gd_op_index_select = {
    .name = "index_select",
    .formula = "the slices of input along dim that index names",
    .gradient = "dinput = the slices of dy added where they were taken",
    .element = "input[dim: index[at(dim)]]",
    .element_gradient = "dinput[*] = sum(k: dy[dim: k] where index[k] == at(dim), else 0)",
    .shapes = "[..,k,..] [n] -> [..,n,..]",
    TAKE,
    .kernel = PER_SLICE,
    .detail = &gd_op_index_add,
    .samples = GD_SAMPLES({"[3,2] i[4]; [3] i[1]; [3,2] i[0]", &(const gd_along){0}},
                          {"[2,3] i[2]", &(const gd_along){-1}},
                          {"[2,3,2] i[4]; [0,3] i[2]", &(const gd_along){1}}),
    .refused = GD_SAMPLES(
        {"[3,2] i[2,2]; [3,2] i[]; [2,2] i[9]; [] i[1]; [3] [3]; [3] -", &(const gd_along){0}},
        {"[3,2] i[2]", &(const gd_along){2}}),
};

gd_tensor *gd_index_select(gd_tape *tape, gd_tensor *input, int dim, gd_tensor *index)
{
    return gd_apply(tape, &gd_op_index_select, (gd_tensor *[]){input, index}, 2, &(gd_along){dim});
}

/* ---- adding ---- */

static bool add_check(gd_tape *tape, gd_node *n)
{
    if (!gd_check_float(tape, n, 0) || !gd_check_same_dtype(tape, n, 0, 2) || !take_check(tape, n))
        return false;
    char source[GD__SHAPE_TEXT], index[GD__SHAPE_TEXT];
    if (!gd__same_shape(n->out, n->in[2]))
        return gd_tape_fail(tape, GD_ERROR_SHAPE, "a source %s does not fit an index %s",
                            gd__shape_text(source, n->in[2]->ndim, n->in[2]->shape),
                            gd__shape_text(index, n->in[1]->ndim, n->in[1]->shape));
    gd__set_like(n->out, n->in[0]);
    return true;
}

/* y = x, then y[index[i][j]][j] += s[i][j]   =>   dx = dy,   ds[i][j] = dy[index[i][j]][j]
 * y = x, then y[index[i]] += s[i]            =>   dx = dy,   ds[i] = dy[index[i]] */
static bool add_forward(gd_tape *tape, const gd_node *n)
{
    if (!check_indices(tape, n))
        return false;
    gd__copy(tape->pool, n->out, n->in[0]);
    gd__lookup l = lookup_in(n->out, n);
    gd__lookup_add(&l, n->in[2]);
    return true;
}

static gd_tensor *add_grad(gd_tape *tape, const gd_node *n, gd_tensor *dy, int i)
{
    if (i == 0)
        return dy;
    return gd_apply(tape, n->op->detail, (gd_tensor *[]){dy, n->in[1]}, 2, n->attributes);
}

#define ADD                                                                                        \
    GD_OPERANDS("input", "index", "source"), GD__ALONG_DIM,                                        \
        .check = add_check, .forward = add_forward, .grad = add_grad,                              \
        .reads = {0, 0, GD_READS(1)}, .domain = {{0}, {.low = 0, .high = 2}}

const gd_op gd_op_scatter_add = {
    .name = "scatter_add",
    .formula = "input with source added at index in place of dimension dim",
    .gradient = "dinput = dy, dsource = dy at index in place of dimension dim",
    .element = "input + sum(k: source[dim: k] where index[dim: k] == at(dim), else 0)",
    .element_gradient = "dinput = dy, dsource[*] = dy[dim: index]",
    .shapes = "input, index, index -> input; input at least as large, except in dim",
    ADD,
    .kernel = PER_ELEMENT,
    .detail = &gd_op_gather,
    .samples =
        GD_SAMPLES({"[3,2] i[4,2] [4,2]; [3] i[1] [1]; [3,2] i[0,2] [0,2]", &(const gd_along){0}},
                   {"[2,3] i[2,2] [2,2]", &(const gd_along){-1}},
                   {"[2,3,3] i[1,4,2] [1,4,2]", &(const gd_along){1}}),
    .refused = GD_SAMPLES({"[3,2] i[4,2] [3,2]; [3,2] i[4,3] [4,3]; [2,2] i[9,2] [9,2]; "
                           "[3] i[3] i[3]; i[3] i[3] i[3]; [3] [3] [3]; [3] i[3] -",
                           &(const gd_along){0}}),
};

gd_tensor *gd_scatter_add(gd_tape *tape, gd_tensor *input, int dim, gd_tensor *index,
                          gd_tensor *source)
{
    return gd_apply(tape, &gd_op_scatter_add, (gd_tensor *[]){input, index, source}, 3,
                    &(gd_along){dim});
}

const gd_op gd_op_index_add = {
    .name = "index_add",
    .formula = "input with the slices of source added to those along dim that index names",
    .gradient = "dinput = dy, dsource = the slices of dy along dim that index names",
    .element = "input + sum(k: source[dim: k] where index[k] == at(dim), else 0)",
    .element_gradient = "dinput = dy, dsource[*] = dy[dim: index[at(dim)]]",
    .shapes = "[..,k,..] [n] [..,n,..] -> [..,k,..]",
    ADD,
    .kernel = PER_SLICE,
    .detail = &gd_op_index_select,
    .samples =
        GD_SAMPLES({"[3,2] i[4] [4,2]; [3] i[1] [1]; [3,2] i[0] [0,2]", &(const gd_along){0}},
                   {"[2,3] i[2] [2,2]", &(const gd_along){-1}},
                   {"[2,3,2] i[4] [2,4,2]", &(const gd_along){1}}),
    .refused = GD_SAMPLES({"[3,2] i[4] [3,2]; [3,2] i[4] [4,3]; [2,2] i[9] [9,2]; [3] "
                           "i[3] i[3]; [3] [3] [3]; [3] i[3] -",
                           &(const gd_along){0}}),
};

gd_tensor *gd_index_add(gd_tape *tape, gd_tensor *input, int dim, gd_tensor *index,
                        gd_tensor *source)
{
    return gd_apply(tape, &gd_op_index_add, (gd_tensor *[]){input, index, source}, 3,
                    &(gd_along){dim});
}
