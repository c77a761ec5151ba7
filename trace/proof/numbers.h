/* Elements of float tensors, of any strides, as doubles. */
#ifndef GRADUS_TRACE_NUMBERS_H
#define GRADUS_TRACE_NUMBERS_H

#include <gradus/tensor.h>

/* The largest magnitude of its finite elements; 0 for none, and for NULL and other dtypes. */
double gd__largest_number(const gd_tensor *x);

/* How far the elements of x and y are apart, at most; infinite where only one is NaN. */
double gd__numbers_apart(const gd_tensor *x, const gd_tensor *y);

/* The sum of products of elements. */
double gd__sum_of_products(const gd_tensor *x, const gd_tensor *y);

#endif
