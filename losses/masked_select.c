/* masked_select: what a mask keeps, so that the rest counts in no loss.
 *
 * With the positions p_0 < p_1 < ... (in row-major order) where the mask is true, after x and the
 * mask have been broadcast together:
 *     y[k] = x[p_k]    =>    dx[p_k] = dy[k], else 0,
 * which is masked_scatter of dy into zeros. Nothing that is dropped goes into the result or the
 * gradient: where x holds NaN under a false mask, its gradient is still exactly 0. */
#include "losses/loss_list.h"
#include "tensor/walk.h"

#include <gradus/losses.h>
#include <string.h>

/* The shape that x and the mask broadcast to. */
static gd_tensor whole_of(gd_tape *tape, const gd_node *n)
{
    gd_tensor whole;
    gd_node pair = *n;
    pair.n_in = 2;
    pair.out = &whole;
    gd_check_broadcast(tape, &pair);
    return whole;
}

static bool masked_select_check(gd_tape *tape, gd_node *n)
{
    if (!gd_check_dtype(tape, n, 1, GD_BOOL) || !gd_check_broadcast(tape, n))
        return false;
    gd_tensor mask = gd_tensor_expand(n->in[1], n->out->ndim, n->out->shape);
    n->out->dtype = n->in[0]->dtype;
    n->out->ndim = 1;
    n->out->shape[0] = gd__count_true(&mask);
    return true;
}

/* Copies x's elements where the mask is true, until y is full, and returns where y ends. Without a
 * branch, which a random mask would make the processor guess wrong; inlined for each size. */
static inline __attribute__((always_inline)) char *select_run(char *y, const char *end, int64_t n,
                                                              const char *x, int64_t x_step,
                                                              const char *mask, int64_t mask_step,
                                                              size_t size)
{
    for (int64_t j = 0; j < n && y != end; ++j) {
        memcpy(y, x + j * x_step * (int64_t)size, size);
        y += mask[j * mask_step] != 0 ? size : 0;
    }
    return y;
}

static bool masked_select_forward(gd_tape *tape, const gd_node *n)
{
    gd_tensor whole = whole_of(tape, n), x = gd_tensor_expand(n->in[0], whole.ndim, whole.shape);
    size_t size = gd_dtype_size(n->out->dtype);
    char *y = n->out->data, *end = y + (size_t)n->out->shape[0] * size;
    gd__walk w = gd__walk_begin(2, (const gd_tensor *[]){&x, n->in[1]});
    do {
        const char *from = w.data[0], *mask = w.data[1];
        if (size == 4)
            y = select_run(y, end, w.length, from, w.step[0], mask, w.step[1], 4);
        else if (size == 8)
            y = select_run(y, end, w.length, from, w.step[0], mask, w.step[1], 8);
        else
            y = select_run(y, end, w.length, from, w.step[0], mask, w.step[1], 1);
    } while (y != end && gd__walk_next(&w));
    return true;
}

static gd_tensor *masked_select_grad(gd_tape *tape, const gd_node *n, gd_tensor *dy, int i)
{
    (void)i;
    gd_tensor whole = whole_of(tape, n);
    gd_tensor *zeros = gd_expand(tape, gd_scalar(tape, 0, dy->dtype), whole.ndim, whole.shape);
    return gd_masked_scatter(tape, zeros, n->in[1], dy);
}

/* dst = dy's elements where the mask is true, else 0, for n elements; returns how many of dy's
 * `left` are used. Without a branch, as select_run: a false mask takes all bits of an element
 * away. What is behind dy's last element is not read. */
static inline __attribute__((always_inline)) int64_t place_run(int64_t n, char *dst,
                                                               const char *mask, int64_t mask_step,
                                                               const char *dy, int64_t dy_step,
                                                               int64_t left, size_t size)
{
    int64_t used = 0;
    for (int64_t j = 0; j < n; ++j) {
        uint64_t kept = mask[j * mask_step] != 0, bits = 0;
        int64_t at = used < left ? used : left - 1;
        memcpy(&bits, dy + at * dy_step * (int64_t)size, size);
        bits &= 0 - kept;
        memcpy(dst + j * (int64_t)size, &bits, size);
        used += (int64_t)kept;
    }
    return used;
}

/* In one pass, where x was not broadcast and nothing is there yet. */
static bool masked_select_grad_into(gd_tape *tape, const gd_node *n, const gd_tensor *dy, int i,
                                    gd_tensor *dst, bool accumulate)
{
    (void)i;
    gd_tensor whole = whole_of(tape, n);
    int64_t left = dy->shape[0], step = dy->stride[0], used;
    if (accumulate || left == 0 || !gd__same_shape(dst, &whole))
        return false;
    int64_t size = (int64_t)gd_dtype_size(dy->dtype);
    const char *next = dy->data;
    gd__walk w = gd__walk_begin(2, (const gd_tensor *[]){dst, n->in[1]});
    do {
        const char *mask = w.data[1];
        used = size == 4 ? place_run(w.length, w.data[0], mask, w.step[1], next, step, left, 4)
                         : place_run(w.length, w.data[0], mask, w.step[1], next, step, left, 8);
        used = used < left ? used : left - 1; /* stays on the last element */
        next += used * step * size;
        left -= used;
    } while (gd__walk_next(&w));
    return true;
}

const gd_op gd_op_masked_select = {
    .name = "masked_select",
    GD_OPERANDS("input", "mask"),
    .formula = "the elements of input where mask is true, in row-major order",
    .gradient = "dinput = dy in their places, else 0",
    .element = "nth(mask: input)",
    .element_gradient = "dinput = dy[# before(mask)] where mask, else 0",
    .shapes = "input, mask broadcast -> [number of true ones]",
    .check = masked_select_check,
    .forward = masked_select_forward,
    .grad = masked_select_grad,
    .grad_into = masked_select_grad_into,
    .reads = {GD_READS(1)},
    .samples =
        GD_CALLS("[2,5] b[2,5]; [2,3] b[3]; [3] b[2,3]; [2,1,3] b[4,1]; [] b[4]; [0,3] b[3]"),
    .refused = GD_CALLS("[2,3] b[2]; [2] i[2]; [2] -"),
    .any_dtype = true,
};

gd_tensor *gd_masked_select(gd_tape *tape, gd_tensor *x, gd_tensor *mask)
{
    return gd_apply(tape, &gd_op_masked_select, (gd_tensor *[]){x, mask}, 2, NULL);
}
