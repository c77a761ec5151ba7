/* gather, index_select: values from places that another tensor names; scatter_add, index_add: their
 * adjoints, which add to these places. */
#include "autograd/ops/common.h"
#include "autograd/ops/lookup.h"

static gd__lookup gather_lookup(const gd_tensor *x, const gd_tensor *index, int dim)
{
    dim = gd__dimension(dim, x->ndim);
    gd__lookup l = {.index = *index, .rows = *x, .stride = x->stride[dim]};
    for (int k = 0; k < x->ndim; ++k)
        l.rows.shape[k] = index->shape[k];
    l.rows.stride[dim] = 0;
    return l;
}

static gd__lookup select_lookup(const gd_tensor *x, const gd_tensor *index, int dim)
{
    dim = gd__dimension(dim, x->ndim);
    gd__lookup l = {.index = *index, .rows = *x, .stride = x->stride[dim]};
    l.rows.shape[dim] = index->shape[0];
    l.rows.stride[dim] = 0;
    l.index.ndim = x->ndim;
    for (int k = 0; k < x->ndim; ++k) {
        l.index.shape[k] = l.rows.shape[k];
        l.index.stride[k] = k == dim ? index->stride[0] : 0;
    }
    return l;
}

static int dim_of(const gd_node *n)
{
    return ((const gd_along *)n->attributes)->dim;
}

/* The size of operand 0 along the dimension. */
static int64_t size_of(const gd_node *n)
{
    return n->in[0]->shape[gd__dimension(dim_of(n), n->in[0]->ndim)];
}

static bool refuse_index(gd_tape *tape, const gd_node *n)
{
    char x[GD__SHAPE_TEXT], index[GD__SHAPE_TEXT];
    return gd_tape_fail(tape, GD_ERROR_SHAPE, "an index %s does not fit %s in dimension %d",
                        gd__shape_text(index, n->in[1]->ndim, n->in[1]->shape),
                        gd__shape_text(x, n->in[0]->ndim, n->in[0]->shape), dim_of(n));
}

static bool refuse_source(gd_tape *tape, const gd_node *n)
{
    char source[GD__SHAPE_TEXT], index[GD__SHAPE_TEXT];
    return gd_tape_fail(tape, GD_ERROR_SHAPE, "a source %s does not fit an index %s",
                        gd__shape_text(source, n->in[2]->ndim, n->in[2]->shape),
                        gd__shape_text(index, n->in[1]->ndim, n->in[1]->shape));
}

/* ---- an index for each element ---- */

static bool gather_check(gd_tape *tape, gd_node *n)
{
    const gd_tensor *x = n->in[0], *index = n->in[1];
    int dim = gd_check_dim(tape, x, dim_of(n));
    if (dim < 0 || !gd_check_dtype(tape, n, 1, GD_I64))
        return false;
    if (index->ndim != x->ndim)
        return refuse_index(tape, n);
    for (int k = 0; k < x->ndim; ++k)
        if (k != dim && index->shape[k] > x->shape[k])
            return refuse_index(tape, n);
    gd__set_like(n->out, index);
    n->out->dtype = x->dtype;
    return true;
}

/* y[i][j] = x[index[i][j]][j]   =>   dx[index[i][j]][j] += dy[i][j] */
static bool gather_forward(gd_tape *tape, const gd_node *n)
{
    if (!gd__check_indices(tape, n->in[1], size_of(n)))
        return false;
    gd__lookup l = gather_lookup(n->in[0], n->in[1], dim_of(n));
    gd__lookup_read(n->out, &l);
    return true;
}

static gd_tensor *gather_grad(gd_tape *tape, const gd_node *n, gd_tensor *dy, int i)
{
    return gd_scatter_add(tape, gd__zeros_like(tape, n->in[i]), dim_of(n), n->in[1], dy);
}

const gd_op gd_op_gather = {
    .name = "gather",
    GD_OPERANDS("input", "index"),
    .formula = "input at index in place of dimension dim",
    .gradient = "dinput = dy added where it was taken",
    .shapes = "input, index -> index; input at least as large, except in dim",
    .attributes_size = sizeof(gd_along),
    .check = gather_check,
    .forward = gather_forward,
    .grad = gather_grad,
    .reads = {GD_READS(1)},
    .print_attributes = gd__along_print,
    .domain = {{0}, {.low = 0, .high = 2}},
    .samples = (const gd_sample[]){{"[3,2] i[4,2]; [3] i[1]; [3,2] i[0,2]", &(const gd_along){0}},
                                   {"[2,3] i[2,2]", &(const gd_along){-1}},
                                   {"[2,3,3] i[1,4,2]; [0,2] i[0,2]", &(const gd_along){1}},
                                   {NULL, NULL}},
    .refused =
        (const gd_sample[]){{"[3,2] i[4,3]; [3,2] i[3]; [2,2] i[9,2]; [0,2] i[1,2]; [3] [3]; [3] -",
                             &(const gd_along){0}},
                            {"[3,2] i[3,2]", &(const gd_along){2}},
                            {NULL, NULL}},
    .any_dtype = true,
};

