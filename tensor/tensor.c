/* Tensors that own their memory, and plain reading and writing of elements. */
#include "tensor/parallel.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

/* One block holds header and elements: the whole moved to an aligned address, and the header
 * padded so that the elements are aligned, too. */
enum {
    HEADER_SIZE = (sizeof(gd_tensor) + GD__ALIGNMENT - 1) / GD__ALIGNMENT * GD__ALIGNMENT,
    OVERHEAD = HEADER_SIZE + GD__ALIGNMENT
};

static gd_tensor *header_in(void *block)
{
    uintptr_t past = (uintptr_t)block % GD__ALIGNMENT;
    return (gd_tensor *)(void *)((char *)block + (past > 0 ? GD__ALIGNMENT - past : 0));
}

/* A tensor with `bytes` of memory of its own (not written), or over `borrowed`. */
static gd_tensor *create(const char *function, gd_dtype dtype, int ndim, const int64_t *shape,
                         void *borrowed)
{
    size_t bytes;
    if (!gd__shape_is_valid(function, dtype, ndim, shape, &bytes))
        return NULL;
    size_t owned = borrowed != NULL ? 0 : bytes;
    void *block = owned <= PTRDIFF_MAX - OVERHEAD ? gd_allocate(owned + OVERHEAD) : NULL;
    if (block == NULL) {
        char text[GD__SHAPE_TEXT];
        return gd__fail_memory("%s: no memory for %s of %s", function,
                               gd__shape_text(text, ndim, shape), gd_dtype_name(dtype));
    }
    gd_tensor *x = header_in(block);
    *x = (gd_tensor){.dtype = dtype, .ndim = ndim, .allocated = owned, .block = block};
    x->data = borrowed != NULL ? borrowed : (char *)x + HEADER_SIZE;
    for (int i = 0; i < ndim; ++i)
        x->shape[i] = shape[i];
    gd__set_contiguous(x);
    return x;
}

void gd_tensor_destroy(gd_tensor *x)
{
    if (x == NULL || x->tape != NULL || (x->block != NULL && header_in(x->block) != x))
        return;
    if (x->owns_grad) {
        gd_tensor_destroy(x->grad_memory);
        x->grad = x->grad_memory = NULL;
        x->owns_grad = false;
    }
    if (x->block != NULL)
        gd_free(x->block, x->allocated + OVERHEAD);
}

gd_tensor *gd_tensor_create_full(gd_dtype dtype, double value, int ndim, const int64_t *shape)
{
    gd_tensor *x = create("full", dtype, ndim, shape, NULL);
    if (x != NULL && gd_tensor_fill(x, value) != GD_OK) {
        gd_tensor_destroy(x);
        return NULL;
    }
    return x;
}

gd_tensor *gd_tensor_create(gd_dtype dtype, int ndim, const int64_t *shape)
{
    return gd_tensor_create_full(dtype, 0.0, ndim, shape);
}

gd_tensor *gd_tensor_create_ones(gd_dtype dtype, int ndim, const int64_t *shape)
{
    return gd_tensor_create_full(dtype, 1.0, ndim, shape);
}

gd_tensor *gd_tensor_create_arange(gd_dtype dtype, double start, double end, double step)
{
    int64_t numel;
    if (!gd__arange_numel(dtype, start, end, step, &numel))
        return NULL;
    gd_tensor *x = create("arange", dtype, GD_DIMS(numel), NULL);
    if (x != NULL)
        gd__arange_fill(x, start, step);
    return x;
}

gd_tensor *gd_tensor_create_from_data(gd_dtype dtype, const void *data, int ndim,
                                      const int64_t *shape)
{
    gd_tensor *x = create("from_data", dtype, ndim, shape, NULL);
    if (x == NULL || x->allocated == 0)
        return x;
    if (data == NULL) {
        gd_tensor_destroy(x);
        return gd__fail_null("from_data: data is NULL");
    }
    memcpy(x->data, data, x->allocated);
    return x;
}

gd_tensor *gd_tensor_create_copy(const gd_tensor *x)
{
    if (!gd__is_valid("copy", x))
        return NULL;
    gd_tensor *copy = create("copy", x->dtype, x->ndim, x->shape, NULL);
    if (copy != NULL)
        gd_tensor_copy(copy, x);
    return copy;
}

