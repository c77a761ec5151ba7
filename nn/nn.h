/* gradus/nn.h - what is trained, and how: parameters and optimisers.
 *
 * Purpose    A gd_parameters is the named list of what a model learns; an optimiser changes all of
 *            it by the gradients that gd_backward has left there.
 * Ownership  The list owns its tensors and their gradients; the optimiser only refers to the list,
 *            which must outlive it.
 * Errors     NULL or a gd_status, with gd_message().
 *
 *     gd_parameters *parameters = gd_parameters_create();
 *     gd_tensor *weight = gd_parameters_add(parameters, "weight", GD_F32, GD_DIMS(1, 30));
 *     gd_rng rng = {.key = 42};
 *     gd_tensor_uniform(weight, &rng, -0.1, 0.1); // zeros would keep a network's units all alike
 *     gd_optimizer *sgd = gd_sgd_create(parameters, &(gd_sgd_options){.learning_rate = 0.1});
 *     for each batch:
 *         gd_tape_reset(tape);
 *         gd_optimizer_zero_grad(sgd);
 *         ... gd_backward(tape, loss) ...
 *         gd_optimizer_step(sgd);
 *     gd_optimizer_destroy(sgd);
 *     gd_parameters_destroy(parameters);
 */
#ifndef GRADUS_NN_H
#define GRADUS_NN_H

#include <gradus/tensor.h>

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(default)

typedef struct gd_parameters gd_parameters;

gd_parameters *gd_parameters_create(void);
void gd_parameters_destroy(gd_parameters *parameters); /* NULL is allowed */

/* A new parameter, all zeros, that requires a gradient; float32 or float64. The list owns it; it
 * stays where it is. `name` is copied and must be new in the list. NULL and a gd_message()
 * otherwise. */
gd_tensor *gd_parameters_add(gd_parameters *parameters, const char *name, gd_dtype dtype, int ndim,
                             const int64_t *shape);

int gd_parameters_count(const gd_parameters *parameters);
gd_tensor *gd_parameters_at(const gd_parameters *parameters, int index); /* in order of adding */
const char *gd_parameters_name(const gd_parameters *parameters, int index);

typedef struct gd_optimizer gd_optimizer;

typedef struct gd_sgd_options {
    double learning_rate; /* 0: 0.001 */
    double momentum;      /* in [0, 1) */
    double weight_decay;  /* of all parameters; at least 0 */
} gd_sgd_options;

/* Stochastic gradient descent as torch.optim.SGD: g = grad + weight_decay x; v = momentum v + g;
 * x = x - learning_rate v. For the parameters that are in the list now. NULL and a gd_message()
 * where an option is out of range or there is no memory. options NULL: all defaults. */
gd_optimizer *gd_sgd_create(gd_parameters *parameters, const gd_sgd_options *options);
void gd_optimizer_destroy(gd_optimizer *optimizer); /* NULL is allowed */

void gd_optimizer_zero_grad(gd_optimizer *optimizer); /* empties every gradient */

/* Changes every parameter whose gradient is not empty. GD_ERROR_ARGUMENT: the optimizer is NULL. */
gd_status gd_optimizer_step(gd_optimizer *optimizer);

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif
#endif
