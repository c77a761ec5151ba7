/* Tensors as .npy files (NEP 1 of NumPy; numpy/lib/_format_impl.py is the model for what is
 * written).
 *
 * A file is "\x93NUMPY", two bytes of version, the header's length (little-endian, 2 bytes in
 * version 1.0, 4 in 2.0 and 3.0), the header, and the elements. The header is a Python dict literal
 * that names dtype, order and shape. Nothing that a file says is believed before it is checked:
 * memory is asked for only when the file is exactly as long as its shape says. */
#include "tensor/npy.h"
#include "tensor/npy_header.h"

#include <inttypes.h>
#include <string.h>

/* x with its dimensions in the opposite order: its row-major order is x's Fortran order. */
static gd_tensor reversed(const gd_tensor *x)
{
    gd_tensor view = gd__view_of(x);
    for (int i = 0; i < x->ndim; ++i) {
        view.shape[i] = x->shape[x->ndim - 1 - i];
        view.stride[i] = x->stride[x->ndim - 1 - i];
    }
    return view;
}

/* ---- reading ---- */

/* Whether the file goes on for just as many bytes as the shape says. */
static bool has_all_bytes(const gd__file_reader *file, const gd__npy_header *h, size_t *bytes)
{
    if (!gd__shape_is_valid(h->path, h->dtype, h->ndim, h->shape, bytes))
        return false;
    int64_t left = file->size - file->at;
    char text[GD__SHAPE_TEXT];
    if ((uint64_t)left != *bytes)
        gd__fail(GD_ERROR_FORMAT,
                 "%s: byte %" PRId64 ": %zu bytes are expected for %s of %s, found %" PRId64,
                 h->path, file->at, *bytes, gd__shape_text(text, h->ndim, h->shape),
                 gd_dtype_name(h->dtype), left);
    return (uint64_t)left == *bytes;
}

static void swap_bytes(gd_tensor *x)
{
    int64_t numel = gd_tensor_numel(x);
    uint32_t *four = x->data;
    uint64_t *eight = x->data;
    for (int64_t i = 0; i < numel; ++i)
        if (x->dtype == GD_F32)
            four[i] = __builtin_bswap32(four[i]);
        else
            eight[i] = __builtin_bswap64(eight[i]);
}

/* The elements into x, which has their order and number. */
static bool read_elements(gd__file_reader *file, const gd__npy_header *h, gd_tensor *x,
                          size_t bytes)
{
    int64_t start = file->at;
    if (!gd__file_read(file, x->data, bytes, "elements"))
        return false;
    size_t wrong = h->dtype == GD_BOOL ? gd__find_not_bool(x->data, bytes) : bytes;
    if (wrong < bytes) {
        gd__fail(GD_ERROR_FORMAT, "%s: byte %" PRId64 ": bool 0 or 1 is expected, found %d",
                 h->path, start + (int64_t)wrong, ((const uint8_t *)x->data)[wrong]);
        return false;
    }
    if (h->swapped)
        swap_bytes(x);
    return true;
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
    if (!has_all_bytes(file, h, &bytes))
        return NULL;
    gd_tensor shape = {.dtype = h->dtype, .ndim = h->ndim};
    memcpy(shape.shape, h->shape, sizeof h->shape);
    gd_tensor stored = h->fortran ? reversed(&shape) : shape;
    gd_tensor *x = gd_tensor_create(h->dtype, h->ndim, stored.shape);
    if (x == NULL)
        return fail_memory(h->path, &shape);
    gd_tensor *result = x, view = reversed(x);
    if (!read_elements(file, h, x, bytes))
        result = NULL;
    else if (h->fortran && (result = gd_tensor_create_copy(&view)) == NULL)
        fail_memory(h->path, &shape);
    if (result != x)
        gd_tensor_destroy(x);
    return result;
}

gd_tensor *gd__npy_read(gd__file_reader *file)
{
    gd__npy_header h = {.path = file->path};
    return gd__npy_read_header(file, &h) ? read_tensor(file, &h) : NULL;
}

gd_tensor *gd_tensor_load_npy(const char *path)
{
    if (path == NULL)
        return gd__fail_null("load_npy: the path is NULL");
    gd__file_reader file;
    if (!gd__file_open(&file, path))
        return NULL;
    gd_tensor *x = gd__npy_read(&file);
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
        return gd__fail(GD_ERROR_VALUE, "%s: bool 0 or 1 is expected, found %d in the tensor", path,
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
        return gd__fail(GD_ERROR_ARGUMENT, "save_npy: the path is NULL");
    if (!gd__is_valid("save_npy", x) ||
        !gd__shape_is_valid("save_npy", x->dtype, x->ndim, x->shape, &bytes))
        return GD_ERROR_ARGUMENT;
    gd_tensor turned = reversed(x);
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
