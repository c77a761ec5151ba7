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

/* Optimisers. Each is for the parameters that are in the list when it is made, and computes what PyTorch's
 * of this name does. options (copied) NULL: all defaults. NULL and a gd_message() where an option is out
 * of its range or there is no memory. Formulas are at the top of each one's file in nn/. */

typedef struct gd_sgd_options {
    double learning_rate; /* 0: 0.001 */
    double momentum;      /* in [0,1) */
    double dampening;     /* in [0,1) */
    double weight_decay;  /* of all parameters; at least 0 */
    bool nesterov;        /* needs momentum, and no dampening */
} gd_sgd_options;
gd_optimizer *gd_sgd_create(gd_parameters *parameters, const gd_sgd_options *options);

typedef struct gd_adam_options {
    double learning_rate;     /* 0: 0.001 */
    gd_optional beta1, beta2; /* in [0,1); 0.9 and 0.999 if not given */
    gd_optional eps;          /* 1e-8 if not given */
    gd_optional weight_decay; /* if not given: 0 for Adam, 0.01 for AdamW */
} gd_adam_options;
gd_optimizer *gd_adam_create(gd_parameters *parameters, const gd_adam_options *options);
gd_optimizer *gd_adamw_create(gd_parameters *parameters, const gd_adam_options *options);

typedef struct gd_rmsprop_options {
    double learning_rate; /* 0: 0.01 */
    gd_optional alpha;    /* in [0,1); 0.99 if not given */
    gd_optional eps;      /* 1e-8 if not given */
    double momentum;      /* in [0,1) */
    double weight_decay;
    bool centered;
} gd_rmsprop_options;
gd_optimizer *gd_rmsprop_create(gd_parameters *parameters, const gd_rmsprop_options *options);

typedef struct gd_adagrad_options {
    double learning_rate; /* 0: 0.01 */
    double lr_decay, weight_decay, initial_accumulator_value;
    gd_optional eps; /* 1e-10 if not given */
} gd_adagrad_options;
gd_optimizer *gd_adagrad_create(gd_parameters *parameters, const gd_adagrad_options *options);

void gd_optimizer_destroy(gd_optimizer *optimizer); /* NULL is allowed */

void gd_optimizer_zero_grad(gd_optimizer *optimizer); /* empties every gradient */

/* Changes every parameter whose gradient is not empty. GD_ERROR_ARGUMENT: the optimizer is NULL. */
gd_status gd_optimizer_step(gd_optimizer *optimizer);

/* Gradient clipping, between backward and step. All gradients of the list that are not empty, as one
 * vector, are made no longer than max_norm (Pascanu et al. 2013); *norm_out (NULL: not wanted) gets its
 * length before. GD_ERROR_VALUE: that is not finite; nothing is changed. GD_ERROR_ARGUMENT: max_norm is
 * not above 0. */
gd_status gd_clip_grad_norm(gd_parameters *parameters, double max_norm, double *norm_out);
/* Each element is kept within [-most, most]; NaN stays. GD_ERROR_ARGUMENT: most is below 0. */
gd_status gd_clip_grad_value(gd_parameters *parameters, double most);

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif
#endif
