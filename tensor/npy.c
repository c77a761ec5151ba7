/* Tensors as .npy files (NEP 1 of NumPy; numpy/lib/_format_impl.py is the model for what is
 * written).
 *
 * A file is "\x93NUMPY", two bytes of version, the header's length (little-endian, 2 bytes in
 * version 1.0, 4 in 2.0 and 3.0), the header, and the elements. The header is a Python dict
 * literal that names dtype, order and shape. Nothing that a file says is believed before it is
 * checked: memory is asked for only when the file is exactly as long as its shape says. */
#include "tensor/npy.h"
#include "tensor/npy_header.h"
#include "tensor/text.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

/* x with its first ndim dimensions in the opposite order. With all of them: its row-major order is
 * x's Fortran order. */
static gd_tensor reversed(const gd_tensor *x, int ndim)
{
    gd_tensor view = gd__view_of(x);
    for (int i = 0; i < ndim; ++i) {
        view.shape[i] = x->shape[ndim - 1 - i];
        view.stride[i] = x->stride[ndim - 1 - i];
    }
    return view;
}

/* ---- reading ---- */

static bool is_text(const gd__npy_header *h)
{
    return h->kind == 'U' || h->kind == 'S';
}

/* "[2,3] of int32" into `text`, which is returned. */
static const char *describe(const gd__npy_header *h, char text[GD__SHAPE_TEXT + 24])
{
    const char *kind = h->kind == 'b'   ? "bool"
                       : h->kind == 'i' ? "int"
                       : h->kind == 'u' ? "uint"
                       : h->kind == 'f' ? "float"
                                        : "text";
    gd__shape_text(text, h->ndim, h->shape);
    size_t end = strlen(text);
    if (h->kind == 'b' || is_text(h))
        snprintf(text + end, 24, " of %s", kind);
    else
        snprintf(text + end, 24, " of %s%zu", kind, 8 * h->size);
    return text;
}

/* The tensor's dtype and shape; *bytes of it in the file. False with a message: it cannot be, or
 * the file does not go on for just as many bytes. */
static bool find_shape(const gd__file_reader *file, const gd__npy_header *h, gd_tensor *shape,
                       size_t *bytes)
{
    *shape = (gd_tensor){.dtype = h->dtype, .ndim = h->ndim};
    memcpy(shape->shape, h->shape, sizeof h->shape);
    if (is_text(h) && h->ndim < GD_MAX_DIMS)
        shape->shape[shape->ndim++] = (int64_t)h->size;
    if (!gd__shape_is_valid(h->scan.path, h->dtype, shape->ndim, shape->shape, bytes))
        return false;
    if (!is_text(h))
        *bytes = *bytes / gd_dtype_size(h->dtype) * h->size;
    int64_t left = file->size - file->at;
    char text[GD__SHAPE_TEXT + 24];
    if ((uint64_t)left != *bytes)
        gd_fail(GD_ERROR_FORMAT,
                "%s: byte %" PRId64 ": %zu bytes are expected for %s, found %" PRId64, h->scan.path,
                file->at, *bytes, describe(h, text), left);
    return (uint64_t)left == *bytes;
}

/* IEEE 754's binary16: a sign, 5 bits of exponent, 10 of fraction. */
static float of_half(unsigned bits)
{
    unsigned exponent = bits >> 10 & 31, fraction = bits & 1023;
    float x = exponent == 31  ? (fraction == 0 ? INFINITY : NAN)
              : exponent == 0 ? ldexpf((float)fraction, -24)
                              : ldexpf((float)(1024 + fraction), (int)exponent - 25);
    return copysignf(x, bits >> 15 ? -1.0f : 1.0f);
}

/* Numbers that are narrower, or in another byte order, become x's. They lie at the end of x's own
 * memory, so that none is overwritten before it has been read. */
static bool widen(const gd__npy_header *h, gd_tensor *x, const unsigned char *from, int64_t start)
{
    int64_t numel = gd_tensor_numel(x);
    unsigned empty = 64 - 8 * (unsigned)h->size;
    for (int64_t i = 0; i < numel; ++i) {
        uint64_t bits = gd__load_whole(from + (size_t)i * h->size, h->size, h->big_endian);
        uint32_t four = (uint32_t)bits;
        if (h->kind == 'u' && bits > INT64_MAX)
            return gd__fail_false(GD_ERROR_FORMAT,
                                  "%s: byte %" PRId64
                                  ": a number below 2^63 is expected, found %" PRIu64,
                                  h->scan.path, start + 8 * i, bits);
        if (h->kind == 'f' && h->size == 2)
            ((float *)x->data)[i] = of_half(four);
        else if (x->dtype == GD_F32)
            memcpy((float *)x->data + i, &four, sizeof four);
        else if (h->kind == 'i') /* the sign's bit is moved to the top and back */
            ((int64_t *)x->data)[i] = (int64_t)(bits << empty) >> empty;
        else
            memcpy((int64_t *)x->data + i, &bits, sizeof bits);
    }
    return true;
}

