/* gather, scatter_add, index_select, index_add, embedding, one_hot: places that other tensors name.
 *
 * Three of them look values up, each in its own way:
 *     gather        y[i][j] = x[index[i][j]][j]   (along dimension 0)
 *     index_select  y[i][j] = x[index[i]][j]      (along dimension 0)
 *     embedding     y[i][j] = x[index[i]][j]      (i: all positions of the index)
 * and two add to what would be looked up, which is the adjoint. */
#include "autograd/ops/common.h"
#include "tensor/walk.h"

#include <inttypes.h>
#include <string.h>

/* y[p] = rows[p] moved on by index[p] steps: index and rows have y's shape, with stride 0 where
 * they do not change. */
typedef struct lookup {
    gd_tensor index, rows;
    int64_t stride; /* of x along the dimension that is looked up in, in elements */
} lookup;

static lookup gather_lookup(const gd_tensor *x, const gd_tensor *index, int dim)
{
    dim = gd__dimension(dim, x->ndim);
    lookup l = {.index = *index, .rows = *x, .stride = x->stride[dim]};
    for (int k = 0; k < x->ndim; ++k)
        l.rows.shape[k] = index->shape[k];
    l.rows.stride[dim] = 0;
    return l;
}

static lookup select_lookup(const gd_tensor *x, const gd_tensor *index, int dim)
{
    dim = gd__dimension(dim, x->ndim);
    lookup l = {.index = *index, .rows = *x, .stride = x->stride[dim]};
    l.rows.shape[dim] = index->shape[0];
    l.rows.stride[dim] = 0;
    l.index.ndim = x->ndim;
    for (int k = 0; k < x->ndim; ++k) {
        l.index.shape[k] = l.rows.shape[k];
        l.index.stride[k] = k == dim ? index->stride[0] : 0;
    }
    return l;
}

static lookup embedding_lookup(const gd_tensor *weight, const gd_tensor *index)
{
    lookup l = {.index = *index, .rows = *weight, .stride = weight->stride[0]};
    int last = index->ndim;
    l.index.ndim = l.rows.ndim = last + 1;
    l.index.shape[last] = weight->shape[1];
    l.index.stride[last] = 0;
    for (int k = 0; k < last; ++k)
        l.rows.stride[k] = 0;
    l.rows.stride[last] = weight->stride[1];
    for (int k = 0; k <= last; ++k)
        l.rows.shape[k] = l.index.shape[k];
    return l;
}

static void copy_run(int64_t n, char *to, const char *from, int64_t step, int64_t size)
{
    if (step == 1)
        memcpy(to, from, (size_t)(n * size));
    else
        for (int64_t j = 0; j < n; ++j)
            memcpy(to + j * size, from + j * step * size, (size_t)size);
}

/* Element j of a run of the index. */
static int64_t index_at(const gd__walk *w, int tensor, int64_t j)
{
    return ((const int64_t *)(const void *)w->data[tensor])[j * w->step[tensor]];
}

static void look_up(const gd_tensor *y, const lookup *l)
{
    int64_t size = (int64_t)gd_dtype_size(y->dtype), stride = l->stride * size;
    gd__walk w = gd__walk_begin(3, (const gd_tensor *[]){y, &l->index, &l->rows});
    do {
        /* One index for a whole run, or one for each element. */
        int64_t n = w.length > 0 && w.step[1] == 0 ? w.length : 1;
        for (int64_t j = 0; j < w.length; j += n)
            copy_run(n, w.data[0] + j * size,
                     w.data[2] + index_at(&w, 1, j) * stride + j * w.step[2] * size, w.step[2],
                     size);
    } while (gd__walk_next(&w));
}

/* What would be looked up += source, in the order of source. */
static void add_at(const lookup *l, const gd_tensor *source)
{
    const gd__kernels *kernels = gd__kernels_for(source->dtype);
    int64_t size = (int64_t)gd_dtype_size(source->dtype), stride = l->stride * size;
    gd__walk w = gd__walk_begin(3, (const gd_tensor *[]){&l->index, source, &l->rows});
    do {
        int64_t n = w.length > 0 && w.step[0] == 0 && w.step[2] == 1 ? w.length : 1;
        for (int64_t j = 0; j < w.length; j += n)
            kernels->add_into(n, w.data[2] + index_at(&w, 0, j) * stride + j * w.step[2] * size,
                              w.data[1] + j * w.step[1] * size, w.step[1]);
    } while (gd__walk_next(&w));
}

