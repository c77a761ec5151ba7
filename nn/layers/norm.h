/* What layer norm and batch norm share. */
#ifndef GRADUS_NN_LAYERS_NORM_H
#define GRADUS_NN_LAYERS_NORM_H

#include "nn/parameters.h"

/* A layer of `size` bytes that begins as gd_layer_norm_layer does, with weight [n] (ones), bias
 * [n] (zeros) and eps set. `module` has its kind, name, forward and parameters; `function` is what
 * errors name. NULL and a gd_message() if n or an option is not allowed; the list is as before. */
void *gd__norm_create(const char *function, const gd_module *module, size_t size, int64_t n,
                      const gd_norm_options *options);

/* Of x / unit, float64, with size 1 in the dimension that they are over. unit NULL: 1. */
typedef struct gd__statistics {
    gd_tensor *mean, *variance, *unit;
} gd__statistics;

/* weight (x - mean) / sqrt(variance + eps) + bias, with mean and variance over dimension dim (-1:
 * the last) in *s if `given` is NULL, else with a mean and a variance [n] that are given. NULL and
 * the tape's error if x is not of the weight's dtype, or its last dimension is not n. */
gd_tensor *gd__normalize(gd_tape *tape, const gd_layer_norm_layer *norm, gd_tensor *x, int dim,
                         gd__statistics *s);
gd_tensor *gd__normalize_by(gd_tape *tape, const gd_layer_norm_layer *norm, gd_tensor *x,
                            gd_tensor *mean, gd_tensor *variance);

#endif
