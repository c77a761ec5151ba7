/* The one list of the ops in this folder: name, one row each, in the order of their documentation,
 * with its sections. A row is the op gd_op_NAME. */
#ifndef GRADUS_AUTOGRAD_OP_LIST_H
#define GRADUS_AUTOGRAD_OP_LIST_H

#include <gradus/autograd.h>

#define GD__AUTOGRAD_OPS(OP, SECTION)                                                              \
    SECTION("Arithmetic")                                                                          \
    OP(add)                                                                                        \
    OP(sub)                                                                                        \
    OP(mul)                                                                                        \
    OP(div)                                                                                        \
    OP(neg)                                                                                        \
    OP(abs)                                                                                        \
    OP(sign)                                                                                       \
    SECTION("Powers")                                                                              \
    OP(pow)                                                                                        \
    OP(sqrt)                                                                                       \
    OP(rsqrt)                                                                                      \
    OP(exp)                                                                                        \
    OP(expm1)                                                                                      \
    OP(log)                                                                                        \
    OP(log1p)                                                                                      \
    SECTION("Activations")                                                                         \
    OP(relu)                                                                                       \
    OP(leaky_relu)                                                                                 \
    OP(sigmoid)                                                                                    \
    OP(tanh)                                                                                       \
    OP(silu)                                                                                       \
    OP(softplus)                                                                                   \
    OP(gelu)                                                                                       \
    OP(gelu_tanh)                                                                                  \
    OP(softmax)                                                                                    \
    OP(log_softmax)                                                                                \
    SECTION("Choices")                                                                             \
    OP(maximum)                                                                                    \
    OP(minimum)                                                                                    \
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
    OP(clone)                                                                                      \
    OP(detach)                                                                                     \
    OP(cast)                                                                                       \
    SECTION("Indices")                                                                             \
    OP(gather)                                                                                     \
    OP(scatter_add)                                                                                \
    OP(index_select)                                                                               \
    OP(index_add)                                                                                  \
    OP(embedding)                                                                                  \
    OP(one_hot)                                                                                    \
    SECTION("Questions")                                                                           \
    OP(eq)                                                                                         \
    OP(ne)                                                                                         \
    OP(lt)                                                                                         \
    OP(le)                                                                                         \
    OP(gt)                                                                                         \
    OP(ge)                                                                                         \
    OP(logical_and)                                                                                \
    OP(logical_or)                                                                                 \
    OP(logical_not)                                                                                \
    OP(isnan)                                                                                      \
    OP(argmax)                                                                                     \
    SECTION("Parts of gradients, without a function of their own")                                 \
    OP(gate)                                                                                       \
    OP(ratio)                                                                                      \
    OP(exp_times)                                                                                  \
    OP(pow_times)                                                                                  \
    OP(sigmoid_times)                                                                              \
    OP(sigmoid_slope)                                                                              \
    OP(normal_cdf_times)                                                                           \
    OP(unslice)

#define GD__NO_SECTION(title)
#define GD__DECLARE_OP(name) extern const gd_op gd_op_##name;
GD__AUTOGRAD_OPS(GD__DECLARE_OP, GD__NO_SECTION)

/* All of them; NULL ends the table. */
extern const gd_op *const gd__autograd_ops[];

#endif
