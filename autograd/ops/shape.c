/* reshape, transpose, expand, clone: the same values seen otherwise, or copied. */
#include "autograd/ops/common.h"

typedef struct size_list {
    int64_t sizes[GD_MAX_DIMS];
    int ndim;
} size_list;

static int shape_print(char *buffer, size_t size, const void *attributes)
{
    const size_list *s = attributes;
    char text[GD__SHAPE_TEXT];
    return snprintf(buffer, size, "shape=%s", gd__shape_text(text, s->ndim, s->sizes));
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

const gd_op gd__op_reshape = {
    .name = "reshape",
    .formula = "x in another shape",
    .gradient = "dx = dy in x's shape",
    .least_operands = 1,
    .most_operands = 1,
    .attributes_size = sizeof(size_list),
    .check = reshape_check,
    .grad = reshape_grad,
    .print_attributes = shape_print,
    .samples = (const gd_sample[]){{"[2,3]", &(const size_list){{3, 2}, 2}},
                                   {"[2,3]", &(const size_list){{6}, 1}},
                                   {"[2,3]", &(const size_list){{-1, 1, 2}, 3}},
                                   {"[1]", &(const size_list){{0}, 0}},
                                   {"[]", &(const size_list){{1, 1}, 2}},
                                   {"[0,3]", &(const size_list){{3, 0, 2}, 3}},
                                   {NULL, NULL}},
    .refused = (const gd_sample[]){{"[2,3]", &(const size_list){{4}, 1}},
                                   {"[2,3]", &(const size_list){{-1, 4}, 2}},
                                   {"[2,3]", &(const size_list){{-1, -1}, 2}},
                                   {"[0,3]", &(const size_list){{-1, 0}, 2}},
                                   {"[2,3]", &(const size_list){{-2}, 1}},
                                   {"-", &(const size_list){{1}, 1}},
                                   {NULL, NULL}},
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

gd_tensor *gd_reshape(gd_tape *tape, gd_tensor *x, int ndim, const int64_t *shape)
{
    size_list s = size_list_of(ndim, shape);
    if (needs_copy(tape, x, &s))
        x = gd_clone(tape, x);
    return gd_apply(tape, &gd__op_reshape, &x, 1, &s);
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

static int swap_print(char *buffer, size_t size, const void *attributes)
{
    const swap *s = attributes;
    return snprintf(buffer, size, "dims=%d,%d", s->dim0, s->dim1);
}

const gd_op gd__op_transpose = {
    .name = "transpose",
    .formula = "x with dimensions dim0 and dim1 swapped",
    .gradient = "dx = dy with the same two swapped",
    .least_operands = 1,
    .most_operands = 1,
    .attributes_size = sizeof(swap),
    .check = transpose_check,
    .grad = transpose_grad,
    .print_attributes = swap_print,
    .samples = (const gd_sample[]){{"[2,3]", &(const swap){0, 1}},
                                   {"[2,3,4]", &(const swap){-1, 0}},
                                   {"[2,3]", &(const swap){1, 1}},
                                   {"[0,3]", &(const swap){0, 1}},
                                   {NULL, NULL}},
    .refused = (const gd_sample[]){{"[2,3]", &(const swap){0, 2}},
                                   {"[2,3]", &(const swap){-3, 0}},
                                   {"[]", &(const swap){0, 0}},
                                   {"-", &(const swap){0, 1}},
                                   {NULL, NULL}},
};

gd_tensor *gd_transpose(gd_tape *tape, gd_tensor *x, int dim0, int dim1)
{
    return gd_apply(tape, &gd__op_transpose, &x, 1, &(swap){dim0, dim1});
}

/* y = x repeated along dimensions of size 1   =>   dx = dy, which the engine sums over them */
static bool expand_check(gd_tape *tape, gd_node *n)
{
    const size_list *s = n->attributes;
    return gd_view_out(tape, n, gd_tensor_expand(n->in[0], s->ndim, s->sizes));
}

static gd_tensor *expand_grad(gd_tape *tape, const gd_node *n, gd_tensor *dy, int i)
{
    (void)tape, (void)n, (void)i;
    return dy;
}

const gd_op gd__op_expand = {
    .name = "expand",
    .formula = "x repeated along dimensions of size 1",
    .gradient = "dx = dy summed over them",
    .least_operands = 1,
    .most_operands = 1,
    .attributes_size = sizeof(size_list),
    .check = expand_check,
    .grad = expand_grad,
    .print_attributes = shape_print,
    .samples = (const gd_sample[]){{"[2,1]", &(const size_list){{2, 3}, 2}},
                                   {"[3]", &(const size_list){{2, 3}, 2}},
                                   {"[1,3]", &(const size_list){{2, 2, -1}, 3}},
                                   {"[]", &(const size_list){{2, 2}, 2}},
                                   {"[1]", &(const size_list){{0}, 1}},
                                   {NULL, NULL}},
    .refused = (const gd_sample[]){{"[2,3]", &(const size_list){{2, 4}, 2}},
                                   {"[2,3]", &(const size_list){{3}, 1}},
                                   {"[3]", &(const size_list){{-1, 3}, 2}},
                                   {"[3]", &(const size_list){{-2, 3}, 2}},
                                   {"-", &(const size_list){{1}, 1}},
                                   {NULL, NULL}},
};

gd_tensor *gd_expand(gd_tape *tape, gd_tensor *x, int ndim, const int64_t *shape)
{
    size_list s = size_list_of(ndim, shape);
    return gd_apply(tape, &gd__op_expand, &x, 1, &s);
}

/* y = x, in memory of its own   =>   dx = dy */
static bool clone_check(gd_tape *tape, gd_node *n)
{
    (void)tape;
    n->out->dtype = n->in[0]->dtype;
    n->out->ndim = n->in[0]->ndim;
    for (int i = 0; i < n->out->ndim; ++i)
        n->out->shape[i] = n->in[0]->shape[i];
    return true;
}

static bool clone_forward(gd_tape *tape, const gd_node *n)
{
    (void)tape;
    gd__copy(n->out, n->in[0]);
    return true;
}

static gd_tensor *clone_grad(gd_tape *tape, const gd_node *n, gd_tensor *dy, int i)
{
    (void)tape, (void)n, (void)i;
    return dy;
}

const gd_op gd__op_clone = {
    .name = "clone",
    .formula = "x, copied",
    .gradient = "dx = dy",
    .least_operands = 1,
    .most_operands = 1,
    .check = clone_check,
    .forward = clone_forward,
    .grad = clone_grad,
    .samples = gd__unary_samples,
};

gd_tensor *gd_clone(gd_tape *tape, gd_tensor *x)
{
    return gd__apply1(tape, &gd__op_clone, x);
}
