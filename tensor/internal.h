/* What the library's own files share beside <gradus/tensor.h>: memory, messages, small checks. */
#ifndef GRADUS_TENSOR_INTERNAL_H
#define GRADUS_TENSOR_INTERNAL_H

#include <gradus/tensor.h>

/* Of every buffer that the library makes, in bytes: one cache line, one AVX-512 register. */
#define GD__ALIGNMENT 64

/* A longer copy of a full array, which replaces it: `least` elements, or twice as many as
 * *capacity, which follows. NULL where there is no memory: nothing has changed. */
void *gd__lengthened(void *array, int *capacity, size_t element_size, int least);

/* Like gd_fail, for functions that return a bool, a pointer or a view: always false, NULL or
 * ndim -1. Without an argument for it the status is GD_ERROR_MEMORY of gd__fail_memory, and
 * otherwise GD_ERROR_ARGUMENT. */
bool gd__fail_false(gd_status status, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
void *gd__fail_null(const char *format, ...) __attribute__((format(printf, 1, 2)));
void *gd__fail_memory(const char *format, ...) __attribute__((format(printf, 1, 2)));
gd_tensor gd__fail_view(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* x is there and not a failed view; otherwise false, with the message "function: x is NULL" or
 * so. */
bool gd__is_valid(const char *function, const gd_tensor *x);

/* Whether a shape is one that a tensor can have; *bytes is what its elements take. Otherwise false
 * and a message. */
bool gd__shape_is_valid(const char *function, gd_dtype dtype, int ndim, const int64_t *shape,
                        size_t *bytes);

/* "[2,3]" into buffer, which has GD__SHAPE_TEXT bytes; returns buffer. */
enum { GD__SHAPE_TEXT = 2 + GD_MAX_DIMS * 20 };
const char *gd__shape_text(char *buffer, int ndim, const int64_t *shape);

/* The same for the position of x's element number `index` in row-major order: "[1,0]". */
const char *gd__position_text(char *buffer, const gd_tensor *x, int64_t index);

/* Gives x (shape set) the strides of row-major order. */
void gd__set_contiguous(gd_tensor *x);

/* The least multiple of unit, a power of two, that is at least size. */
static inline size_t gd__round_up(size_t size, size_t unit)
{
    return (size + unit - 1) & ~(unit - 1);
}

/* A header without a gradient that sees x's memory; the caller changes shape, stride, data. */
gd_tensor gd__view_of(const gd_tensor *x);

/* Takes dimension dim, of size 1, out of a view, or puts one in before it. */
void gd__drop_dimension(gd_tensor *view, int dim);
void gd__insert_dimension(gd_tensor *view, int dim);

/* -1 counts from the end; returns -1 where dim is not one of ndim dimensions. */
int gd__dimension(int64_t dim, int ndim);

/* dst = src broadcast to it, same dtype; nothing is checked. pool NULL: none. */
void gd__copy(gd_pool *pool, gd_tensor *dst, const gd_tensor *src);

/* How many elements of a bool tensor are true. */
int64_t gd__count_true(const gd_tensor *mask);

/* Copies a run of elements of `size` bytes; steps are in bytes, 0 repeats. */
void gd__copy_run(int64_t length, size_t size, char *to, int64_t to_step, const char *from,
                  int64_t from_step);

/* arange in two halves, for owned tensors and a tape's: how many elements (false and a message
 * where the sequence or the dtype is not allowed), and writing them to contiguous 1-d x. */
bool gd__arange_numel(gd_dtype dtype, double start, double end, double step, int64_t *numel);
void gd__arange_fill(gd_tensor *x, double start, double step);

/* An option's value, or the default. */
static inline double gd__given(gd_optional option, double by_default)
{
    return option.given ? option.value : by_default;
}

/* gd_dtype_is_float, inline. */
static inline bool gd__is_float(gd_dtype dtype)
{
    return dtype == GD_F32 || dtype == GD_F64;
}

/* Element i of a float dtype's memory, as a double, and writing it. */
static inline double gd__float_at(gd_dtype dtype, const void *data, int64_t i)
{
    return dtype == GD_F32 ? (double)((const float *)data)[i] : ((const double *)data)[i];
}

static inline void gd__set_float_at(gd_dtype dtype, void *data, int64_t i, double value)
{
    if (dtype == GD_F32)
        ((float *)data)[i] = (float)value;
    else
        ((double *)data)[i] = value;
}

/* The number at x, of an integer dtype or bool. */
static inline int64_t gd__integer_at(gd_dtype dtype, const void *x)
{
    return dtype == GD_I64 ? *(const int64_t *)x : *(const uint8_t *)x;
}

/* The index of the first of n bytes that is neither 0 nor 1; n where all are. */
static inline size_t gd__find_not_bool(const void *bytes, size_t n)
{
    const uint8_t *values = bytes;
    size_t i = 0;
    while (i < n && values[i] <= 1)
        ++i;
    return i;
}

/* Sorts n elements of `size` bytes in place; those that compare equal in any order. */
void gd__sort(void *elements, size_t n, size_t size, int (*compare)(const void *, const void *));

/* Another number after each change of x's memory, or of the memory that x is a view of. */
static inline uint32_t gd__version(const gd_tensor *x)
{
    return x->root != NULL ? x->root->version + x->version : x->version;
}

static inline bool gd__same_shape(const gd_tensor *a, const gd_tensor *b)
{
    if (a->ndim != b->ndim)
        return false;
    for (int i = 0; i < a->ndim; ++i)
        if (a->shape[i] != b->shape[i])
            return false;
    return true;
}

#endif