/* Whether all that the index names are in [0, size). */
static bool check_range(gd_tape *tape, const gd_tensor *index, int64_t size)
{
    int64_t number = 0;
    gd__walk w = gd__walk_begin(1, &index);
    do
        for (int64_t j = 0; j < w.length; ++j, ++number) {
            int64_t value = index_at(&w, 0, j);
            char text[GD__SHAPE_TEXT];
            if (value < 0 || value >= size)
                return gd_tape_fail(tape, GD_ERROR_VALUE,
                                    "index %" PRId64 " at %s is outside [0,%" PRId64 ")", value,
                                    gd__position_text(text, index, number), size);
        }
    while (gd__walk_next(&w));
    return true;
}

static int dim_of(const gd_node *n)
{
    return ((const gd__along *)n->attributes)->dim;
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
    int dim = gd__check_dim(tape, x, dim_of(n));
    if (dim < 0 || !gd__check_dtype(tape, n, 1, GD_I64))
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
    if (!check_range(tape, n->in[1], size_of(n)))
        return false;
    lookup l = gather_lookup(n->in[0], n->in[1], dim_of(n));
    look_up(n->out, &l);
    return true;
}

static gd_tensor *gather_grad(gd_tape *tape, const gd_node *n, gd_tensor *dy, int i)
{
    return gd_scatter_add(tape, gd__zeros_like(tape, n->in[i]), dim_of(n), n->in[1], dy);
}

const gd_op gd__op_gather = {
    .name = "gather",
    .formula = "x with the index in place of dimension dim",
    .gradient = "dx = dy added where it was taken from",
    .shapes = "x, index -> index; x at least as large, except in dim",
    .least_operands = 2,
    .most_operands = 2,
    .attributes_size = sizeof(gd__along),
    .check = gather_check,
    .forward = gather_forward,
    .grad = gather_grad,
    .reads = {GD_READS(1)},
    .print_attributes = gd__along_print,
    .domain = {{0}, {.low = 0, .high = 2}},
    .samples = (const gd_sample[]){{"[3,2] i[4,2]", &(const gd__along){0}},
                                   {"[2,3] i[2,2]", &(const gd__along){-1}},
                                   {"[2,3,3] i[1,4,2]", &(const gd__along){1}},
                                   {"[3] i[1]", &(const gd__along){0}},
                                   {"[3,2] i[0,2]", &(const gd__along){0}},
                                   {"[0,2] i[0,2]", &(const gd__along){1}},
                                   {NULL, NULL}},
    .refused = (const gd_sample[]){{"[3,2] i[4,3]", &(const gd__along){0}},
                                   {"[3,2] i[3]", &(const gd__along){0}},
                                   {"[3,2] i[3,2]", &(const gd__along){2}},
                                   {"[2,2] i[9,2]", &(const gd__along){0}},
                                   {"[0,2] i[1,2]", &(const gd__along){0}},
                                   {"[3] [3]", &(const gd__along){0}},
                                   {"[3] -", &(const gd__along){0}},
                                   {NULL, NULL}},
};

gd_tensor *gd_gather(gd_tape *tape, gd_tensor *x, int dim, gd_tensor *index)
{
    return gd_apply(tape, &gd__op_gather, (gd_tensor *[]){x, index}, 2, &(gd__along){dim});
}

