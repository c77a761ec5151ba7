/* reshape, transpose, permute, expand, squeeze, unsqueeze: the same values seen otherwise. */
#include "autograd/ops/common.h"

typedef struct size_list {
    int64_t sizes[GD_MAX_DIMS];
    int ndim;
} size_list;

#define SIZES(field_name)                                                                          \
    {                                                                                              \
        .name = (field_name), .kind = GD_FIELD_LIST, .count_offset = offsetof(size_list, ndim)     \
    }

/* A shape that no tensor has stands for one that cannot even be copied: the view refuses it. */
static size_list size_list_of(int ndim, const int64_t *sizes)
{
    size_list s = {.ndim = ndim};
    if (ndim < 0 || ndim > GD_MAX_DIMS || (ndim > 0 && sizes == NULL))
        return (size_list){.sizes = {-2}, .ndim = 1};
    for (int i = 0; i < ndim; ++i)
        s.sizes[i] = sizes[i];
    return s;
}

/* y = x in another shape   =>   dx = dy in x's shape */
static bool reshape_check(gd_tape *tape, gd_node *n)
{
    const size_list *s = n->attributes;
    return gd_view_out(tape, n, gd_tensor_reshape(n->in[0], s->ndim, s->sizes));
}

static gd_tensor *reshape_grad(gd_tape *tape, const gd_node *n, gd_tensor *dy, int i)
{
    return gd_reshape(tape, dy, n->in[i]->ndim, n->in[i]->shape);
}

const gd_op gd_op_reshape = {
    .name = "reshape",
    GD_OPERANDS("input"),
    .formula = "input in another shape",
    .gradient = "dinput = dy in input's shape",
    .element = "input[#]",
    .element_gradient = "dinput[*] = dy[#]",
    .shapes = "input -> shape",
    GD_FIELDS(size_list, SIZES("shape")),
    .check = reshape_check,
    .grad = reshape_grad,
    .samples = GD_SAMPLES(
        {"[2,3]", &(const size_list){{3, 2}, 2}}, {"[2,3]", &(const size_list){{6}, 1}},
        {"[2,3]", &(const size_list){{-1, 1, 2}, 3}}, {"[1]", &(const size_list){{0}, 0}},
        {"[]", &(const size_list){{1, 1}, 2}}, {"[0,3]", &(const size_list){{3, 0, 2}, 3}}),
    .refused = GD_SAMPLES(
        {"[2,3]", &(const size_list){{4}, 1}}, {"[2,3]", &(const size_list){{-1, 4}, 2}},
        {"[2,3]", &(const size_list){{-1, -1}, 2}}, {"[0,3]", &(const size_list){{-1, 0}, 2}},
        {"[2,3]", &(const size_list){{-2}, 1}}, {"-", &(const size_list){{1}, 1}}),
    .any_dtype = true,
    .may_need_copy = true,
};

/* Whether x's strides cannot express the shape although its number of elements can. */
static bool needs_copy(gd_tape *tape, const gd_tensor *x, const size_list *s)
{
    if (tape == NULL || tape->status != GD_OK || x == NULL || gd_tensor_is_contiguous(x))
        return false;
    gd_tensor packed = *x;
    gd__set_contiguous(&packed);
    return gd_tensor_reshape(&packed, s->ndim, s->sizes).ndim >= 0 &&
           gd_tensor_reshape(x, s->ndim, s->sizes).ndim < 0;
}

gd_tensor *gd_reshape(gd_tape *tape, gd_tensor *input, int ndim, const int64_t *shape)
{
    size_list s = size_list_of(ndim, shape);
    if (needs_copy(tape, input, &s))
        input = gd_clone(tape, input);
    return gd_apply(tape, &gd_op_reshape, &input, 1, &s);
}

/* y = x with two dimensions swapped   =>   dx = dy with the same two swapped */
typedef struct swap {
    int dim0, dim1;
} swap;

static bool transpose_check(gd_tape *tape, gd_node *n)
{
    const swap *s = n->attributes;
    return gd_view_out(tape, n, gd_tensor_transpose(n->in[0], s->dim0, s->dim1));
}