gd_tensor *gd_gather(gd_tape *tape, gd_tensor *input, int dim, gd_tensor *index)
{
    return gd_apply(tape, &gd_op_gather, (gd_tensor *[]){input, index}, 2, &(gd_along){dim});
}

static bool scatter_add_check(gd_tape *tape, gd_node *n)
{
    if (!gd_check_float(tape, n, 0) || !gd_check_same_dtype(tape, n, 0, 2) ||
        !gather_check(tape, n))
        return false;
    if (!gd__same_shape(n->in[1], n->in[2]))
        return refuse_source(tape, n);
    gd__set_like(n->out, n->in[0]);
    return true;
}

/* y = x, then y[index[i][j]][j] += s[i][j]   =>   dx = dy,   ds[i][j] = dy[index[i][j]][j] */
static bool scatter_add_forward(gd_tape *tape, const gd_node *n)
{
    if (!gd__check_indices(tape, n->in[1], size_of(n)))
        return false;
    gd__copy(n->out, n->in[0]);
    gd__lookup l = gather_lookup(n->out, n->in[1], dim_of(n));
    gd__lookup_add(&l, n->in[2]);
    return true;
}

static gd_tensor *scatter_add_grad(gd_tape *tape, const gd_node *n, gd_tensor *dy, int i)
{
    return i == 0 ? dy : gd_gather(tape, dy, dim_of(n), n->in[1]);
}

const gd_op gd_op_scatter_add = {
    .name = "scatter_add",
    GD_OPERANDS("input", "index", "source"),
    .formula = "input with source added at index in place of dimension dim",
    .gradient = "dinput = dy, dsource = dy at index in place of dimension dim",
    .shapes = "input, index, index -> input; input at least as large, except in dim",
    .attributes_size = sizeof(gd_along),
    .check = scatter_add_check,
    .forward = scatter_add_forward,
    .grad = scatter_add_grad,
    .reads = {0, 0, GD_READS(1)},
    .print_attributes = gd__along_print,
    .domain = {{0}, {.low = 0, .high = 2}},
    .samples = (const gd_sample[]){{"[3,2] i[4,2] [4,2]; [3] i[1] [1]; [3,2] i[0,2] [0,2]",
                                    &(const gd_along){0}},
                                   {"[2,3] i[2,2] [2,2]", &(const gd_along){-1}},
                                   {"[2,3,3] i[1,4,2] [1,4,2]", &(const gd_along){1}},
                                   {NULL, NULL}},
    .refused = (const gd_sample[]){{"[3,2] i[4,2] [3,2]; [3,2] i[4,3] [4,3]; [2,2] i[9,2] [9,2]; "
                                    "[3] i[3] i[3]; i[3] i[3] i[3]; [3] [3] [3]; [3] i[3] -",
                                    &(const gd_along){0}},
                                   {NULL, NULL}},
};

gd_tensor *gd_scatter_add(gd_tape *tape, gd_tensor *input, int dim, gd_tensor *index,
                          gd_tensor *source)
{
    return gd_apply(tape, &gd_op_scatter_add, (gd_tensor *[]){input, index, source}, 3,
                    &(gd_along){dim});
}

/* ---- an index for each slice ---- */

static bool index_select_check(gd_tape *tape, gd_node *n)
{
    int dim = gd_check_dim(tape, n->in[0], dim_of(n));
    if (dim < 0 || !gd_check_dtype(tape, n, 1, GD_I64))
        return false;
    if (n->in[1]->ndim != 1)
        return refuse_index(tape, n);
    gd__set_like(n->out, n->in[0]);
    n->out->shape[dim] = n->in[1]->shape[0];
    return true;
}

/* y[i] = x[index[i]]   =>   dx[index[i]] += dy[i] */
static bool index_select_forward(gd_tape *tape, const gd_node *n)
{
    if (!gd__check_indices(tape, n->in[1], size_of(n)))
        return false;
    gd__lookup l = select_lookup(n->in[0], n->in[1], dim_of(n));
    gd__lookup_read(n->out, &l);
    return true;
}

