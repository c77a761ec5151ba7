/* gradus/autograd.h - the tape: what was computed, and its gradients.
 *
 * Purpose    Ops compute on tensors and are recorded on a tape; gd_backward goes over the record
 *            from the end and adds each leaf's gradient to its `grad`.
 * Ownership  The tape owns all that ops return, until gd_tape_reset or gd_tape_destroy. What you
 *            hand to an op stays yours and must outlive the step. A leaf owns its gradient.
 * Errors     An op that is refused returns NULL and the tape keeps the first error, with the file
 *            and line of your call. A tape with an error does nothing more and returns NULL from
 *            every op until it is reset: write a model as nested calls and check once, at
 *            gd_backward.
 *
 *     gd_tape *tape = gd_tape_create();
 *     w->requires_grad = true;                                       // [1, D], yours
 *     for (int step = 0; step < 100; ++step) {
 *         gd_tape_reset(tape);                                       // forget, keep the memory
 *         gd_zero_grad(w);
 *         gd_tensor *p = gd_sigmoid(tape, gd_linear(tape, x, w, NULL));
 *         gd_tensor *e = gd_sub(tape, p, y);
 *         gd_tensor *loss = gd_mean(tape, gd_mul(tape, e, e), GD_ALL_DIMS, false);
 *         if (gd_backward(tape, loss) != GD_OK)
 *             return fail(gd_tape_message(tape));                // train.c:41: sub: [32,1] and ...
 *         descend(w, w->grad);
 *     }
 *     gd_tape_destroy(tape);
 *
 * One thread uses one tape; many tapes may read the same tensors. A tape must not be
 * copied. */
#ifndef GRADUS_AUTOGRAD_H
#define GRADUS_AUTOGRAD_H

#include <gradus/tensor.h>

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(default)

typedef struct gd_tape gd_tape;
typedef struct gd_node gd_node;
typedef struct gd_op gd_op;

/* In place of a list of dimensions: all of them. */
#define GD_ALL_DIMS 0, NULL

/* ---- the tape ----------------------------------------------------------------------------- */
/* A NULL tape, from a gd_tape_create that was not checked, is harmless: ops return NULL,
 * gd_backward GD_ERROR_ARGUMENT. */

gd_tape *gd_tape_create(void); /* NULL and gd_message() where there is no memory */
void gd_tape_destroy(gd_tape *tape);

/* Forgets all that was recorded and the error; what ops returned is gone. Keeps the memory: a step
 * no larger than the largest so far calls no allocator. Using a tensor of the step before is an
 * error. */
void gd_tape_reset(gd_tape *tape);

/* A mark is a place to go back to: gd_tape_release forgets what was done since then, as reset
 * forgets everything; an error stays. Marks nest. A mark may be released several times. It becomes
 * invalid when the tape is reset or released to an earlier mark. GD_ERROR_STATE: the mark belongs
 * to another tape or is no longer valid.
 *
 * Tensors made since the mark become invalid, and using one is an error. Gradients stay valid as
 * long as the tensors that they belong to.
 *
 * A release lets the memory of results be used again. The headers of released tensors, 256 bytes
 * each, are kept until the reset, so that a tensor that was kept too long is recognised: a step
 * with many marks needs that much more memory. A backward keeps those of its own tensors, too. */
typedef struct gd_mark {
    const gd_tape *tape;
    uint64_t number;
} gd_mark;
gd_mark gd_tape_mark(gd_tape *tape); /* an error of the tape where there is no memory */
void gd_tape_release(gd_tape *tape, gd_mark mark);

/* Recording off: ops compute, and their results require no gradient. Returns the setting
 * before. */
bool gd_tape_set_recording(gd_tape *tape, bool recording);

/* The stream that layers draw their noise from when this tape runs them; NULL, as at first: the
 * model's own, which one thread at a time may use. It is yours, must outlive the tape's steps,
 * and no other thread may use it. Kept by reset. */
void gd_tape_set_rng(gd_tape *tape, gd_rng *rng);
gd_rng *gd_tape_rng(const gd_tape *tape); /* NULL: none was set */

/* The threads that large ops and their gradients run on; NULL, as at first: the calling thread
 * alone. It is yours, must outlive the tape's steps, and one tape at a time may use it. Kept by
 * reset. BLAS's own threads are another matter: see gd_blas_set_threads. */
void gd_tape_set_pool(gd_tape *tape, gd_pool *pool);
gd_pool *gd_tape_pool(const gd_tape *tape); /* NULL: none was set */

/* Anomaly mode, for finding out where a NaN or an infinity comes from; off at first, kept by
 * reset. With it on every result is scanned, and in a backward every contribution to a gradient.
 * The first element that is not finite is a GD_ERROR_VALUE of the call that made it, which tells
 * what went in: "train.c:41: log: the result at [1,2] is nan; input: float32 [3,4] in [-1, 2.5]"
 * or "train.c:41: div: the gradient of other at [3] is -inf; dy: ...". Slower, and takes more
 * memory. Returns the setting before. */
bool gd_tape_set_anomaly_mode(gd_tape *tape, bool on);

/* Of the first error since the last reset; GD_OK: none. */
gd_status gd_tape_status(const gd_tape *tape);

/* That error with the place where you called: "train.c:41: matmul: [32,30] x [31,1]: inner
 * dimensions 30 and 31 differ". "" without one. Valid until the next call with this tape. */
const char *gd_tape_message(const gd_tape *tape);

size_t gd_tape_bytes(const gd_tape *tape);      /* in use now, without what was released */
size_t gd_tape_peak_bytes(const gd_tape *tape); /* the most that was, since the last reset */

