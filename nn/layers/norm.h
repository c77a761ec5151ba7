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

/* x has the weight's dtype, and the last dimension that it is for; otherwise false and the tape's error. */
bool gd__check_operand(gd_tape *tape, const gd_tensor *x, const gd_tensor *weight);

/* Mean and variance of x / unit, float64, with size 1 in the place of the dimension that they are over. unit NULL:
 * 1. */
typedef struct gd__statistics {
    gd_tensor *mean, *variance, *unit;
} gd__statistics;

/* (x - mean) / sqrt(variance + eps), mean and variance being those over dimension dim of x. In double: a mean
 * rounded to float32 may be off by more than x - mean is, and the variance of what float32 holds may be no float32.
 * Of float64 x / unit is taken, a power of two for each mean, as double has ends, too. */
gd_tensor *gd__normalize(gd_tape *tape, gd_tensor *x, int dim, double eps, gd__statistics *s);

/* The same by a mean and a variance that are there, of x's dtype, broadcast. */
gd_tensor *gd__normalize_by(gd_tape *tape, gd_tensor *x, gd_tensor *mean, gd_tensor *variance,
                            double eps);

/* weight x + bias, broadcast. */
gd_tensor *gd__affine(gd_tape *tape, gd_tensor *x, gd_tensor *weight, gd_tensor *bias);

#endif