static gd_tensor *index_select_grad(gd_tape *tape, const gd_node *n, gd_tensor *dy, int i)
{
    return gd_index_add(tape, gd__zeros_like(tape, n->in[i]), dim_of(n), n->in[1], dy);
}

const gd_op gd_op_index_select = {
    .name = "index_select",
    GD_OPERANDS("input", "index"),
    .formula = "the slices of input along dim that index names",
    .gradient = "dinput = the slices of dy added where they were taken",
    .shapes = "[..,k,..] [n] -> [..,n,..]",
    .attributes_size = sizeof(gd_along),
    .check = index_select_check,
    .forward = index_select_forward,
    .grad = index_select_grad,
    .reads = {GD_READS(1)},
    .print_attributes = gd__along_print,
    .domain = {{0}, {.low = 0, .high = 2}},
    .samples = (const gd_sample[]){{"[3,2] i[4]; [3] i[1]; [3,2] i[0]", &(const gd_along){0}},
                                   {"[2,3] i[2]", &(const gd_along){-1}},
                                   {"[2,3,2] i[4]; [0,3] i[2]", &(const gd_along){1}},
                                   {NULL, NULL}},
    .refused = (const gd_sample[]){{"[3,2] i[2,2]; [3,2] i[]; [2,2] i[9]; [] i[1]; [3] [3]; [3] -",
                                    &(const gd_along){0}},
                                   {"[3,2] i[2]", &(const gd_along){2}},
                                   {NULL, NULL}},
    .any_dtype = true,
};

gd_tensor *gd_index_select(gd_tape *tape, gd_tensor *input, int dim, gd_tensor *index)
{
    return gd_apply(tape, &gd_op_index_select, (gd_tensor *[]){input, index}, 2, &(gd_along){dim});
}

static bool index_add_check(gd_tape *tape, gd_node *n)
{
    if (!gd_check_float(tape, n, 0) || !gd_check_same_dtype(tape, n, 0, 2) ||
        !index_select_check(tape, n))
        return false;
    if (!gd__same_shape(n->out, n->in[2]))
        return refuse_source(tape, n);
    gd__set_like(n->out, n->in[0]);
    return true;
}

/* y = x, then y[index[i]] += s[i]   =>   dx = dy,   ds[i] = dy[index[i]] */
static bool index_add_forward(gd_tape *tape, const gd_node *n)
{
    if (!gd__check_indices(tape, n->in[1], size_of(n)))
        return false;
    gd__copy(n->out, n->in[0]);
    gd__lookup l = select_lookup(n->out, n->in[1], dim_of(n));
    gd__lookup_add(&l, n->in[2]);
    return true;
}

static gd_tensor *index_add_grad(gd_tape *tape, const gd_node *n, gd_tensor *dy, int i)
{
    return i == 0 ? dy : gd_index_select(tape, dy, dim_of(n), n->in[1]);
}

const gd_op gd_op_index_add = {
    .name = "index_add",
    GD_OPERANDS("input", "index", "source"),
    .formula = "input with the slices of source added to those along dim that index names",
    .gradient = "dinput = dy, dsource = the slices of dy along dim that index names",
    .shapes = "[..,k,..] [n] [..,n,..] -> [..,k,..]",
    .attributes_size = sizeof(gd_along),
    .check = index_add_check,
    .forward = index_add_forward,
    .grad = index_add_grad,
    .reads = {0, 0, GD_READS(1)},
    .print_attributes = gd__along_print,
    .domain = {{0}, {.low = 0, .high = 2}},
    .samples = (const gd_sample[]){{"[3,2] i[4] [4,2]; [3] i[1] [1]; [3,2] i[0] [0,2]",
                                    &(const gd_along){0}},
                                   {"[2,3] i[2] [2,2]", &(const gd_along){-1}},
                                   {"[2,3,2] i[4] [2,4,2]", &(const gd_along){1}},
                                   {NULL, NULL}},
    .refused = (const gd_sample[]){{"[3,2] i[4] [3,2]; [3,2] i[4] [4,3]; [2,2] i[9] [9,2]; [3] "
                                    "i[3] i[3]; [3] [3] [3]; [3] i[3] -",
                                    &(const gd_along){0}},
                                   {NULL, NULL}},
};

gd_tensor *gd_index_add(gd_tape *tape, gd_tensor *input, int dim, gd_tensor *index,
                        gd_tensor *source)
{
    return gd_apply(tape, &gd_op_index_add, (gd_tensor *[]){input, index, source}, 3,
                    &(gd_along){dim});
}