/* ---- tensors on a tape -------------------------------------------------------------------- */
/* Like the gd_tensor_create... of <gradus/tensor.h>, but owned by the tape. Errors are the
 * tape's. */

gd_tensor *gd_scalar(gd_tape *tape, double value, gd_dtype dtype); /* shape [] */
/* The same of x's dtype: a number that broadcasts with x. NULL where x is NULL. */
gd_tensor *gd_scalar_like(gd_tape *tape, double value, const gd_tensor *x);
gd_tensor *gd_zeros(gd_tape *tape, gd_dtype dtype, int ndim, const int64_t *shape);
gd_tensor *gd_ones(gd_tape *tape, gd_dtype dtype, int ndim, const int64_t *shape);
gd_tensor *gd_full(gd_tape *tape, gd_dtype dtype, double value, int ndim, const int64_t *shape);
gd_tensor *gd_arange(gd_tape *tape, gd_dtype dtype, double start, double end, double step);
gd_tensor *gd_from_data(gd_tape *tape, gd_dtype dtype, const void *data, int ndim,
                        const int64_t *shape);

/* ---- gradients ---------------------------------------------------------------------------- */
/* Only float tensors have gradients. Every function refuses an integer or bool tensor whose
 * requires_grad is set: GD_ERROR_DTYPE. */

/* Adds d root / d leaf to the `grad` of every leaf that root was computed from. root: one element,
 * recorded. A leaf whose grad is NULL (empty) gets a new one, of its own shape and dtype; the leaf
 * owns it. GD_ERROR_STATE: root has more than one element, was not recorded, has had its backward
 * already, or something that a gradient needs was changed in place. After an error the gradients
 * are unspecified. */
gd_status gd_backward(gd_tape *tape, gd_tensor *root);

typedef struct gd_backward_options {
    gd_tensor *gradient; /* d (what you differentiate) / d root, root's shape and dtype; NULL: 1,
                            for a root with one element */
    bool again;          /* allow another backward from a root that has had one: it adds again */
} gd_backward_options;

/* gd_backward with options; NULL: all defaults. */
gd_status gd_backward_with(gd_tape *tape, gd_tensor *root, const gd_backward_options *options);

typedef struct gd_grad_options {
    gd_tensor *gradient; /* as in gd_backward_options */
    bool create_graph; /* record the gradients' own computation, so that they can be differentiated
                          again */
    bool allow_unused; /* an input that output does not depend on: zeros instead of an error */
} gd_grad_options;

/* gradients[i] = d output / d inputs[i], on the tape, for n inputs that require a gradient
 * (leaves or recorded tensors); they may be views. No leaf's `grad` is touched, so several
 * threads may do this with one model. May be repeated. options NULL: all defaults. On error every
 * gradients[i] is NULL. */
gd_status gd_grad(gd_tape *tape, gd_tensor *output, gd_tensor *const *inputs, int n,
                  gd_tensor **gradients, const gd_grad_options *options);

/* x, a recorded tensor, keeps its gradient in x->grad at the next backward, until the tape is
 * reset. */
gd_status gd_retain_grad(gd_tape *tape, gd_tensor *x);

/* Empties a leaf's gradient: grad becomes NULL, its memory is kept for the next backward. */
void gd_zero_grad(gd_tensor *leaf);

/* ---- ops ---------------------------------------------------------------------------------- */
/* Unless said otherwise, operands are float32 or float64, all of one dtype (none is converted),
 * with any strides, and the result is a new tensor of the tape. Elementwise ops broadcast as
 * NumPy does: shapes are aligned at the end, and a size 1 repeats. A NULL operand is an error
 * unless it is called optional. Negative dimensions count from the end. docs/ops.md has the
 * gradients.
 *
 * Errors of all ops: GD_ERROR_SHAPE, GD_ERROR_DTYPE, GD_ERROR_ARGUMENT, GD_ERROR_STATE (a tensor
 * of an earlier step or of another tape), GD_ERROR_MEMORY. Further errors are named below. */

/* ---- arithmetic */

gd_tensor *gd_add(gd_tape *tape, gd_tensor *input, gd_tensor *other); /* input + other */
gd_tensor *gd_sub(gd_tape *tape, gd_tensor *input, gd_tensor *other); /* input - other */
gd_tensor *gd_mul(gd_tape *tape, gd_tensor *input, gd_tensor *other); /* input * other */
gd_tensor *gd_div(gd_tape *tape, gd_tensor *input, gd_tensor *other); /* input / other */
gd_tensor *gd_neg(gd_tape *tape, gd_tensor *input);                   /* -input */
gd_tensor *gd_abs(gd_tape *tape, gd_tensor *input);                   /* |input|; gradient 0 at 0 */
gd_tensor *gd_sign(gd_tape *tape, gd_tensor *input);                  /* -1, 0 or 1; 0 for NaN */

/* ---- powers */

/* input^exponent. NaN where input is negative and exponent is not an integer. */
gd_tensor *gd_pow(gd_tape *tape, gd_tensor *input, gd_tensor *exponent);
gd_tensor *gd_sqrt(gd_tape *tape, gd_tensor *input);
gd_tensor *gd_rsqrt(gd_tape *tape, gd_tensor *input); /* 1 / sqrt(input) */
gd_tensor *gd_exp(gd_tape *tape, gd_tensor *input);   /* e^input */
gd_tensor *gd_expm1(gd_tape *tape, gd_tensor *input); /* e^input - 1, accurate near 0 */
gd_tensor *gd_log(gd_tape *tape, gd_tensor *input);   /* ln(input) */
gd_tensor *gd_log1p(gd_tape *tape, gd_tensor *input); /* ln(1 + input), accurate near 0 */

/* ---- activations */