gd_tensor *gd_tensor_create_borrowed(gd_dtype dtype, void *data, int ndim, const int64_t *shape)
{
    if (data == NULL)
        return gd__fail_null("borrowed: data is NULL");
    return create("borrowed", dtype, ndim, shape, data);
}

void gd_tensor_modified(gd_tensor *x)
{
    gd_tensor *root = x->root != NULL ? x->root : x;
    ++root->version;
}

static bool is_int64(double value)
{
    return trunc(value) == value && value >= -0x1p63 && value < 0x1p63;
}

/* Whether start, start + step, ..., n of them, are numbers of int64. */
static bool fits_int64(double start, double step, int64_t n)
{
    int64_t last;
    return is_int64(start) && is_int64(step) &&
           !__builtin_mul_overflow(n > 0 ? n - 1 : 0, (int64_t)step, &last) &&
           !__builtin_add_overflow((int64_t)start, last, &last);
}

bool gd__arange_numel(gd_dtype dtype, double start, double end, double step, int64_t *numel)
{
    double count = ceil((end - start) / step);
    bool whole = trunc(start) == start && trunc(step) == step;
    if (!(isfinite(start) && isfinite(step) && step != 0.0 && isfinite(count) && count < 0x1p52))
        return gd__fail_false(GD_ERROR_VALUE,
                              "arange: from %g to %g by %g is not a finite sequence", start, end,
                              step);
    if (!gd_dtype_is_float(dtype) && (dtype != GD_I64 || !whole))
        return gd__fail_false(GD_ERROR_DTYPE, "arange: from %g by %g cannot be %s", start, step,
                              gd_dtype_name(dtype));
    *numel = count > 0.0 ? (int64_t)count : 0;
    if (dtype == GD_I64 && !fits_int64(start, step, *numel))
        return gd__fail_false(GD_ERROR_VALUE,
                              "arange: from %g to %g by %g leaves the range of int64", start, end,
                              step);
    return true;
}

void gd__arange_fill(gd_tensor *x, double start, double step)
{
    for (int64_t i = 0; i < x->shape[0]; ++i)
        if (x->dtype == GD_I64) /* whole numbers above 2^53 are not all doubles */
            ((int64_t *)x->data)[i] = (int64_t)start + i * (int64_t)step;
        else
            gd__set_float_at(x->dtype, x->data, i, start + (double)i * step);
}

double gd_item(const gd_tensor *x)
{
    if (!gd__is_valid("item", x))
        return NAN;
    if (gd_tensor_numel(x) != 1) {
        char text[GD__SHAPE_TEXT];
        gd_fail(GD_ERROR_SHAPE, "item: %s does not have exactly one element",
                gd__shape_text(text, x->ndim, x->shape));
        return NAN;
    }
    return gd_tensor_at(x, 0);
}

double gd_tensor_at(const gd_tensor *x, int64_t i)
{
    if (!gd__is_valid("tensor_at", x))
        return NAN;
    if (i < 0 || i >= gd_tensor_numel(x)) {
        gd_fail(GD_ERROR_ARGUMENT, "tensor_at: there is no element %" PRId64 " of %" PRId64, i,
                gd_tensor_numel(x));
        return NAN;
    }
    int64_t offset = 0;
    for (int k = x->ndim - 1; k >= 0; --k) {
        offset += i % x->shape[k] * x->stride[k];
        i /= x->shape[k];
    }
    const char *element = (const char *)x->data + offset * (int64_t)gd_dtype_size(x->dtype);
    return gd_dtype_is_float(x->dtype) ? gd__float_at(x->dtype, element, 0)
                                       : (double)gd__integer_at(x->dtype, element);
}

/* The bytes of one element with this value; false where the dtype cannot hold it exactly. */
static bool element_of(gd_dtype dtype, double value, void *element)
{
    float f32 = (float)value;
    int64_t i64 = is_int64(value) ? (int64_t)value : 0;
    uint8_t u8 = (uint8_t)i64;
    switch (dtype) {
    case GD_F32:
        memcpy(element, &f32, sizeof f32);
        return true;
    case GD_F64:
        memcpy(element, &value, sizeof value);
        return true;
    case GD_I64:
        memcpy(element, &i64, sizeof i64);
        return is_int64(value);
    case GD_BOOL:
    case GD_U8:
        memcpy(element, &u8, sizeof u8);
        return is_int64(value) && value >= 0.0 && value <= (dtype == GD_BOOL ? 1.0 : 255.0);
    }
    return false;
}