static gd_tensor *transpose_grad(gd_tape *tape, const gd_node *n, gd_tensor *dy, int i)
{
    (void)i;
    const swap *s = n->attributes;
    return gd_transpose(tape, dy, s->dim0, s->dim1);
}

const gd_op gd_op_transpose = {
    .name = "transpose",
    GD_OPERANDS("input"),
    .formula = "input with dimensions dim0 and dim1 swapped",
    .gradient = "dinput = dy with the same two swapped",
    .element = "swap(input, dim0, dim1)",
    .element_gradient = "dinput[*] = swap(dy, dim0, dim1)",
    .shapes = "input -> input with dim0 and dim1 swapped",
    GD_FIELDS(swap, GD_FIELD(swap, dim0), GD_FIELD(swap, dim1)),
    .check = transpose_check,
    .grad = transpose_grad,
    .samples = GD_SAMPLES({"[2,3]; [0,3]", &(const swap){0, 1}}, {"[2,3,4]", &(const swap){-1, 0}},
                          {"[2,3]", &(const swap){1, 1}}),
    .refused = GD_SAMPLES({"[2,3]", &(const swap){0, 2}}, {"[2,3]", &(const swap){-3, 0}},
                          {"[]", &(const swap){0, 0}}, {"-", &(const swap){0, 1}}),
    .any_dtype = true,
};

gd_tensor *gd_transpose(gd_tape *tape, gd_tensor *input, int dim0, int dim1)
{
    return gd_apply(tape, &gd_op_transpose, &input, 1, &(swap){dim0, dim1});
}

/* y = x with dimension dims[k] of x as its dimension k   =>   dx = dy with them back in their places */
static bool permute_check(gd_tape *tape, gd_node *n)
{
    const size_list *dims = n->attributes;
    return gd_view_out(tape, n, gd_tensor_permute(n->in[0], dims->ndim, dims->sizes));
}

static gd_tensor *permute_grad(gd_tape *tape, const gd_node *n, gd_tensor *dy, int i)
{
    (void)i;
    const size_list *dims = n->attributes;
    int64_t back[GD_MAX_DIMS];
    for (int k = 0; k < dims->ndim; ++k)
        back[gd__dimension(dims->sizes[k], dims->ndim)] = k;
    return gd_permute(tape, dy, dims->ndim, back);
}

const gd_op gd_op_permute = {
    .name = "permute",
    GD_OPERANDS("input"),
    .formula = "input with its dimensions in the order dims",
    .gradient = "dinput = dy with the dimensions back in their places",
    .element = "permute(input, dims)",
    .element_gradient = "dinput[*] = unpermute(dy, dims)",
    .shapes = "input -> input with its dimensions in the order dims",
    GD_FIELDS(size_list, SIZES("dims")),
    .check = permute_check,
    .grad = permute_grad,
    .samples = GD_SAMPLES(
        {"[2,3,4]", &(const size_list){{2, 0, 1}, 3}}, {"[2,3]", &(const size_list){{-1, 0}, 2}},
        {"[]", &(const size_list){{0}, 0}}, {"[0,3]", &(const size_list){{1, 0}, 2}}),
    .refused = GD_SAMPLES({"[2,3]; -", &(const size_list){{0}, 1}},
                          {"[2,3]", &(const size_list){{0, 0}, 2}},
                          {"[2,3]", &(const size_list){{0, 2}, 2}}),
    .any_dtype = true,
};

gd_tensor *gd_permute(gd_tape *tape, gd_tensor *input, int ndim, const int64_t *dims)
{
    size_list s = size_list_of(ndim, dims);
    return gd_apply(tape, &gd_op_permute, &input, 1, &s);
}

/* y = x repeated along dimensions of size 1   =>   dx = dy, which the engine sums over them */
static bool expand_check(gd_tape *tape, gd_node *n)
{
    const size_list *s = n->attributes;
    return gd_view_out(tape, n, gd_tensor_expand(n->in[0], s->ndim, s->sizes));
}