gd_tensor *gd_relu(gd_tape *tape, gd_tensor *input); /* max(input, 0); gradient 0 at 0 */
/* input where it is positive, else slope * input; gradient slope at 0. GD_ERROR_VALUE: slope is
 * not finite. */
gd_tensor *gd_leaky_relu(gd_tape *tape, gd_tensor *input, double slope);
gd_tensor *gd_sigmoid(gd_tape *tape, gd_tensor *input); /* 1 / (1 + e^-input) */
gd_tensor *gd_tanh(gd_tape *tape, gd_tensor *input);
gd_tensor *gd_silu(gd_tape *tape, gd_tensor *input);      /* input * sigmoid(input) */
gd_tensor *gd_softplus(gd_tape *tape, gd_tensor *input);  /* ln(1 + e^input) */
gd_tensor *gd_gelu(gd_tape *tape, gd_tensor *input);      /* input * P(Z < input), Z ~ N(0, 1) */
gd_tensor *gd_gelu_tanh(gd_tape *tape, gd_tensor *input); /* gelu's approximation by tanh */

/* e^input / sum of e^input over dimension dim; and the logarithm of that, in which small
 * probabilities keep their digits. */
gd_tensor *gd_softmax(gd_tape *tape, gd_tensor *input, int dim);
gd_tensor *gd_log_softmax(gd_tape *tape, gd_tensor *input, int dim);

/* ---- choices: the gradient goes to the chosen element */

/* The larger, or smaller, of both; NaN if either is. Equal elements get half the gradient each. */
gd_tensor *gd_maximum(gd_tape *tape, gd_tensor *input, gd_tensor *other);
gd_tensor *gd_minimum(gd_tape *tape, gd_tensor *input, gd_tensor *other);
/* input limited to [low, high]; INFINITY: no bound. The gradient passes at the bounds. The result
 * is high where low > high. GD_ERROR_VALUE: a bound is NaN. */
gd_tensor *gd_clamp(gd_tape *tape, gd_tensor *input, double low, double high);
/* input where condition (bool) is true, else other; all three broadcast. */
gd_tensor *gd_where(gd_tape *tape, gd_tensor *condition, gd_tensor *input, gd_tensor *other);
/* value where mask (bool) is true, else input; both broadcast. */
gd_tensor *gd_masked_fill(gd_tape *tape, gd_tensor *input, gd_tensor *mask, double value);
/* The elements of source in row-major order where mask (bool) is true, else input; input and mask
 * broadcast. input and source: any dtype, the same. GD_ERROR_SHAPE: source has fewer elements than
 * the mask has true ones. */
gd_tensor *gd_masked_scatter(gd_tape *tape, gd_tensor *input, gd_tensor *mask, gd_tensor *source);

/* ---- noise */

/* Each element is 0 with probability p, else input / (1 - p). Advances the stream by the number of
 * elements; the gradient draws the same numbers again. GD_ERROR_VALUE: p is outside [0,1].
 * GD_ERROR_ARGUMENT: rng is NULL. */
gd_tensor *gd_dropout(gd_tape *tape, gd_tensor *input, double p, gd_rng *rng);

/* ---- reductions */
/* Over the dimensions in dims, GD_DIMS(0, 1), or all of them, GD_ALL_DIMS. keepdim leaves size 1
 * in their place. Of no elements the sum is 0, the mean NaN, logsumexp -inf. */

gd_tensor *gd_sum(gd_tape *tape, gd_tensor *input, int ndim, const int64_t *dims, bool keepdim);
gd_tensor *gd_mean(gd_tape *tape, gd_tensor *input, int ndim, const int64_t *dims, bool keepdim);
/* Sum of (input - mean)^2 / (number of elements - correction). correction 1: variance of a sample;
 * 0: of a population. */
gd_tensor *gd_var(gd_tape *tape, gd_tensor *input, int ndim, const int64_t *dims, bool keepdim,
                  int64_t correction);
/* NaN if an element is. Equal elements share the gradient evenly. GD_ERROR_SHAPE: no elements. */
gd_tensor *gd_max(gd_tape *tape, gd_tensor *input, int ndim, const int64_t *dims, bool keepdim);
gd_tensor *gd_min(gd_tape *tape, gd_tensor *input, int ndim, const int64_t *dims, bool keepdim);
/* ln(sum of e^input) */
gd_tensor *gd_logsumexp(gd_tape *tape, gd_tensor *input, int ndim, const int64_t *dims,
                        bool keepdim);

/* ---- products */

/* input @ other as numpy.matmul: [..,m,k] x [..,k,n] -> [..,m,n]; leading dimensions broadcast. A
 * 1-d input is one row, a 1-d other one column, and that dimension is not in the result. */
gd_tensor *gd_matmul(gd_tape *tape, gd_tensor *input, gd_tensor *other);

/* input @ weight^T + bias as torch.nn.functional.linear: input [..,in], weight [out,in], bias
 * [out], optional -> [..,out]. */
gd_tensor *gd_linear(gd_tape *tape, gd_tensor *input, gd_tensor *weight, gd_tensor *bias);

/* ---- shapes: any dtype; the result is a view of input, except where it is called a copy */

/* The elements in row-major order under another shape; one size may be -1 (inferred). A view where
 * strides allow it, otherwise a view of a copy. */
gd_tensor *gd_reshape(gd_tape *tape, gd_tensor *input, int ndim, const int64_t *shape);
gd_tensor *gd_transpose(gd_tape *tape, gd_tensor *input, int dim0, int dim1);
/* Dimension i of the result is dimension dims[i] of input. */
gd_tensor *gd_permute(gd_tape *tape, gd_tensor *input, int ndim, const int64_t *dims);
/* input[.., start:end:step, ..] in dimension dim, as Python reads it; step > 0. */
gd_tensor *gd_slice(gd_tape *tape, gd_tensor *input, int dim, int64_t start, int64_t end,
                    int64_t step);
