/* Weights that balance classes and labels. */
#include "fit/internal.h"

#include <inttypes.h>

/* Counts the rows of each class, [count] float64 and how many classes occur; NULL and a message. */
static gd_tensor *count_classes(const gd_tensor *classes, int64_t count, int64_t *occurring)
{
    gd_tensor *rows = gd_tensor_create(GD_F64, GD_DIMS(count));
    double *number = rows != NULL ? rows->data : NULL;
    *occurring = 0;
    for (int64_t i = 0; rows != NULL && i < classes->shape[0]; ++i) {
        int64_t class = ((const int64_t *)classes->data)[i];
        if (class < 0 || class >= count) {
            gd_tensor_destroy(rows);
            gd_fail(GD_ERROR_VALUE,
                    "balanced_class_weights: class %" PRId64 " is outside [0,%" PRId64 ")", class,
                    count);
            return NULL;
        }
        *occurring += number[class]++ == 0;
    }
    return rows;
}

gd_tensor *gd_balanced_class_weights(const gd_tensor *classes, int64_t count, gd_dtype dtype)
{
    int64_t occurring;
    if (classes == NULL || classes->dtype != GD_I64 || classes->ndim != 1 || count < 1 ||
        !gd_tensor_is_contiguous(classes) || (dtype != GD_F32 && dtype != GD_F64))
        return gd__fail_null("balanced_class_weights: expected classes [n] int64, contiguous, and "
                             "the dtype float32 or float64");
    gd_tensor *rows = count_classes(classes, count, &occurring);
    gd_tensor *weights = rows != NULL ? gd_tensor_create(dtype, GD_DIMS(count)) : NULL;
    for (int64_t k = 0; weights != NULL && k < count; ++k) {
        double n = ((const double *)rows->data)[k];
        double weight = n > 0 ? (double)classes->shape[0] / ((double)occurring * n) : 0;
        if (dtype == GD_F32)
            ((float *)weights->data)[k] = (float)weight;
        else
            ((double *)weights->data)[k] = weight;
    }
    gd_tensor_destroy(rows);
    return weights;
}

/* Rows without the label / rows with it, of the rows in which it is known; else 1. */
static double balance(const gd_tensor *y, const gd_tensor *mask, int64_t labels, int64_t label)
{
    double counts[2] = {0, 0};
    for (int64_t i = 0; i < y->shape[0]; ++i) {
        int64_t cell = i * labels + label;
        if (mask == NULL || ((const bool *)mask->data)[cell])
            ++counts[y->dtype == GD_I64 ? ((const int64_t *)y->data)[cell] > 0
                                        : ((const float *)y->data)[cell] > 0];
    }
    return counts[0] > 0 && counts[1] > 0 ? counts[0] / counts[1] : 1;
}

gd_tensor *gd_balanced_pos_weight(const gd_tensor *y, const gd_tensor *mask)
{
    bool one = y != NULL && y->dtype == GD_I64 && y->ndim == 1;
    if (!one && (y == NULL || y->dtype != GD_F32 || y->ndim != 2))
        return gd__fail_null("balanced_pos_weight: expected y [n,labels] float32, or [n] int64");
    if (!gd_tensor_is_contiguous(y) ||
        (mask != NULL && (mask->dtype != GD_BOOL || !gd_tensor_is_contiguous(mask) ||
                          gd_tensor_numel(mask) != gd_tensor_numel(y))))
        return gd__fail_null("balanced_pos_weight: expected a bool mask of y's shape, both "
                             "contiguous");
    int64_t labels = one ? 1 : y->shape[1];
    gd_tensor *weights = gd_tensor_create(GD_F32, GD_DIMS(labels));
    for (int64_t j = 0; weights != NULL && j < labels; ++j)
        ((float *)weights->data)[j] = (float)balance(y, mask, labels, j);
    return weights;
}