const gd_op gd_op_expand = {
    .name = "expand",
    GD_OPERANDS("input"),
    .formula = "input repeated along dimensions of size 1",
    .gradient = "dinput = dy summed over them",
    .element = "input",
    .element_gradient = "dinput = dy",
    .shapes = "input -> shape",
    GD_FIELDS(size_list, SIZES("shape")),
    .check = expand_check,
    .grad = gd__pass_grad,
    .samples = GD_SAMPLES(
        {"[2,1]; [3]", &(const size_list){{2, 3}, 2}}, {"[1,3]", &(const size_list){{2, 2, -1}, 3}},
        {"[]", &(const size_list){{2, 2}, 2}}, {"[1]", &(const size_list){{0}, 1}}),
    .refused =
        GD_SAMPLES({"[2,3]", &(const size_list){{2, 4}, 2}}, {"[2,3]", &(const size_list){{3}, 1}},
                   {"[3]", &(const size_list){{-1, 3}, 2}}, {"[3]", &(const size_list){{-2, 3}, 2}},
                   {"-", &(const size_list){{1}, 1}}),
    .any_dtype = true,
};

gd_tensor *gd_expand(gd_tape *tape, gd_tensor *input, int ndim, const int64_t *shape)
{
    size_list s = size_list_of(ndim, shape);
    return gd_apply(tape, &gd_op_expand, &input, 1, &s);
}

/* y = x without dimension dim, if its size is 1   =>   dx = dy in x's shape */
static bool squeeze_check(gd_tape *tape, gd_node *n)
{
    gd_tensor view = gd__view_of(n->in[0]);
    int dim = gd_check_dim(tape, &view, ((const gd_along *)n->attributes)->dim);
    if (dim < 0)
        return false;
    if (view.shape[dim] == 1)
        gd__drop_dimension(&view, dim);
    return gd_view_out(tape, n, view);
}

const gd_op gd_op_squeeze = {
    .name = "squeeze",
    GD_OPERANDS("input"),
    .formula = "input without dimension dim, if its size is 1",
    .gradient = "dinput = dy in input's shape",
    .element = "input[#]",
    .element_gradient = "dinput[*] = dy[#]",
    .shapes = "[..,1,..] -> [..,..]",
    GD__ALONG_DIM,
    .check = squeeze_check,
    .grad = reshape_grad,
    .samples = GD_SAMPLES({"[2,1,3]", &(const gd_along){1}}, {"[2,3]", &(const gd_along){-2}},
                          {"[1]; [1,0]", &(const gd_along){0}}),
    .refused = GD_SAMPLES({"[2,1]", &(const gd_along){2}}, {"[2,1]", &(const gd_along){-3}},
                          {"[]; -", &(const gd_along){0}}),
    .any_dtype = true,
};

gd_tensor *gd_squeeze(gd_tape *tape, gd_tensor *input, int dim)
{
    return gd_apply(tape, &gd_op_squeeze, &input, 1, &(gd_along){dim});
}

/* y = x with a dimension of size 1 before dimension dim   =>   dx = dy in x's shape */
static bool unsqueeze_check(gd_tape *tape, gd_node *n)
{
    gd_tensor view = gd__view_of(n->in[0]);
    int dim = ((const gd_along *)n->attributes)->dim;
    return gd__add_dimension(tape, &view, &dim) && gd_view_out(tape, n, view);
}

const gd_op gd_op_unsqueeze = {
    .name = "unsqueeze",
    GD_OPERANDS("input"),
    .formula = "input with size 1 at the new dimension dim",
    .gradient = "dinput = dy in input's shape",
    .element = "input[#]",
    .element_gradient = "dinput[*] = dy[#]",
    .shapes = "[..,..] -> [..,1,..]",
    GD__ALONG_DIM,
    .check = unsqueeze_check,
    .grad = reshape_grad,
    .samples = GD_SAMPLES({"[2,3]", &(const gd_along){1}}, {"[2,3]", &(const gd_along){-1}},
                          {"[]; [0,2]", &(const gd_along){0}}),
    .refused = GD_SAMPLES({"[2,3]", &(const gd_along){3}}, {"[2,3]", &(const gd_along){-4}},
                          {"[1,1,1,1,1,1,1,1]; -", &(const gd_along){0}}),
    .any_dtype = true,
};

gd_tensor *gd_unsqueeze(gd_tape *tape, gd_tensor *input, int dim)
{
    return gd_apply(tape, &gd_op_unsqueeze, &input, 1, &(gd_along){dim});
}
