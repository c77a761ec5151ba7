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

/* Runs are cut into pieces of at most as many elements as are left to write, or to read, on the
 * other side: no piece can leave it. */
static int64_t smaller(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

/* Copies x's elements where the mask is true and returns how many; y has room for n. Without a
 * branch, which a random mask would make the processor guess wrong: each element is written, and
 * the next overwrites it unless it is kept. Inlined for each size. */
static inline __attribute__((always_inline)) int64_t
select_run(int64_t n, char *restrict y, const char *restrict x, int64_t x_step,
           const char *restrict mask, int64_t mask_step, size_t size)
{
    int64_t used = 0;
    for (int64_t j = 0; j < n; ++j) {
        memcpy(y + used * (int64_t)size, x + j * x_step * (int64_t)size, size);
        used += mask[j * mask_step] != 0;
    }
    return used;
}

static bool masked_select_forward(gd_tape *tape, const gd_node *n)
{
    gd_tensor whole = whole_of(tape, n), x = gd_tensor_expand(n->in[0], whole.ndim, whole.shape);
    int64_t size = (int64_t)gd_dtype_size(n->out->dtype), room = n->out->shape[0], used;
    char *y = n->out->data;
    gd__walk w = gd__walk_begin(2, (const gd_tensor *[]){&x, n->in[1]});
    do
        for (int64_t at = 0, count; at < w.length && room > 0; at += count) {
            const char *from = w.data[0] + at * w.step[0] * size,
                       *mask = w.data[1] + at * w.step[1];
            count = smaller(w.length - at, room);
            used = size == 4   ? select_run(count, y, from, w.step[0], mask, w.step[1], 4)
                   : size == 8 ? select_run(count, y, from, w.step[0], mask, w.step[1], 8)
                               : select_run(count, y, from, w.step[0], mask, w.step[1], 1);
            y += used * size;
            room -= used;
        }
    while (room > 0 && gd__walk_next(&w));
    return true;
}

static gd_tensor *masked_select_grad(gd_tape *tape, const gd_node *n, gd_tensor *dy, int i)
{
    (void)i;
    gd_tensor whole = whole_of(tape, n);
    gd_tensor *zeros = gd_expand(tape, gd_scalar(tape, 0, dy->dtype), whole.ndim, whole.shape);
    return gd_masked_scatter(tape, zeros, n->in[1], dy);
}

/* dst = dy's elements where the mask is true, else 0; returns how many are used. Without a branch,
 * as select_run: a false mask takes all bits of an element away. */
static inline __attribute__((always_inline)) int64_t
place_run(int64_t n, char *restrict dst, const char *restrict mask, int64_t mask_step,
          const char *restrict dy, int64_t dy_step, size_t size)
{
    int64_t used = 0;
    for (int64_t j = 0; j < n; ++j) {
        uint64_t kept = mask[j * mask_step] != 0, all_or_none = 0 - kept;
        const char *from = dy + used * dy_step * (int64_t)size;
        for (size_t k = 0; k < size; k += sizeof(uint32_t)) {
            uint32_t bits;
            memcpy(&bits, from + k, sizeof bits);
            bits &= (uint32_t)all_or_none;
            memcpy(dst + j * (int64_t)size + k, &bits, sizeof bits);
        }
        used += (int64_t)kept;
    }
    return used;
}

/* With constants where they are common, which the compiler makes faster loops of. A gradient that
 * is one number for all (step 0) is that of a sum or a mean. */
static int64_t place(int64_t n, char *dst, const char *mask, int64_t mask_step, const char *dy,
                     int64_t dy_step, int64_t size)
{
    if (size == 4 && mask_step == 1 && dy_step == 0)
        return place_run(n, dst, mask, 1, dy, 0, 4);
    if (size == 4 && mask_step == 1 && dy_step == 1)
        return place_run(n, dst, mask, 1, dy, 1, 4);
    return size == 4 ? place_run(n, dst, mask, mask_step, dy, dy_step, 4)
                     : place_run(n, dst, mask, mask_step, dy, dy_step, 8);
}

/* In one pass, where x was not broadcast and nothing is there yet. */
static bool masked_select_grad_into(gd_tape *tape, const gd_node *n, const gd_tensor *dy, int i,
                                    gd_tensor *dst, bool accumulate)
{
    (void)i;
    gd_tensor whole = whole_of(tape, n);
    int64_t left = dy->shape[0], step = dy->stride[0], size = (int64_t)gd_dtype_size(dy->dtype);
    if (accumulate || left == 0 || !gd__same_shape(dst, &whole))
        return false;
    const char *next = dy->data;
    gd__walk w = gd__walk_begin(2, (const gd_tensor *[]){dst, n->in[1]});
    do
        for (int64_t at = 0, count, used; at < w.length; at += count) {
            char *to = w.data[0] + at * size;
            const char *mask = w.data[1] + at * w.step[1];
            count = left > 0 ? smaller(w.length - at, left) : w.length - at;
            if (left == 0)
                memset(to, 0, (size_t)(count * size));
            used = left > 0 ? place(count, to, mask, w.step[1], next, step, size) : 0;
            next += used * step * size;
            left -= used;
        }
    while (gd__walk_next(&w));
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