/* Repeats dimensions of size 1. New dimensions may be added in front; -1 keeps a size. */
gd_tensor *gd_expand(gd_tape *tape, gd_tensor *input, int ndim, const int64_t *shape);
/* Removes dimension dim if its size is 1; inserts a size 1 before dimension dim. */
gd_tensor *gd_squeeze(gd_tape *tape, gd_tensor *input, int dim);
gd_tensor *gd_unsqueeze(gd_tape *tape, gd_tensor *input, int dim);
/* A copy of n tensors (n >= 1), one after another along dim, the only dimension in which their
 * sizes may differ. */
gd_tensor *gd_concat(gd_tape *tape, gd_tensor *const *tensors, int n, int dim);
/* A copy of n tensors (n >= 1) of one shape, along a new dimension dim. */
gd_tensor *gd_stack(gd_tape *tape, gd_tensor *const *tensors, int n, int dim);
gd_tensor *gd_clone(gd_tape *tape, gd_tensor *input); /* a contiguous copy */
/* A view through which no gradient passes: a constant to the tape. */
gd_tensor *gd_detach(gd_tape *tape, gd_tensor *input);
/* A copy in another dtype. Gradients pass between float dtypes. To int64 and uint8 fractions are
 * dropped; GD_ERROR_VALUE: NaN, or out of range. To bool: whether it is not 0. */
gd_tensor *gd_cast(gd_tape *tape, gd_tensor *input, gd_dtype dtype);
/* gd_cast to the dtype of `like`. NULL where that is NULL. */
gd_tensor *gd_cast_like(gd_tape *tape, gd_tensor *input, const gd_tensor *like);

/* ---- indices */
/* index is int64. GD_ERROR_VALUE: an element of index is outside [0, size). */

/* For dim 0: y[i][j] = input[index[i][j]][j]. index has input's number of dimensions, sizes at
 * most input's except in dim, and the shape of the result. input: any dtype. */
gd_tensor *gd_gather(gd_tape *tape, gd_tensor *input, int dim, gd_tensor *index);
/* For dim 0: y = input, then y[index[i][j]][j] += source[i][j]. index is as in gd_gather, source
 * has its shape. An index may occur several times. */
gd_tensor *gd_scatter_add(gd_tape *tape, gd_tensor *input, int dim, gd_tensor *index,
                          gd_tensor *source);
/* The slices of input along dim that index [n] names, in its order. input: any dtype. */
gd_tensor *gd_index_select(gd_tape *tape, gd_tensor *input, int dim, gd_tensor *index);
/* input with the slices of source added to those that index [n] names: source has input's shape,
 * but size n in dim. */
gd_tensor *gd_index_add(gd_tape *tape, gd_tensor *input, int dim, gd_tensor *index,
                        gd_tensor *source);
/* Rows of weight [v,d]: index of any shape -> [index's shape,d]. */
gd_tensor *gd_embedding(gd_tape *tape, gd_tensor *weight, gd_tensor *index);
/* 1 at the index, else 0: index of any shape -> [index's shape,classes]. No gradient. */
gd_tensor *gd_one_hot(gd_tape *tape, gd_tensor *index, int64_t classes, gd_dtype dtype);

/* ---- questions: the result is bool and has no gradient */
/* Comparisons take any dtype, both operands the same. With NaN only gd_ne is true. */

gd_tensor *gd_eq(gd_tape *tape, gd_tensor *input, gd_tensor *other); /* input == other */
gd_tensor *gd_ne(gd_tape *tape, gd_tensor *input, gd_tensor *other); /* input != other */
gd_tensor *gd_lt(gd_tape *tape, gd_tensor *input, gd_tensor *other); /* input < other */
gd_tensor *gd_le(gd_tape *tape, gd_tensor *input, gd_tensor *other); /* input <= other */
gd_tensor *gd_gt(gd_tape *tape, gd_tensor *input, gd_tensor *other); /* input > other */
gd_tensor *gd_ge(gd_tape *tape, gd_tensor *input, gd_tensor *other); /* input >= other */
/* Of bool tensors. */
gd_tensor *gd_logical_and(gd_tape *tape, gd_tensor *input, gd_tensor *other);
gd_tensor *gd_logical_or(gd_tape *tape, gd_tensor *input, gd_tensor *other);
gd_tensor *gd_logical_not(gd_tape *tape, gd_tensor *input);
gd_tensor *gd_isnan(gd_tape *tape, gd_tensor *input);
/* int64: the position of the largest element along dim, the first of equals; NaN is largest. */
gd_tensor *gd_argmax(gd_tape *tape, gd_tensor *input, int dim, bool keepdim);

/* ---- how an op is made -------------------------------------------------------------------- */

/* Entries of per-operand tables; the last one serves all operands that follow. */
enum { GD_OP_OPERANDS = 5 };

/* One call of an op: what its functions are given. */
struct gd_node {
    const gd_op *op;
    gd_tensor *const *in; /* [n_in] operands; an optional one may be NULL */
    int n_in;
    gd_tensor *out;         /* the result */
    const void *attributes; /* the tape's copy of what gd_apply was given; NULL: the op has none */
    void *saved;            /* of saved_size bytes: forward writes, the gradient reads; or NULL */
    const gd_node *through; /* the call that made in[0], if the op passes through it; or NULL */
    const char *caller;     /* of gd_call_begin: the function made of ops that the user called */

