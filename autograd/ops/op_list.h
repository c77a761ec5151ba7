/* The one list of the ops in this folder, one row each, in the order of their documentation, with
 * its sections. A row is the op gd_op_NAME. Its block has a forward of its own if the row is
 *     OP      of any operands; its function, gd_NAME, stands behind its block
 *     OF_ONE  of one tensor and nothing else
 *     OF_TWO  of two
 * and an elementwise loop if the row says what that computes for one element:
 *     UNARY   of one operand, x
 *     BINARY  of two operands, a and b
 *     LOOP    of a and b, which the op's block chooses
 * There `real` is the element type, R(f) the C library's f for it, f_ one of tensor/elementary.h,
 * and other functions stand in autograd/kernels.c. Where float32 goes through double, the C
 * library's float function is off by more than 1 ULP. The functions of OF_ONE, OF_TWO, UNARY and
 * BINARY rows, gd_NAME, are made in op_list.c. */
#ifndef GRADUS_AUTOGRAD_OP_LIST_H
#define GRADUS_AUTOGRAD_OP_LIST_H

#include <gradus/autograd.h>

#define GD__AUTOGRAD_OPS(OP, OF_ONE, OF_TWO, UNARY, BINARY, LOOP, SECTION)                         \
    SECTION("Arithmetic")                                                                          \
    BINARY(add, a + b)                                                                             \
    BINARY(sub, a - b)                                                                             \
    BINARY(mul, a *b)                                                                              \
    BINARY(div, a / b)                                                                             \
    UNARY(neg, -x)                                                                                 \
    UNARY(abs, R(fabs)(x))                                                                         \
    UNARY(sign, (real)((x > 0) - (x < 0)))                                                         \
    SECTION("Powers")                                                                              \
    BINARY(pow, (real)pow((double)a, (double)b))                                                   \
    UNARY(sqrt, R(sqrt)(x))                                                                        \
    UNARY(rsqrt, (real)(1 / sqrt((double)x)))                                                      \
    OF_ONE(exp)                                                                                    \
    UNARY(expm1, (real)expm1_((double)x))                                                          \
    UNARY(log, R(log)(x))                                                                          \
    UNARY(log1p, (real)log1p((double)x))                                                           \
    SECTION("Activations")                                                                         \
    UNARY(relu, x < 0 ? 0 : x)          /* NaN stays NaN */                                        \
    LOOP(leaky_relu, a > 0 ? a : a * b) /* b: the slope */                                         \
    OF_ONE(sigmoid)                                                                                \
    OF_ONE(tanh)                                                                                   \
    UNARY(silu, (real)((double)x * sigmoid_((double)x)))                                           \
    UNARY(softplus, (real)softplus_((double)x))                                                    \
    UNARY(gelu, (real)((double)x * normal_cdf((double)x)))                                         \
    UNARY(gelu_tanh, (real)((double)x * sigmoid_(gelu_argument((double)x))))                       \
    OP(softmax)                                                                                    \
    OP(log_softmax)                                                                                \
    SECTION("Choices")                                                                             \
    BINARY(maximum, b >= a || b != b ? b : a) /* a NaN in either stays */                          \
    BINARY(minimum, b <= a || b != b ? b : a)                                                      \
    OP(clamp)                                                                                      \
    OP(where)                                                                                      \
    OP(masked_fill)                                                                                \
    OP(masked_scatter)                                                                             \
    SECTION("Noise")                                                                               \
    OP(dropout)                                                                                    \
    SECTION("Reductions")                                                                          \
    OP(sum)                                                                                        \
    OP(mean)                                                                                       \
    OP(var)                                                                                        \
    OP(max)                                                                                        \
    OP(min)                                                                                        \
    OP(logsumexp)                                                                                  \
    SECTION("Products")                                                                            \
    OP(matmul)                                                                                     \
    OP(linear)                                                                                     \
    SECTION("Shapes")                                                                              \
    OP(reshape)                                                                                    \
    OP(transpose)                                                                                  \
    OP(permute)                                                                                    \
    OP(slice)                                                                                      \
    OP(expand)                                                                                     \
    OP(squeeze)                                                                                    \
    OP(unsqueeze)                                                                                  \
    OP(concat)                                                                                     \
    OP(stack)                                                                                      \
    OF_ONE(clone)                                                                                  \
    OF_ONE(detach)                                                                                 \
    OP(cast)                                                                                       \
    SECTION("Indices")                                                                             \
    OP(gather)                                                                                     \
    OP(scatter_add)                                                                                \
    OP(index_select)                                                                               \
    OP(index_add)                                                                                  \
    OF_TWO(embedding)                                                                              \
    OP(one_hot)                                                                                    \
    SECTION("Questions")                                                                           \
    OF_TWO(eq)                                                                                     \
    OF_TWO(ne)                                                                                     \
    OF_TWO(lt)                                                                                     \
    OF_TWO(le)                                                                                     \
    OF_TWO(gt)                                                                                     \
    OF_TWO(ge)                                                                                     \
    OF_TWO(logical_and)                                                                            \
    OF_TWO(logical_or)                                                                             \
    OF_ONE(logical_not)                                                                            \
    OF_ONE(isnan)                                                                                  \
    OP(argmax)                                                                                     \
    SECTION("Parts of gradients, without a function of their own")                                 \
    LOOP(gate, b <= 0 ? 0 : a) /* a where b is positive (or NaN), else 0 */                        \
    OP(ratio)                                                                                      \
    LOOP(exp_times, (real)exp_times((double)a, (double)b))                                         \
    OP(pow_times)                                                                                  \
    LOOP(sigmoid_times, (real)sigmoid_times((double)a, (double)b))                                 \
    LOOP(sigmoid_slope, (real)sigmoid_slope((double)a, (double)b))                                 \
    LOOP(normal_cdf_times, (real)((double)a * normal_cdf((double)b)))                              \
    OP(unslice)

#define GD__NO_SECTION(title)
#define GD__DECLARE_OP(name)          extern const gd_op gd_op_##name;
#define GD__DECLARE_LOOP(name, value) GD__DECLARE_OP(name)
GD__AUTOGRAD_OPS(GD__DECLARE_OP, GD__DECLARE_OP, GD__DECLARE_OP, GD__DECLARE_LOOP, GD__DECLARE_LOOP,
                 GD__DECLARE_LOOP, GD__NO_SECTION)

/* All of them; NULL ends the table. */
extern const gd_op *const gd__autograd_ops[];

#endif
