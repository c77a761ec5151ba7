/* masked_scatter: elements put where a mask is true.
 *
 * With the positions p_0 < p_1 < ... (in row-major order) where the mask is true, after x and the
 * mask have been broadcast together:
 *     y[p_k] = source[k], else y = x    =>    dsource[k] = dy[p_k],  dx[p_k] = 0, else dx = dy */
#include "autograd/ops/common.h"
#include "tensor/walk.h"

#include <inttypes.h>
#include <string.h>

static bool masked_scatter_check(gd_tape *tape, gd_node *n)
{
    const gd_tensor *source = n->in[2];
    gd_node both = *n; /* source does not broadcast */
    both.n_in = 2;
    if (!gd_check_dtype(tape, n, 1, GD_BOOL) || !gd_check_same_dtype(tape, n, 0, 2) ||
        !gd_check_broadcast(tape, &both))
        return false;
    gd_tensor mask = gd_tensor_expand(n->in[1], n->out->ndim, n->out->shape);
    int64_t count = gd__count_true(&mask);
    n->out->dtype = n->in[0]->dtype;
    char text[GD__SHAPE_TEXT];
    return gd_tensor_numel(source) >= count ||
           gd_tape_fail(tape, GD_ERROR_SHAPE,
                        "source %s has fewer elements than the mask has true ones, %" PRId64,
                        gd__shape_text(text, source->ndim, source->shape), count);
}

static bool masked_scatter_forward(gd_tape *tape, const gd_node *n)
{
    int64_t size = (int64_t)gd_dtype_size(n->out->dtype);
    gd_tensor source;
    if (!gd__copy_to_scratch(tape, n->in[2], &source))
        return false;
    const char *next = source.data;
    gd__walk w = gd__walk_begin(3, (const gd_tensor *[]){n->out, n->in[0], n->in[1]});
    do
        for (int64_t j = 0; j < w.length; ++j) {
            bool kept = w.data[2][j * w.step[2]] != 0;
            memcpy(w.data[0] + j * size, kept ? next : w.data[1] + j * w.step[1] * size,
                   (size_t)size);
            next += kept ? size : 0;
        }
    while (gd__walk_next(&w));
    return true;
}

/* The numbers of the elements, in row-major order of `whole`, where the mask is true. */
static gd_tensor *true_positions(gd_tape *tape, const gd_tensor *mask, const gd_tensor *whole)
{
    gd_tensor wide = gd_tensor_expand(mask, whole->ndim, whole->shape);
    gd_tensor *index = gd_zeros(tape, GD_I64, GD_DIMS(gd__count_true(&wide)));
    int64_t *next = index != NULL ? index->data : NULL, number = 0;
    gd__walk w = gd__walk_begin(1, (const gd_tensor *[]){&wide});
    do
        for (int64_t j = 0; next != NULL && j < w.length; ++j, ++number)
            if (w.data[0][j * w.step[0]] != 0)
                *next++ = number;
    while (gd__walk_next(&w));
    return index;
}

/* Elements of source that were not needed get 0. */
static gd_tensor *source_grad(gd_tape *tape, const gd_node *n, gd_tensor *dy)
{
    const gd_tensor *source = n->in[2];
    gd_tensor *index = true_positions(tape, n->in[1], n->out);
    gd_tensor *used = gd_index_select(tape, gd_reshape(tape, dy, GD_DIMS(-1)), 0, index);
    if (used == NULL)
        return NULL;
    int64_t left = gd_tensor_numel(source) - gd_tensor_numel(used);
    gd_tensor *rest = gd_zeros(tape, source->dtype, GD_DIMS(left));
    return gd_reshape(tape, gd_concat(tape, (gd_tensor *[]){used, rest}, 2, 0), source->ndim,
                      source->shape);
}

static gd_tensor *masked_scatter_grad(gd_tape *tape, const gd_node *n, gd_tensor *dy, int i)
{
    return i == 0 ? gd_masked_fill(tape, dy, n->in[1], 0) : source_grad(tape, n, dy);
}

const gd_op gd_op_masked_scatter = {
    .name = "masked_scatter",
    GD_OPERANDS("input", "mask", "source"),
    .formula = "the elements of source, in row-major order, where mask, else input",
    .gradient = "dinput = 0 where mask, else dy, dsource = dy where mask",
    .element = "source[# before(mask)] where mask, else input",
    .element_gradient = "dinput = 0 where mask, else dy, dsource[*] = nth(mask: dy)",
    .shapes =
        "input, mask, source -> input with mask; source at least as many elements as are true",
    .check = masked_scatter_check,
    .forward = masked_scatter_forward,
    .grad = masked_scatter_grad,
    .reads = {GD_READS(1), 0, GD_READS(1)},
    .samples = GD_CALLS("[2,5] b[2,5] [10]; [2,3] b[3] [3,4]; [3] b[2,3] [6]; [] b[4] [4]; [2] b[] "
                        "[2]; [0,3] b[3] [0]"),
    .refused = GD_CALLS("[2,3] b[2] [6]; [50] b[50] [2]; [2] [2] [2]; [2] b[2] i[2]; [2] b[2] -"),
    .any_dtype = true,
};

gd_tensor *gd_masked_scatter(gd_tape *tape, gd_tensor *input, gd_tensor *mask, gd_tensor *source)
{
    return gd_apply(tape, &gd_op_masked_scatter, (gd_tensor *[]){input, mask, source}, 3, NULL);
}