    /* The tape's own; to be read. */
    int number; /* in the record; -1: not recorded */
    int line;   /* of your call; 0: not known */
    const char *file;
    const char *text;    /* of your call: "mul(a, b)" */
    uint32_t *version;   /* [n_in + 1]: of the operands and the result, when recorded */
    gd_tensor *gradient; /* during a backward: d root / d out so far */
    bool owns_gradient;  /* its memory is this node's alone: more may be added in place */
    bool needed;         /* during gd_grad: leads to an input that is asked for */
    bool has_been_root;
    int asked_index; /* during gd_grad: which input out is; -1: none */
};

/* In a gd_op: the operands' names, where all of them must be given. */
#define GD_OPERANDS(...)                                                                           \
    .operands = {__VA_ARGS__},                                                                     \
    .least_operands = sizeof(const char *[]){__VA_ARGS__} / sizeof(const char *),                  \
    .most_operands = sizeof(const char *[]){__VA_ARGS__} / sizeof(const char *)

/* Which values the gradient of an operand reads: operand i, and the result. GD_READS(30) stands
 * for operand 30 and all that follow. */
#define GD_READS(i)  (1u << ((i) < 30 ? (i) : 30))
#define GD_READS_OUT (1u << 31)

/* Calls that an op accepts (or must refuse), for tests: the operands' shapes, "[2,3] [3]; [2] []",
 * with ; between calls, i in front for int64 and b for bool, `-` for an operand that is left out;
 * and the attributes of these calls. */
typedef struct gd_sample {
    const char *shapes; /* NULL ends a table */
    const void *attributes;
} gd_sample;

/* A table of them, GD_SAMPLES({"[2,3]", &attributes}, ..); and one for an op without attributes.
 * */
#define GD_SAMPLES(...) ((const gd_sample[]){__VA_ARGS__, {.shapes = NULL}})
#define GD_CALLS(text)  GD_SAMPLES({.shapes = (text)})

/* Where tests may draw an operand's values from: [low, high] without (-gap, gap), which keeps them
 * away from a kink or a pole at 0. All zero: [-2, 2]. For an int64 operand the integers low to
 * high. only_ends: low or high, a choice without a gradient. */
typedef struct gd_domain {
    double low, high, gap;
    bool only_ends;
} gd_domain;

/* Pass-through: backward goes from this op's result straight to the operand x of the op that made
 * operand 0, without the gradient dL of operand 0. Use it where dL would lose digits or overflow
 * in the dtype (soft targets, large weights) although dx does not, as nll_loss after log_softmax.
 * It is taken whenever operand 0 is the unchanged result of `op`, not a view of it. If the user
 * also asks for dL (gd_retain_grad, gd_grad), the op's own rule computes it separately. forward
 * may read the first op's operand and what that op saved, too, by node->through. */
typedef struct gd_pass_through {
    const gd_op *op; /* what made operand 0, an op of one operand x */
    /* Optional: whether this call passes through `maker`, a call of op. NULL: always. */
    bool (*applies)(const gd_node *node, const gd_node *maker);
    const char *gradient; /* the formula of dx, in terms of x, the other operands, and dy */
    const char *element;  /* optional: the same for one element, as gd_op's element_gradient */

    /* dx from dy, written with ops: the rule. node->through is op's call, its in[0] is x. */
    gd_tensor *(*grad)(gd_tape *tape, const gd_node *node, gd_tensor *dy);

    /* Optional and only for speed, as gd_op's grad_into. */
    bool (*grad_into)(gd_tape *tape, const gd_node *node, const gd_tensor *dy, gd_tensor *dst,
                      bool accumulate);

    /* Which operands grad or grad_into read: of this call, and of op's call. GD_READS... */
    unsigned reads, through_reads;
} gd_pass_through;

/* A member of an op's attributes, by which print, traces and documentation know it. Pointers are
 * no fields. */
typedef enum gd_field_kind {
    GD_FIELD_INT,
    GD_FIELD_INT64,
    GD_FIELD_UINT64, /* of a gd_rng */
    GD_FIELD_DOUBLE,
    GD_FIELD_BOOL,
    GD_FIELD_DTYPE,
    GD_FIELD_OPTIONAL, /* gd_optional */
    GD_FIELD_ENUM,     /* counts from 0 */
    GD_FIELD_LIST      /* int64_t[GD_MAX_DIMS], of which an int says how many there are */
} gd_field_kind;

typedef struct gd_field {
    const char *name; /* as formulas call it; NULL ends a table */
    gd_field_kind kind;
    size_t offset;            /* of the member, in bytes */
    size_t count_offset;      /* LIST: of its int */
    const char *const *names; /* ENUM: of the values; NULL ends them */
    const char *zero; /* how the text calls a number 0 or an empty list: "all"; "": it leaves the
                         field out; NULL: as it is */
} gd_field;

/* In a gd_op: the type of its attributes and their fields, GD_FIELDS(range, GD_FIELD(range, dim),
 * ..). GD_FIELD finds the kind from the member's type. Write an enum or a list out: {.name =
 * "shape", .kind = GD_FIELD_LIST, .offset = .., .count_offset = ..}. */
#define GD_FIELDS(type, ...)                                                                       \
    .attributes_size = sizeof(type), .fields = (const gd_field[])                                  \
    {                                                                                              \
        __VA_ARGS__,                                                                               \
        {                                                                                          \
            .name = NULL                                                                           \
        }                                                                                          \
    }