/* Each text of x from UTF-32 to UTF-8, which is never longer, in its place. */
static bool encode(const gd__npy_header *h, gd_tensor *x, int64_t start)
{
    unsigned char *data = x->data;
    int64_t bytes = gd_tensor_numel(x), size = (int64_t)h->size;
    for (int64_t text = 0; text < bytes; text += size) {
        char *end = (char *)data + text;
        for (int64_t at = text; at < text + size; at += 4) {
            uint32_t c = (uint32_t)gd__load_whole(data + at, 4, h->big_endian);
            if (c > 0x10ffff || (c >= 0xd800 && c < 0xe000))
                return gd__fail_false(GD_ERROR_FORMAT,
                                      "%s: byte %" PRId64
                                      ": a character of Unicode is expected, found 0x%x",
                                      h->scan.path, start + at, (unsigned)c);
            end += gd__utf8_write(end, c);
        }
        memset(end, 0, (size_t)((char *)data + text + size - end));
    }
    return true;
}

/* The elements into x, which has their order and number. */
static bool read_elements(gd__file_reader *file, const gd__npy_header *h, gd_tensor *x,
                          size_t bytes)
{
    int64_t start = file->at;
    size_t all = (size_t)gd_tensor_numel(x) * gd_dtype_size(x->dtype);
    unsigned char *from = (unsigned char *)x->data + (all - bytes);
    if (!gd__file_read(file, from, bytes, "elements"))
        return false;
    size_t wrong = h->dtype == GD_BOOL ? gd__find_not_bool(from, bytes) : bytes;
    if (wrong < bytes)
        return gd__fail_false(GD_ERROR_FORMAT,
                              "%s: byte %" PRId64 ": bool 0 or 1 is expected, found %d",
                              h->scan.path, start + (int64_t)wrong, from[wrong]);
    if (h->kind == 'U')
        return encode(h, x, start);
    bool ready = h->kind == 'S' || h->dtype == GD_BOOL || h->dtype == GD_U8 ||
                 (all == bytes && !h->swapped && h->kind != 'u');
    return ready || widen(h, x, from, start);
}

static gd_tensor *fail_memory(const char *path, const gd_tensor *x)
{
    char text[GD__SHAPE_TEXT];
    return gd__fail_memory("%s: no memory for %s of %s", path,
                           gd__shape_text(text, x->ndim, x->shape), gd_dtype_name(x->dtype));
}

static gd_tensor *read_tensor(gd__file_reader *file, const gd__npy_header *h)
{
    size_t bytes;
    gd_tensor shape;
    if (!find_shape(file, h, &shape, &bytes))
        return NULL;
    gd_tensor stored = h->fortran ? reversed(&shape, h->ndim) : shape;
    gd_tensor *x = gd_tensor_create(h->dtype, shape.ndim, stored.shape);
    if (x == NULL)
        return fail_memory(h->scan.path, &shape);
    gd_tensor *result = x, view = reversed(x, h->ndim);
    if (!read_elements(file, h, x, bytes))
        result = NULL;
    else if (h->fortran && (result = gd_tensor_create_copy(&view)) == NULL)
        fail_memory(h->scan.path, &shape);
    if (result != x)
        gd_tensor_destroy(x);
    return result;
}

gd_tensor *gd__npy_read(gd__file_reader *file, bool *text)
{
    gd__npy_header h;
    if (!gd__npy_read_header(file, &h, text != NULL))
        return NULL;
    if (text != NULL)
        *text = is_text(&h);
    return read_tensor(file, &h);
}

gd_tensor *gd_tensor_load_npy(const char *path)
{
    if (path == NULL)
        return gd__fail_null("load_npy: the path is NULL");
    gd__file_reader file;
    if (!gd__file_open(&file, path))
        return NULL;
    gd_tensor *x = gd__npy_read(&file, NULL);
    gd__file_close(&file);
    return x;
}

/* ---- writing ---- */

/* `elements` are x's, `bytes` of them, one after another in Fortran's order or row-major. */
static gd_status write_tensor(const char *path, const gd_tensor *x, bool fortran,
                              const void *elements, size_t bytes)
{
    size_t wrong = x->dtype == GD_BOOL ? gd__find_not_bool(elements, bytes) : bytes;
    if (wrong < bytes) /* no file that could not be read again */
        return gd_fail(GD_ERROR_VALUE, "%s: bool 0 or 1 is expected, found %d in the tensor", path,
                       ((const uint8_t *)elements)[wrong]);
    gd__file_writer file;
    gd_status status = gd__file_create(&file, path);
    if (status != GD_OK)
        return status;
    char before[GD__NPY_HEADER];
    gd__npy_write_header(before, x, fortran);
    gd__file_write(&file, before, sizeof before);
    gd__file_write(&file, elements, bytes);
    return gd__file_commit(&file);
}

gd_status gd_tensor_save_npy(const char *path, const gd_tensor *x)
{
    size_t bytes;
    if (path == NULL)
        return gd_fail(GD_ERROR_ARGUMENT, "save_npy: the path is NULL");
    if (!gd__is_valid("save_npy", x) ||
        !gd__shape_is_valid("save_npy", x->dtype, x->ndim, x->shape, &bytes))
        return GD_ERROR_ARGUMENT;
    gd_tensor turned = reversed(x, x->ndim);
    if (gd_tensor_is_contiguous(x))
        return write_tensor(path, x, false, x->data, bytes);
    if (bytes > 0 && gd_tensor_is_contiguous(&turned)) /* as it lies: NumPy does so, too */
        return write_tensor(path, x, true, x->data, bytes);
    gd_tensor *copy = gd_tensor_create_copy(x);
    if (copy == NULL) {
        fail_memory(path, x);
        return GD_ERROR_MEMORY;
    }
    gd_status status = write_tensor(path, x, false, copy->data, bytes);
    gd_tensor_destroy(copy);
    return status;
}
