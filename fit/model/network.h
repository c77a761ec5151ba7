/* Networks: what a model file holds, and what is computed with it. */
#ifndef GRADUS_FIT_MODEL_NETWORK_H
#define GRADUS_FIT_MODEL_NETWORK_H

#include "fit/internal.h"

/* The logits of all rows of x [n,..] in evaluation mode, without recording: [n,..], the caller's;
 * NULL and a message. The tape is reset. */
gd_tensor *gd__logits(gd_tape *tape, gd_module *module, const gd_tensor *x);

/* Zeros of the shape and dtype of x, but with n rows. The caller's; NULL and a message. */
gd_tensor *gd__create_rows_like(const gd_tensor *x, int64_t n);

typedef struct gd__network {
    gd_architecture architecture;
    gd_parameters *parameters;
    gd_module *module;
} gd__network;

bool gd__network_create(gd__network *network, const gd_architecture *architecture);
void gd__network_free(gd__network *network);

/* One network that computes the mean of the logits of `count` networks of one architecture: the
 * hidden units side by side, and the weights of the output divided by `count`. members: the
 * parameters of each. */
bool gd__network_merge(gd__network *network, const gd_architecture *member, int count,
                       gd_parameters *const *members);

/* The mean of a network with one hidden layer of relu and a linear model (its weight and bias) as
 * one such network: a linear logit z is relu(z) - relu(-z). */
bool gd__can_blend(const gd_architecture *architecture);
bool gd__network_blend(gd__network *network, const gd_parameters *linear);

gd_json *gd__architecture_json(const gd_architecture *architecture);
bool gd__architecture_from_json(gd_architecture *architecture, const gd_json *json);

#endif