#define GD_FIELD(type, member)                                                                     \
    {                                                                                              \
        .name = #member, .offset = offsetof(type, member),                                         \
        .kind = _Generic(((type *)0)->member, int                                                  \
                         : GD_FIELD_INT, int64_t                                                   \
                         : GD_FIELD_INT64, uint64_t                                                \
                         : GD_FIELD_UINT64, double                                                 \
                         : GD_FIELD_DOUBLE, bool                                                   \
                         : GD_FIELD_BOOL, gd_dtype                                                 \
                         : GD_FIELD_DTYPE, gd_optional                                             \
                         : GD_FIELD_OPTIONAL)                                                      \
    }

/* The attributes of ops along one dimension, log_softmax among them: dim as the call gave it,
 * which may count from the end. */
typedef struct gd_along {
    int dim;
} gd_along;

/* An op: constant, shared by all tapes and threads. Its functions stand beside it. */
struct gd_op {
    const char *name; /* as in messages: "matmul" */

    /* What messages and formulas call the operands: "input", "weight"; of a list the first is the
     * name of all. NULL: they are called "operand 0", ... */
    const char *operands[GD_OP_OPERANDS];
    int least_operands, most_operands; /* those from least on are optional: NULL is allowed;
                                          INT_MAX: a list, without NULL */

    const char *formula;  /* of the value y, in terms of operands and attributes */
    const char *gradient; /* dinput = ..., in terms of these, y and dy = d root / d y; NULL:
                               there is none */

    /* Optional: both for one element, in the language of docs/ops.md, where formula and gradient
     * are prose. NULL: they are in that language, or there are no numbers to show for them. */
    const char *element, *element_gradient;

    const char *shapes;     /* "[..,m,k] [..,k,n] -> [..,m,n]"; NULL: elementwise, broadcasting */
    const char *ties;       /* the gradient where the value has a kink; NULL: no kink */
    size_t attributes_size; /* bytes to copy; 0: none */

    /* Fits operands and attributes together and sets out's dtype, ndim and shape. A view op
     * returns out as a view (data, strides and root set, see gd_view_out) and has no forward.
     * false: refused, after gd_tape_fail. Non-NULL operands have been checked to be alive; dtypes
     * and shapes have not. */
    bool (*check)(gd_tape *tape, gd_node *node);

    /* Optional: how many bytes forward keeps for the gradient in node->saved, 64-byte aligned. */
    size_t (*saved_size)(const gd_node *node);

    /* Writes out->data (contiguous, 64-byte aligned, not cleared). false: refused because of a
     * value. */
    bool (*forward)(gd_tape *tape, const gd_node *node);

    /* d root / d in[i] from dy = d root / d out (out's shape), written with ops. Its shape is
     * in[i]'s, or one that in[i] was broadcast to: the engine sums. Asked only for operands that
     * require a gradient, and where out is float. NULL here: the op has no gradient. */
    gd_tensor *(*grad)(gd_tape *tape, const gd_node *node, gd_tensor *dy, int i);

    /* Optional and only for speed: the same straight into dst (in[i]'s shape, contiguous): dst =
     * or, if accumulate, dst += it. false: not in this case, take the rule. */
    bool (*grad_into)(gd_tape *tape, const gd_node *node, const gd_tensor *dy, int i,
                      gd_tensor *dst, bool accumulate);

    /* What the gradient of operand i reads beside dy: GD_READS... */
    unsigned reads[GD_OP_OPERANDS];

    const gd_field *fields; /* of the attributes: GD_FIELDS; NULL: it has none */

    /* What tests ask: where operands are drawn from, calls that are accepted (each is gradchecked
     * twice), calls that must be errors. */
    gd_domain domain[GD_OP_OPERANDS];
    const gd_sample *samples, *refused;
    unsigned flat;      /* operands whose gradient is 0 everywhere: GD_READS(i) | ... */
    bool any_dtype;     /* operands may be of any dtype, not of a float dtype alone */
    bool dtype_given;   /* the attributes say what dtype the result has */
    bool may_need_copy; /* a view that the strides of some operands cannot express */
    bool may_cancel;    /* far from 1 terms of the gradient may cancel or leave float32's range */

    const void *detail; /* the op's own: what functions that several ops share need to know of it */

    const gd_pass_through *through; /* optional: see above */

    /* The library's own. */
    int kernel; /* which elementwise loop runs, or which of the ops that share functions this is */
};

/* The op of this header with that name, "matmul"; NULL: there is none. */
const gd_op *gd_op_find(const char *name);

/* The ops that the losses pass through; yours may, too. Each is one constant. */
extern const gd_op gd_op_sigmoid;
extern const gd_op gd_op_log_softmax;

/* What a call of log_softmax has saved (gd_node's `saved`), one for each row in row-major order:
 * the row's maximum m and ln(1 + the sum of e^(x - m) over all x but that one), in double
 * whatever the dtype. log_softmax is x - max - log_sum. */
typedef struct gd_log_softmax_row {
    double max, log_sum;
} gd_log_softmax_row;

/* Like snprintf, the attributes as text: "dims=[0], keepdim". */
int gd_op_print_attributes(const gd_op *op, const void *attributes, char *buffer, size_t size);

/* Does one call: checks, computes, records. operands: [n]. Every op is a one-line wrapper of this;
 * so is yours. NULL and the tape's error where it is refused. */
gd_tensor *gd_apply(gd_tape *tape, const gd_op *op, gd_tensor *const *operands, int n,
                    const void *attributes);

/* Refuses the call: keeps status and message, which is prefixed by the op's name. Returns
 * false. */
bool gd_tape_fail(gd_tape *tape, gd_status status, const char *format, ...)
    __attribute__((cold, format(printf, 3, 4)));

