/* dtypes, shapes and strides: what a tensor is, apart from its memory. */
#include "tensor/internal.h"

#include <inttypes.h>

static const struct {
    const char *name;
    size_t size;
} dtypes[] = {
    [GD_F32] = {"float32", 4}, [GD_F64] = {"float64", 8}, [GD_I64] = {"int64", 8},
    [GD_BOOL] = {"bool", 1},   [GD_U8] = {"uint8", 1},
};

enum { DTYPES = sizeof dtypes / sizeof *dtypes };

static bool dtype_is_valid(gd_dtype dtype)
{
    return (size_t)dtype < DTYPES;
}

const char *gd_dtype_name(gd_dtype dtype)
{
    return dtype_is_valid(dtype) ? dtypes[dtype].name : "unknown dtype";
}

size_t gd_dtype_size(gd_dtype dtype)
{
    return (size_t)dtype < DTYPES ? dtypes[dtype].size : 0;
}

bool gd_dtype_is_float(gd_dtype dtype)
{
    return dtype == GD_F32 || dtype == GD_F64;
}

bool gd__is_valid(const char *function, const gd_tensor *x)
{
    if (x == NULL)
        return gd__fail_false(GD_ERROR_ARGUMENT, "%s: the tensor is NULL", function);
    /* A failed view's own message already says what went wrong: keep it. */
    return x->ndim >= 0;
}

bool gd__shape_is_valid(const char *function, gd_dtype dtype, int ndim, const int64_t *shape,
                        size_t *bytes)
{
    if (!dtype_is_valid(dtype))
        return gd__fail_false(GD_ERROR_DTYPE, "%s: %d is not a dtype", function, (int)dtype);
    if (ndim < 0 || ndim > GD_MAX_DIMS || (ndim > 0 && shape == NULL))
        return gd__fail_false(GD_ERROR_SHAPE, "%s: %d dimensions; 0 to %d are possible", function,
                              ndim, GD_MAX_DIMS);
    /* A size 0 anywhere makes the tensor empty however large the others are; but the others'
       product must fit too, because strides are made of it. */
    int64_t product = (int64_t)dtypes[dtype].size;
    bool empty = false;
    for (int i = 0; i < ndim; ++i) {
        if (shape[i] < 0)
            return gd__fail_false(GD_ERROR_SHAPE,
                                  "%s: size %" PRId64 " of dimension %d is negative", function,
                                  shape[i], i);
        empty |= shape[i] == 0;
        if (__builtin_mul_overflow(product, shape[i] > 0 ? shape[i] : 1, &product)) {
            char text[GD__SHAPE_TEXT];
            return gd__fail_false(GD_ERROR_SHAPE, "%s: %s of %s is too large", function,
                                  gd__shape_text(text, ndim, shape), dtypes[dtype].name);
        }
    }
    *bytes = empty ? 0 : (size_t)product;
    return true;
}

const char *gd__shape_text(char *buffer, int ndim, const int64_t *shape)
{
    size_t at = 0;
    buffer[at++] = '[';
    for (int i = 0; i < ndim; ++i)
        at += (size_t)snprintf(buffer + at, GD__SHAPE_TEXT - at, "%s%" PRId64, i > 0 ? "," : "",
                               shape[i]);
    buffer[at++] = ']';
    buffer[at] = '\0';
    return buffer;
}

const char *gd__position_text(char *buffer, const gd_tensor *x, int64_t index)
{
    int64_t position[GD_MAX_DIMS];
    for (int i = x->ndim - 1; i >= 0; --i) {
        position[i] = index % x->shape[i];
        index /= x->shape[i];
    }
    return gd__shape_text(buffer, x->ndim, position);
}

void gd__set_contiguous(gd_tensor *x)
{
    int64_t stride = 1;
    for (int i = x->ndim - 1; i >= 0; --i) {
        x->stride[i] = stride;
        stride *= x->shape[i] > 0 ? x->shape[i] : 1;
    }
}

int64_t gd_tensor_numel(const gd_tensor *x)
{
    int64_t numel = 1;
    for (int i = 0; i < x->ndim; ++i)
        numel *= x->shape[i];
    return numel;
}

bool gd_tensor_is_contiguous(const gd_tensor *x)
{
    if (gd_tensor_numel(x) == 0)
        return true;
    /* The stride of a dimension of size 1 is never used. */
    int64_t stride = 1;
    for (int i = x->ndim - 1; i >= 0; --i) {
        if (x->shape[i] != 1 && x->stride[i] != stride)
            return false;
        stride *= x->shape[i];
    }
    return true;
}

int gd__dimension(int64_t dim, int ndim)
{
    int64_t counted = dim < 0 ? dim + ndim : dim;
    return counted >= 0 && counted < ndim ? (int)counted : -1;
}