static bool scatter_add_check(gd_tape *tape, gd_node *n)
{
    if (!gd__check_float(tape, n, 0) || !gd__check_same_dtype(tape, n, 0, 2) ||
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
    if (!check_range(tape, n->in[1], size_of(n)))
        return false;
    gd__copy(n->out, n->in[0]);
    lookup l = gather_lookup(n->out, n->in[1], dim_of(n));
    add_at(&l, n->in[2]);
    return true;
}

static gd_tensor *scatter_add_grad(gd_tape *tape, const gd_node *n, gd_tensor *dy, int i)
{
    return i == 0 ? dy : gd_gather(tape, dy, dim_of(n), n->in[1]);
}

const gd_op gd__op_scatter_add = {
    .name = "scatter_add",
    .formula = "x with source added where the index says, in place of dimension dim",
    .gradient = "dx = dy, dsource = dy taken from where it was added",
    .shapes = "x, index, index -> x; x at least as large, except in dim",
    .least_operands = 3,
    .most_operands = 3,
    .attributes_size = sizeof(gd__along),
    .check = scatter_add_check,
    .forward = scatter_add_forward,
    .grad = scatter_add_grad,
    .reads = {0, 0, GD_READS(1)},
    .print_attributes = gd__along_print,
    .domain = {{0}, {.low = 0, .high = 2}},
    .samples = (const gd_sample[]){{"[3,2] i[4,2] [4,2]", &(const gd__along){0}},
                                   {"[2,3] i[2,2] [2,2]", &(const gd__along){-1}},
                                   {"[2,3,3] i[1,4,2] [1,4,2]", &(const gd__along){1}},
                                   {"[3] i[1] [1]", &(const gd__along){0}},
                                   {"[3,2] i[0,2] [0,2]", &(const gd__along){0}},
                                   {NULL, NULL}},
    .refused = (const gd_sample[]){{"[3,2] i[4,2] [3,2]", &(const gd__along){0}},
                                   {"[3,2] i[4,3] [4,3]", &(const gd__along){0}},
                                   {"[2,2] i[9,2] [9,2]", &(const gd__along){0}},
                                   {"[3] i[3] i[3]", &(const gd__along){0}},
                                   {"i[3] i[3] i[3]", &(const gd__along){0}},
                                   {"[3] [3] [3]", &(const gd__along){0}},
                                   {"[3] i[3] -", &(const gd__along){0}},
                                   {NULL, NULL}},
};

gd_tensor *gd_scatter_add(gd_tape *tape, gd_tensor *x, int dim, gd_tensor *index, gd_tensor *source)
{
    return gd_apply(tape, &gd__op_scatter_add, (gd_tensor *[]){x, index, source}, 3,
                    &(gd__along){dim});
}

/* ---- an index for each slice ---- */

static bool index_select_check(gd_tape *tape, gd_node *n)
{
    int dim = gd__check_dim(tape, n->in[0], dim_of(n));
    if (dim < 0 || !gd__check_dtype(tape, n, 1, GD_I64))
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
    if (!check_range(tape, n->in[1], size_of(n)))
        return false;
    lookup l = select_lookup(n->in[0], n->in[1], dim_of(n));
    look_up(n->out, &l);
    return true;
}

static gd_tensor *index_select_grad(gd_tape *tape, const gd_node *n, gd_tensor *dy, int i)
{
    return gd_index_add(tape, gd__zeros_like(tape, n->in[i]), dim_of(n), n->in[1], dy);
}

const gd_op gd__op_index_select = {
    .name = "index_select",
    .formula = "the slices of x along dim that the index names",
    .gradient = "dx = dy's slices added where they were taken from",
    .shapes = "[..,k,..] [n] -> [..,n,..]",
    .least_operands = 2,
    .most_operands = 2,
    .attributes_size = sizeof(gd__along),
    .check = index_select_check,
    .forward = index_select_forward,
    .grad = index_select_grad,
    .reads = {GD_READS(1)},
    .print_attributes = gd__along_print,
    .domain = {{0}, {.low = 0, .high = 2}},
    .samples = (const gd_sample[]){{"[3,2] i[4]", &(const gd__along){0}},
                                   {"[2,3] i[2]", &(const gd__along){-1}},
                                   {"[2,3,2] i[4]", &(const gd__along){1}},
                                   {"[3] i[1]", &(const gd__along){0}},
                                   {"[3,2] i[0]", &(const gd__along){0}},
                                   {"[0,3] i[2]", &(const gd__along){1}},
                                   {NULL, NULL}},
    .refused = (const gd_sample[]){{"[3,2] i[2,2]", &(const gd__along){0}},
                                   {"[3,2] i[2]", &(const gd__along){2}},
                                   {"[3,2] i[]", &(const gd__along){0}},
                                   {"[2,2] i[9]", &(const gd__along){0}},
                                   {"[] i[1]", &(const gd__along){0}},
                                   {"[3] [3]", &(const gd__along){0}},
                                   {"[3] -", &(const gd__along){0}},
                                   {NULL, NULL}},
};

gd_tensor *gd_index_select(gd_tape *tape, gd_tensor *x, int dim, gd_tensor *index)
{
    return gd_apply(tape, &gd__op_index_select, (gd_tensor *[]){x, index}, 2, &(gd__along){dim});
}

static bool index_add_check(gd_tape *tape, gd_node *n)
{
    if (!gd__check_float(tape, n, 0) || !gd__check_same_dtype(tape, n, 0, 2) ||
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
    if (!check_range(tape, n->in[1], size_of(n)))
        return false;
    gd__copy(n->out, n->in[0]);
    lookup l = select_lookup(n->out, n->in[1], dim_of(n));
    add_at(&l, n->in[2]);
    return true;
}

static gd_tensor *index_add_grad(gd_tape *tape, const gd_node *n, gd_tensor *dy, int i)
{
    return i == 0 ? dy : gd_index_select(tape, dy, dim_of(n), n->in[1]);
}

const gd_op gd__op_index_add = {
    .name = "index_add",
    .formula = "x with source's slices added to those along dim that the index names",
    .gradient = "dx = dy, dsource = dy's slices taken from where they were added",
    .shapes = "[..,k,..] [n] [..,n,..] -> [..,k,..]",
    .least_operands = 3,
    .most_operands = 3,
    .attributes_size = sizeof(gd__along),
    .check = index_add_check,
    .forward = index_add_forward,
    .grad = index_add_grad,
    .reads = {0, 0, GD_READS(1)},
    .print_attributes = gd__along_print,
    .domain = {{0}, {.low = 0, .high = 2}},
    .samples = (const gd_sample[]){{"[3,2] i[4] [4,2]", &(const gd__along){0}},
                                   {"[2,3] i[2] [2,2]", &(const gd__along){-1}},
                                   {"[2,3,2] i[4] [2,4,2]", &(const gd__along){1}},
                                   {"[3] i[1] [1]", &(const gd__along){0}},
                                   {"[3,2] i[0] [0,2]", &(const gd__along){0}},
                                   {NULL, NULL}},
    .refused = (const gd_sample[]){{"[3,2] i[4] [3,2]", &(const gd__along){0}},
                                   {"[3,2] i[4] [4,3]", &(const gd__along){0}},
                                   {"[2,2] i[9] [9,2]", &(const gd__along){0}},
                                   {"[3] i[3] i[3]", &(const gd__along){0}},
                                   {"[3] [3] [3]", &(const gd__along){0}},
                                   {"[3] i[3] -", &(const gd__along){0}},
                                   {NULL, NULL}},
};

gd_tensor *gd_index_add(gd_tape *tape, gd_tensor *x, int dim, gd_tensor *index, gd_tensor *source)
{
    return gd_apply(tape, &gd__op_index_add, (gd_tensor *[]){x, index, source}, 3,
                    &(gd__along){dim});
}

/* ---- rows by number ---- */

static bool embedding_check(gd_tape *tape, gd_node *n)
{
    const gd_tensor *weight = n->in[0], *index = n->in[1];
    gd_tensor *y = n->out;
    char text[GD__SHAPE_TEXT];
    if (!gd__check_float(tape, n, 0) || !gd__check_dtype(tape, n, 1, GD_I64))
        return false;
    if (weight->ndim != 2)
        return gd_tape_fail(tape, GD_ERROR_SHAPE, "weight %s must be [v,d]",
                            gd__shape_text(text, weight->ndim, weight->shape));
    if (index->ndim == GD_MAX_DIMS)
        return gd_tape_fail(tape, GD_ERROR_SHAPE, "an index of %d dimensions leaves none for d",
                            GD_MAX_DIMS);
    gd__set_like(y, index);
    y->dtype = weight->dtype;
    y->shape[y->ndim++] = weight->shape[1];
    return true;
}

/* y[i] = weight[index[i]]   =>   dweight[index[i]] += dy[i] */
static bool embedding_forward(gd_tape *tape, const gd_node *n)
{
    if (!check_range(tape, n->in[1], n->in[0]->shape[0]))
        return false;
    lookup l = embedding_lookup(n->in[0], n->in[1]);
    look_up(n->out, &l);
    return true;
}

static gd_tensor *embedding_grad(gd_tape *tape, const gd_node *n, gd_tensor *dy, int i)
{
    gd_tensor *weight = n->in[i], *index = n->in[1];
    gd_tensor *rows = gd_reshape(tape, dy, GD_DIMS(gd_tensor_numel(index), weight->shape[1]));
    return gd_index_add(tape, gd__zeros_like(tape, weight), 0,
                        gd_reshape(tape, index, GD_DIMS(gd_tensor_numel(index))), rows);
}

/* Adds to the rows that are named alone: the others may be many. */
static bool embedding_grad_into(gd_tape *tape, const gd_node *n, const gd_tensor *dy, int i,
                                gd_tensor *dst, bool accumulate)
{
    (void)i;
    if (!check_range(tape, n->in[1], dst->shape[0]))
        return false;
    if (!accumulate)
        gd_tensor_fill(dst, 0);
    lookup l = embedding_lookup(dst, n->in[1]);
    add_at(&l, dy);
    return true;
}

const gd_op gd__op_embedding = {
    .name = "embedding",
    .formula = "the rows of weight that the index names",
    .gradient = "dweight = dy's rows added where they were taken from",
    .shapes = "[v,d] [..] -> [..,d]",
    .least_operands = 2,
    .most_operands = 2,
    .check = embedding_check,
    .forward = embedding_forward,
    .grad = embedding_grad,
    .grad_into = embedding_grad_into,
    .reads = {GD_READS(1)},
    .domain = {{0}, {.low = 0, .high = 2}},
    .samples = (const gd_sample[]){{.shapes = "[3,2] i[4]"},
                                   {.shapes = "[3,2] i[2,3]"},
                                   {.shapes = "[3,2] i[]"},
                                   {.shapes = "[3,1] i[2,1,3]"},
                                   {.shapes = "[3,2] i[0]"},
                                   {.shapes = "[3,0] i[2]"},
                                   {.shapes = NULL}},
    .refused = (const gd_sample[]){{.shapes = "[3] i[2]"},
                                   {.shapes = "[2,2] i[9]"},
                                   {.shapes = "[3,2] i[1,1,1,1,1,1,1,1]"},
                                   {.shapes = "i[3,2] i[2]"},
                                   {.shapes = "[3,2] [2]"},
                                   {.shapes = "[3,2] -"},
                                   {.shapes = NULL}},
};

gd_tensor *gd_embedding(gd_tape *tape, gd_tensor *weight, gd_tensor *index)
{
    return gd__apply2(tape, &gd__op_embedding, weight, index);
}

/* y = 1 at the index, else 0: [..] -> [..,classes]; no gradient */
typedef struct coding {
    int64_t classes;
    gd_dtype dtype;
} coding;

static bool one_hot_check(gd_tape *tape, gd_node *n)
{
    const coding *c = n->attributes;
    if (c->dtype > GD_U8 || c->classes < 1)
        return gd_tape_fail(tape, GD_ERROR_ARGUMENT, "%" PRId64 " classes of dtype %d", c->classes,
                            (int)c->dtype);
    if (!gd__check_dtype(tape, n, 0, GD_I64))
        return false;
    if (n->in[0]->ndim == GD_MAX_DIMS)
        return gd_tape_fail(tape, GD_ERROR_SHAPE, "an index of %d dimensions leaves none",
                            GD_MAX_DIMS);
    gd__set_like(n->out, n->in[0]);
    n->out->dtype = c->dtype;
    n->out->shape[n->out->ndim++] = c->classes;
    return true;
}

static bool one_hot_forward(gd_tape *tape, const gd_node *n)
{
    const coding *c = n->attributes;
    double memory;
    gd_tensor one = {.data = &memory, .dtype = c->dtype}, firsts = *n->out;
    if (!check_range(tape, n->in[0], c->classes))
        return false;
    gd_tensor_fill(n->out, 0);
    gd_tensor_fill(&one, 1);
    size_t size = gd_dtype_size(c->dtype);
    --firsts.ndim;
    gd__walk w = gd__walk_begin(2, (const gd_tensor *[]){&firsts, n->in[0]});
    do
        for (int64_t j = 0; j < w.length; ++j)
            memcpy(w.data[0] + (j * w.step[0] + index_at(&w, 1, j)) * (int64_t)size, &memory, size);
    while (gd__walk_next(&w));
    return true;
}

static int coding_print(char *buffer, size_t size, const void *attributes)
{
    const coding *c = attributes;
    return snprintf(buffer, size, "classes=%" PRId64 ", dtype=%s", c->classes,
                    gd_dtype_name(c->dtype));
}

const gd_op gd__op_one_hot = {
    .name = "one_hot",
    .formula = "1 at the index, else 0",
    .gradient = "none",
    .shapes = "[..] -> [..,classes]",
    .least_operands = 1,
    .most_operands = 1,
    .attributes_size = sizeof(coding),
    .check = one_hot_check,
    .forward = one_hot_forward,
    .print_attributes = coding_print,
    .domain = {{.low = 0, .high = 2}},
    .samples = (const gd_sample[]){{"i[4]", &(const coding){3, GD_F32}},
                                   {"i[2,3]", &(const coding){3, GD_BOOL}},
                                   {"i[]", &(const coding){4, GD_I64}},
                                   {"i[0]", &(const coding){3, GD_F64}},
                                   {NULL, NULL}},
    .refused = (const gd_sample[]){{"i[9]", &(const coding){2, GD_F32}},
                                   {"i[2]", &(const coding){0, GD_F32}},
                                   {"i[2]", &(const coding){3, (gd_dtype)9}},
                                   {"[2]", &(const coding){3, GD_F32}},
                                   {"i[1,1,1,1,1,1,1,1]", &(const coding){3, GD_F32}},
                                   {"-", &(const coding){3, GD_F32}},
                                   {NULL, NULL}},
};

gd_tensor *gd_one_hot(gd_tape *tape, gd_tensor *index, int64_t classes, gd_dtype dtype)
{
    return gd_apply(tape, &gd__op_one_hot, &index, 1, &(coding){classes, dtype});
}