/* A function that is made of ops: between the two, errors name `name` instead of the op that
 * failed. Where such functions call each other, they name the outermost, which is the one that
 * the user has called.
 *
 *     static gd_tensor *squared_distance(gd_tape *tape, gd_tensor *a, gd_tensor *b)
 *     {
 *         const char *outer = gd_call_begin(tape, "squared_distance");
 *         gd_tensor *d = gd_sub(tape, a, b);
 *         return gd_call_end(tape, outer, gd_sum(tape, gd_mul(tape, d, d), GD_ALL_DIMS, false));
 *     }
 *
 * gd_call_begin returns the name before, for gd_call_end, which returns `result`. `name` must last
 * as long as the tape. */
const char *gd_call_begin(gd_tape *tape, const char *name);
gd_tensor *gd_call_end(gd_tape *tape, const char *before, gd_tensor *result);

/* For checks of your own: each false (gd_check_dim: -1) after gd_tape_fail. Of operands of a
 * node: */
bool gd_check_float(gd_tape *tape, const gd_node *node, int i); /* float32 or float64 */
bool gd_check_dtype(gd_tape *tape, const gd_node *node, int i, gd_dtype dtype);
bool gd_check_same_dtype(gd_tape *tape, const gd_node *node, int a, int b);
bool gd_check_broadcast(gd_tape *tape, gd_node *node); /* all; sets out's shape, not its dtype */
/* All operands are of one float dtype, which becomes out's. */
bool gd_check_floats(gd_tape *tape, const gd_node *node);
/* ... and broadcast; sets out's dtype and shape. */
bool gd_check_elementwise(gd_tape *tape, gd_node *node);
/* Of a tensor, which messages call `name`: it is there, and of this step if it is a tape's; and
 * dim is one of its dimensions, -1 the last: which, from 0 on. */
bool gd_check_operand(gd_tape *tape, const gd_tensor *x, const char *name);
int gd_check_dim(gd_tape *tape, const gd_tensor *x, int64_t dim);

/* Of any tensor, which messages call `name`; false also where the tape holds an error already.
 * GD_ERROR_ARGUMENT (x is NULL), GD_ERROR_DTYPE, GD_ERROR_SHAPE: "var is float64 [2]; float32
 * broadcastable to [2,3] is needed"; GD_ERROR_VALUE: "target 1.5 at [0,3] is outside [0,1]". */
/* x has the dtype and the shape of `like`. */
bool gd_check_like(gd_tape *tape, const char *name, const gd_tensor *x, const gd_tensor *like);
/* x has the dtype of `whole` and broadcasts to its shape. */
bool gd_check_fits(gd_tape *tape, const char *name, const gd_tensor *x, const gd_tensor *whole);
/* Every element of x (float32 or float64, any strides) is in [low, high]; NaN is not. */
bool gd_check_values(gd_tape *tape, const char *name, const gd_tensor *x, double low, double high);
/* Every element of x (the same) is a or b. */
bool gd_check_either(gd_tape *tape, const char *name, const gd_tensor *x, double a, double b);

/* For a view op's check: out becomes `view`, as gd_tensor_transpose and its like return it; false
 * and their message if that failed. */
bool gd_view_out(gd_tape *tape, gd_node *node, gd_tensor view);

/* Memory for the length of a call of forward, grad or grad_into, 64-byte aligned. Ops that are
 * applied meanwhile do not touch it. NULL where there is none: return false. */
void *gd_tape_scratch(gd_tape *tape, size_t bytes);

/* ---- gradcheck ---------------------------------------------------------------------------- */

/* A function to check: any ops, of n inputs, to one output. */
typedef gd_tensor *(*gd_function)(gd_tape *tape, gd_tensor *const *inputs, int n, void *context);

typedef struct gd_gradcheck_options {
    double step;       /* of the central difference; 0: 1e-5 */
    double tolerance;  /* |analytic - numeric| <= tolerance (1 + |numeric|); 0: 1e-6 */
    uint64_t seed;     /* of the random cotangent */
    bool second_order; /* also differentiates the gradient and checks that */
} gd_gradcheck_options;

/* Compares gd_grad of function with central differences, for every element of every input that
 * requires a gradient, weighted by a random cotangent (each |element| in [0.5, 1.5], so that no
 * error cancels). Inputs: float64, contiguous; their elements are changed and restored. GD_OK:
 * right. GD_ERROR_VALUE: wrong, and gd_message() says where. GD_ERROR_DTYPE: an input that
 * requires a gradient is not float64. GD_ERROR_ARGUMENT: such an input is not contiguous; or there
 * is nothing to check: no input element requires a gradient, or the output depends on none. */
gd_status gd_gradcheck(gd_function function, gd_tensor *const *inputs, int n, void *context,
                       const gd_gradcheck_options *options);

/* ---- looking at a tape -------------------------------------------------------------------- */

/* The record: node 0 is the oldest; a node's operands were made before it. Nodes are valid until
 * the reset, or the release of a mark that was set before them. NULL: i is not in [0, count). */
int gd_tape_node_count(const gd_tape *tape);
const gd_node *gd_tape_node(const gd_tape *tape, int i);

/* The node that made x; NULL: x is a leaf, a constant, or was not recorded. */
const gd_node *gd_node_of(const gd_tape *tape, const gd_tensor *x);

/* Names x for all that shows the tape: h = gd_name(tape, gd_relu(tape, z), "hidden"). The name is
 * copied. A result's lasts as long as the result; that of a tensor of your own lasts as long as
 * the tape, or until another one is given. Returns x; NULL where the call is refused. */
gd_tensor *gd_name(gd_tape *tape, gd_tensor *x, const char *name);
const char *gd_tape_name(const gd_tape *tape, const gd_tensor *x); /* NULL: it has none */

/* Writes the record as text, a line for each leaf and node: your file and line, name, call, dtype
 * and shape, the first values, and the gradient where there is one: of leaves after gd_backward,
 * of other tensors if gd_retain_grad was called before it. GD_ERROR_IO. */