/* In lanes of bytes, which vectorise, and which a run of 255 cannot overflow. */
static int64_t count_dense(int64_t n, const uint8_t *x)
{
    enum { LANES = 64, MOST = 255 * LANES };
    int64_t count = 0, i = 0;
    while (n - i >= LANES) {
        uint8_t lanes[LANES] = {0};
        int64_t end = n - i < MOST ? n - LANES : i + MOST - LANES;
        for (; i <= end; i += LANES)
            for (int j = 0; j < LANES; ++j)
                lanes[j] = (uint8_t)(lanes[j] + (x[i + j] != 0));
        for (int j = 0; j < LANES; ++j)
            count += lanes[j];
    }
    for (; i < n; ++i)
        count += x[i] != 0;
    return count;
}

int64_t gd__count_true(const gd_tensor *mask)
{
    int64_t count = 0;
    gd__walk w = gd__walk_begin(1, &mask);
    do
        if (w.step[0] == 1)
            count += count_dense(w.length, (const uint8_t *)w.data[0]);
        else
            for (int64_t j = 0; j < w.length; ++j)
                count += w.data[0][j * w.step[0]] != 0;
    while (gd__walk_next(&w));
    return count;
}

void gd__copy_run(int64_t length, size_t size, char *to, int64_t to_step, const char *from,
                  int64_t from_step)
{
    if (to_step == (int64_t)size && from_step == (int64_t)size) {
        if (length > 0)
            memcpy(to, from, (size_t)length * size);
        return;
    }
    for (int64_t i = 0; i < length; ++i) /* a constant size lets the compiler use one load */
        if (size == 4)
            memcpy(to + i * to_step, from + i * from_step, 4);
        else if (size == 8)
            memcpy(to + i * to_step, from + i * from_step, 8);
        else
            memcpy(to + i * to_step, from + i * from_step, 1);
}

static void copy_part(void *context, int part, gd__walk *w)
{
    (void)context, (void)part;
    int64_t size = w->size[0];
    do
        gd__copy_run(w->length, (size_t)size, w->data[0], w->step[0] * size, w->data[1],
                     w->step[1] * size);
    while (gd__walk_next(w));
}

/* dst = src, broadcast; the caller has checked. */
void gd__copy(gd_pool *pool, gd_tensor *dst, const gd_tensor *src)
{
    gd__walk w = gd__walk_begin(2, (const gd_tensor *[]){dst, src});
    gd__parallel_walk(pool, &w, GD__GRAIN, copy_part, NULL);
}

gd_status gd_tensor_fill(gd_tensor *x, double value)
{
    char element[8];
    if (!gd__is_valid("fill", x))
        return GD_ERROR_ARGUMENT;
    if (!element_of(x->dtype, value, element))
        return gd_fail(GD_ERROR_VALUE, "fill: %g is not a value of %s", value,
                       gd_dtype_name(x->dtype));
    if (value == 0.0 && !signbit(value) && gd_tensor_is_contiguous(x)) {
        size_t bytes = (size_t)gd_tensor_numel(x) * gd_dtype_size(x->dtype);
        if (bytes > 0)
            memset(x->data, 0, bytes);
    } else {
        gd__copy(NULL, x, &(gd_tensor){.data = element, .dtype = x->dtype});
    }
    gd_tensor_modified(x);
    return GD_OK;
}

gd_status gd_tensor_copy(gd_tensor *dst, const gd_tensor *src)
{
    if (!gd__is_valid("copy", dst) || !gd__is_valid("copy", src))
        return GD_ERROR_ARGUMENT;
    if (dst->dtype != src->dtype)
        return gd_fail(GD_ERROR_DTYPE, "copy: from %s to %s", gd_dtype_name(src->dtype),
                       gd_dtype_name(dst->dtype));
    if (!gd__same_shape(dst, src)) {
        char from[GD__SHAPE_TEXT], to[GD__SHAPE_TEXT];
        return gd_fail(GD_ERROR_SHAPE, "copy: from %s to %s",
                       gd__shape_text(from, src->ndim, src->shape),
                       gd__shape_text(to, dst->ndim, dst->shape));
    }
    gd__copy(NULL, dst, src);
    gd_tensor_modified(dst);
    return GD_OK;
}
