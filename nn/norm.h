/* What layer norm and batch norm share. */
#ifndef GRADUS_NN_NORM_H
#define GRADUS_NN_NORM_H

#include "nn/parameters.h"

/* Options, with the defaults. */
typedef struct gd__norm {
    double eps, momentum;
    gd_dtype dtype;
} gd__norm;

/* false and a gd_message() where an option, or the size, is not allowed. */
bool gd__check_norm(const char *layer, int64_t size, const gd_norm_options *options,
                    gd__norm *norm);

/* The weight [size], ones, and the bias, zeros. false and a gd_message(). */
bool gd__add_affine(gd_module *module, int64_t size, gd_dtype dtype, gd_tensor **weight,
                    gd_tensor **bias);

/* x's last dimension is what the weight is for; otherwise false and the tape's error. */
bool gd__check_width(gd_tape *tape, const gd_tensor *x, const gd_tensor *weight);

/* weight (x - mean) / sqrt(variance + eps) + bias, broadcast. */
gd_tensor *gd__normalize(gd_tape *tape, gd_tensor *x, gd_tensor *mean, gd_tensor *variance,
                         double eps, gd_tensor *weight, gd_tensor *bias);

#endif