gd_status gd_tape_print(const gd_tape *tape, FILE *file);

/* Writes the record as a graph for Graphviz: dot -Tsvg tape.dot -o tape.svg. GD_ERROR_IO. */
gd_status gd_tape_dot(const gd_tape *tape, FILE *file);

/* An observer is told of everything that happens on a tape, in order. Being observed changes no
 * bit of any result and no way that a gradient takes; it takes time and memory. */
typedef enum gd_event_kind {
    GD_EVENT_RESET,    /* the tape is about to be reset; its record can still be read */
    GD_EVENT_RELEASE,  /* it was released to a mark: `count` nodes are left */
    GD_EVENT_OP,       /* `node` is a call that has just returned; recorded or not */
    GD_EVENT_PLACE,    /* `file`, `line` and `text` of all calls, gd_backward and gd_grad among
                         them, since the last event of this kind */
    GD_EVENT_ERROR,    /* a call was refused: gd_tape_message, which may get its place later */
    GD_EVENT_BACKWARD, /* gd_backward, or gd_grad of `count` `inputs`, begins at `tensor`, whose
                          gradient is `gradient` */
    GD_EVENT_NODE,     /* backward is at `node`; `gradient` is d root / d its result, complete */
    GD_EVENT_ADD,      /* `node` is about to contribute by `operand` to the gradient of `tensor`, */
    GD_EVENT_ADDED,    /* ... and has. `gradient`: the sum before and after; NULL: none yet */
    GD_EVENT_END,      /* the backward has ended: gd_tape_status says how */
} gd_event_kind;

/* How a contribution is made. */
typedef enum gd_way {
    GD_WAY_RULE,   /* by the op's gradient rule, `grad` */
    GD_WAY_DIRECT, /* by its `grad_into`, straight into the sum */
    GD_WAY_THROUGH /* by its pass-through, to operand 0 of the call that made operand 0 */
} gd_way;

typedef struct gd_event {
    gd_event_kind kind;
    gd_tape *tape;
    const gd_node *node; /* if it was not recorded, valid during the event only */
    int operand;         /* of node: ADD, ADDED */
    int count;           /* RELEASE; BACKWARD: of inputs */
    gd_way way;          /* ADD: the one that is tried first; ADDED: the one that was taken */
    gd_tensor *tensor;
    const gd_tensor *gradient; /* its data is valid during the event only */
    const char *file, *text;   /* text: your call, "mul(a, b)" */
    int line;

    gd_tensor *const *inputs; /* BACKWARD by gd_grad; NULL: by gd_backward */
    bool create_graph;        /* BACKWARD by gd_grad: it is recorded */

    /* OP, in a backward that is recorded: the rule that applied it. NULL: you did. */
    const gd_node *rule;
    int rule_operand;
} gd_event;

/* Called in the thread that uses the tape. Ops that a forward, or an unrecorded gradient rule,
 * applies are parts of their op and are not told of. It may call functions that read, gd_name and
 * gd_retain_grad (in OP), gd_event_gives (in ADD); it must not apply ops to the tape, nor reset
 * it. */
typedef void (*gd_observer)(void *context, const gd_event *event);

/* From now on `observer` is told; NULL: nobody, as at first. A tape has one observer. */
void gd_tape_observe(gd_tape *tape, gd_observer observer, void *context);

/* In GD_EVENT_ADD: what event->node gives to event->tensor, computed apart; or, with another way
 * than the event's, what that way would give (GD_WAY_RULE: to operand `operand` itself). It has
 * the destination's shape, is the tape's, and is valid during the event. NULL where there is no
 * memory, or the rule fails; the tape's status does not change. */
const gd_tensor *gd_event_gives(const gd_event *event, gd_way way);

/* What a backward does with the gradient that a rule gives: sum = or, if accumulate, sum += the
 * gradient, which is summed along the dimensions in which sum was broadcast to it, and rounded
 * once. sum: contiguous. GD_ERROR_ARGUMENT, GD_ERROR_DTYPE (not the same float dtype),
 * GD_ERROR_SHAPE (sum does not broadcast to the gradient). */
gd_status gd_add_gradient(gd_tensor *sum, const gd_tensor *gradient, bool accumulate);

/* ---- your file and line ------------------------------------------------------------------- */

/* Give what was recorded, or refused, since the last stamp a place in your source. The macros of
 * <gradus/autograd_sites.h> do it after the call, when its arguments (which may be ops too) have
 * had theirs. text: the call as it is written, without the tape: "mul(a, b)"; NULL: not known. It
 * must last as long as the tape. A function of your own gets its place with
 *     #define my_op(t, ...) GD_AT(t, (my_op)((t), __VA_ARGS__), "my_op(" #__VA_ARGS__ ")")
 * Without the macros (GD_NO_SITES, or a call through a function pointer) call gd_at yourself or
 * do without. */
gd_tensor *gd_at(gd_tape *tape, gd_tensor *result, const char *file, int line, const char *text);
gd_status gd_status_at(gd_tape *tape, gd_status status, const char *file, int line,
                       const char *text);

#if !defined(GD_NO_SITES) && !defined(GD_BUILDING)
#define GD_AT(tape, call, text)        gd_at((tape), call, __FILE__, __LINE__, text)
#define GD_STATUS_AT(tape, call, text) gd_status_at((tape), call, __FILE__, __LINE__, text)
#define gd_tape_release(t, mark)                                                                   \
    ((gd_tape_release)((t), (mark)), (void)GD_STATUS_AT(t, GD_OK, "tape_release(" #mark ")"))
#endif
#include <gradus/autograd_sites.h>

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif
#endif
