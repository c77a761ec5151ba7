/* embedding, one_hot: rows by number, and numbers as rows. */
#include "autograd/ops/common.h"
#include "autograd/ops/lookup.h"

#include <inttypes.h>
#include <string.h>

static gd__lookup embedding_lookup(const gd_tensor *weight, const gd_tensor *index)
{
    gd__lookup l = {.index = *index, .rows = *weight, .stride = weight->stride[0]};
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

static bool embedding_check(gd_tape *tape, gd_node *n)
{
    const gd_tensor *weight = n->in[0], *index = n->in[1];
    char text[GD__SHAPE_TEXT];
    if (!gd_check_float(tape, n, 0) || !gd_check_dtype(tape, n, 1, GD_I64))
        return false;
    if (weight->ndim != 2)
        return gd_tape_fail(tape, GD_ERROR_SHAPE, "weight %s must be [v,d]",
                            gd__shape_text(text, weight->ndim, weight->shape));
    if (!gd__set_rows(tape, n->out, index, weight->shape[1]))
        return false;
    n->out->dtype = weight->dtype;
    return true;
}

/* y[i] = weight[index[i]]   =>   dweight[index[i]] += dy[i] */
static bool embedding_forward(gd_tape *tape, const gd_node *n)
{
    if (!gd__check_indices(tape, n->in[1], n->in[0]->shape[0]))
        return false;
    gd__lookup l = embedding_lookup(n->in[0], n->in[1]);
    gd__lookup_read(n->out, &l);
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
    if (!gd__check_indices(tape, n->in[1], dst->shape[0]))
        return false;
    if (!accumulate)
        gd_tensor_fill(dst, 0);
    gd__lookup l = embedding_lookup(dst, n->in[1]);
    gd__lookup_add(&l, dy);
    return true;
}

const gd_op gd_op_embedding = {
    .name = "embedding",
    GD_OPERANDS("weight", "index"),
    .formula = "the rows of weight that index names",
    .gradient = "dweight = the rows of dy added where they were taken",
    .element = "y[..,j] = weight[index,j]",
    .element_gradient = "dweight[v,j] = sum(..: dy[..,j] where index == v, else 0)",
    .shapes = "[v,d] [..] -> [..,d]",
    .check = embedding_check,
    .forward = embedding_forward,
    .grad = embedding_grad,
    .grad_into = embedding_grad_into,
    .reads = {GD_READS(1)},
    .domain = {{0}, {.low = 0, .high = 2}},
    .samples =
        GD_CALLS("[3,2] i[4]; [3,2] i[2,3]; [3,2] i[]; [3,1] i[2,1,3]; [3,2] i[0]; [3,0] i[2]"),
    .refused =
        GD_CALLS("[3] i[2]; [2,2] i[9]; [3,2] i[1,1,1,1,1,1,1,1]; i[3,2] i[2]; [3,2] [2]; [3,2] -"),
};

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
    if (!gd_check_dtype(tape, n, 0, GD_I64) || !gd__set_rows(tape, n->out, n->in[0], c->classes))
        return false;
    n->out->dtype = c->dtype;
    return true;
}

static bool one_hot_forward(gd_tape *tape, const gd_node *n)
{
    const coding *c = n->attributes;
    double memory;
    gd_tensor one = {.data = &memory, .dtype = c->dtype}, firsts = *n->out;
    if (!gd__check_indices(tape, n->in[0], c->classes))
        return false;
    gd_tensor_fill(n->out, 0);
    gd_tensor_fill(&one, 1);
    size_t size = gd_dtype_size(c->dtype);
    --firsts.ndim;
    gd__walk w = gd__walk_begin(2, (const gd_tensor *[]){&firsts, n->in[0]});
    do
        for (int64_t j = 0; j < w.length; ++j)
            memcpy(w.data[0] + (j * w.step[0] + gd__index_at(&w, 1, j)) * (int64_t)size, &memory,
                   size);
    while (gd__walk_next(&w));
    return true;
}

const gd_op gd_op_one_hot = {
    .name = "one_hot",
    GD_OPERANDS("index"),
    .formula = "1 at the index, else 0",
    .element = "y[..,c] = index == c",
    .shapes = "[..] -> [..,classes]",
    GD_FIELDS(coding, GD_FIELD(coding, classes), GD_FIELD(coding, dtype)),
    .check = one_hot_check,
    .forward = one_hot_forward,
    .domain = {{.low = 0, .high = 2}},
    .samples =
        GD_SAMPLES({"i[4]", &(const coding){3, GD_F32}}, {"i[2,3]", &(const coding){3, GD_BOOL}},
                   {"i[]", &(const coding){4, GD_I64}}, {"i[0]", &(const coding){3, GD_F64}}),
    .refused =
        GD_SAMPLES({"i[9]", &(const coding){2, GD_F32}}, {"i[2]", &(const coding){0, GD_F32}},
                   {"i[2]", &(const coding){3, (gd_dtype)9}},
                   {"[2]; i[1,1,1,1,1,1,1,1]; -", &(const coding){3, GD_F32}}),
    .dtype_given = true,
};

gd_tensor *gd_one_hot(gd_tape *tape, gd_tensor *index, int64_t classes, gd_dtype dtype)
{
    return gd_apply(tape, &gd_op_one_hot, &index, 1, &(coding){classes, dtype});
}
