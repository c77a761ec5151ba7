/* Tensors as .npy files (NEP 1 of NumPy; numpy/lib/_format_impl.py is the model for what is
 * written).
 *
 * A file is "\x93NUMPY", two bytes of version, the header's length (little-endian, 2 bytes in
 * version 1.0, 4 in 2.0 and 3.0), the header, and the elements. The header is a Python dict literal
 * that names dtype, order and shape. Nothing that a file says is believed before it is checked:
 * memory is asked for only when the file is exactly as long as its shape says. */
#include "tensor/npy.h"

#include <inttypes.h>
#include <string.h>

enum {
    MAGIC = 6,       /* bytes */
    LONGEST = 10000, /* bytes of a header: NumPy's own limit */
    SHOWN = 64,      /* bytes of a header that a message repeats, at most */
    PREFIX = 10,     /* bytes before the header in a file that is written */
    WRITTEN = GD__NPY_HEADER,
    LITTLE_ENDIAN_HOST = __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__ /* asked nowhere else */
};

static const char magic[] = "\x93NUMPY";

/* A dtype is called by its byte order and one of these: '<', '>' or '=' (the host's), and '|' where
 * an element is one byte. */
static const char *const codes[] = {
    [GD_F32] = "f4", [GD_F64] = "f8", [GD_I64] = "i8", [GD_BOOL] = "b1", [GD_U8] = "u1"};

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

/* ---- parsing the header ---- */

typedef struct header {
    const char *path;
    size_t start;           /* of the text in the file */
    size_t at, length;      /* in the text */
    char text[LONGEST + 1]; /* closed by a 0, of which is_text finds no other */
    unsigned keys;          /* bit k: key k has been read */
    gd_dtype dtype;
    bool swapped, fortran; /* swapped: the byte order is not the host's */
    int ndim;
    int64_t shape[GD_MAX_DIMS];
} header;

static bool is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f';
}

static void skip_space(header *h)
{
    while (is_space(h->text[h->at]))
        ++h->at;
}

/* False, with a message that says what stands here instead. */
static bool fail_expected(const header *h, const char *expected)
{
    size_t offset = h->start + h->at;
    char c = h->text[h->at];
    if (h->at == h->length)
        gd__fail(GD_ERROR_FORMAT, "%s: byte %zu: %s is expected, found the end of the header",
                 h->path, offset, expected);
    else if (c > ' ' && c < 0x7f)
        gd__fail(GD_ERROR_FORMAT, "%s: byte %zu: %s is expected, found '%c'", h->path, offset,
                 expected, c);
    else
        gd__fail(GD_ERROR_FORMAT, "%s: byte %zu: %s is expected, found byte 0x%02x", h->path,
                 offset, expected, (unsigned)(unsigned char)c);
    return false;
}

/* False, with a message about the text from `from` to here: "... `problem` ...: it". */
static bool fail_text(const header *h, size_t from, const char *problem)
{
    size_t length = h->at - from;
    gd__fail(GD_ERROR_FORMAT, "%s: byte %zu: %s: %.*s", h->path, h->start + from, problem,
             length < SHOWN ? (int)length : SHOWN, h->text + from);
    return false;
}

/* Moves past c, if it is what comes next. */
static bool accept(header *h, char c)
{
    skip_space(h);
    bool found = h->text[h->at] == c;
    h->at += found;
    return found;
}

/* Moves past 'text' or "text". An escape is not understood, and names neither a key nor a dtype. */
static bool read_string(header *h, const char **text, size_t *length, const char *expected)
{
    char quote = accept(h, '\'') ? '\'' : '"';
    if (quote == '"' && !accept(h, '"'))
        return fail_expected(h, expected);
    size_t start = h->at;
    while (h->at < h->length && h->text[h->at] != quote && h->text[h->at] != '\n')
        ++h->at;
    if (h->text[h->at] != quote)
        return fail_expected(h, "a closing quote");
    *text = h->text + start;
    *length = h->at++ - start;
    return true;
}

/* A structured dtype, which is a list, ends with the text's last bracket. */
static void skip_list(header *h)
{
    size_t end = h->length;
    while (end > h->at + 1 && h->text[end - 1] != ']')
        --end;
    h->at = end;
}

static bool read_descr(header *h)
{
    static const char unsupported[] = "dtype f4, f8, i8, b1 or u1 is expected, found";
    const char *text;
    size_t length;
    skip_space(h);
    size_t start = h->at;
    if (h->text[h->at] == '[') {
        skip_list(h);
        return fail_text(h, start, unsupported);
    }
    if (!read_string(h, &text, &length, "a dtype's name in quotes"))
        return false;
    for (gd_dtype dtype = GD_F32; length == 3 && dtype <= GD_U8; ++dtype)
        if (memcmp(text + 1, codes[dtype], 2) == 0 &&
            strchr(gd_dtype_size(dtype) == 1 ? "|" : "<>=", text[0]) != NULL) {
            h->dtype = dtype;
            h->swapped = text[0] == (LITTLE_ENDIAN_HOST ? '>' : '<');
            return true;
        }
    return fail_text(h, start, unsupported);
}

static bool read_fortran_order(header *h)
{
    skip_space(h);
    h->fortran = strncmp(h->text + h->at, "True", 4) == 0;
    if (!h->fortran && strncmp(h->text + h->at, "False", 5) != 0)
        return fail_expected(h, "True or False");
    h->at += h->fortran ? 4 : 5;
    return true;
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* A decimal integer as Python writes it; a negative one is left for the shape's check to refuse. */
static bool read_size(header *h, int64_t *size)
{
    bool negative = accept(h, '-');
    skip_space(h);
    size_t start = h->at;
    if (!is_digit(h->text[start]) || (h->text[start] == '0' && is_digit(h->text[start + 1])))
        return fail_expected(h, "a size in decimal digits");
    bool overflow = false;
    for (*size = 0; is_digit(h->text[h->at]); ++h->at)
        overflow |= __builtin_mul_overflow(*size, 10, size) ||
                    __builtin_add_overflow(*size, h->text[h->at] - '0', size);
    if (overflow)
        return fail_text(h, start, "a size below 2^63 is expected, found");
    *size = negative ? -*size : *size;
    return true;
}

/* A tuple: (), (2,), (2, 3) or (2, 3,); (2) is none. */
static bool read_shape(header *h)
{
    if (!accept(h, '('))
        return fail_expected(h, "'(' before the sizes");
    bool comma = true;
    for (h->ndim = 0; !accept(h, ')'); ++h->ndim) {
        if (!comma)
            return fail_expected(h, h->ndim == 1 ? "','" : "',' or ')'");
        if (h->ndim == GD_MAX_DIMS)
            return fail_expected(h, "')' after 8 sizes");
        if (!read_size(h, &h->shape[h->ndim]))
            return false;
        comma = accept(h, ',');
    }
    if (h->ndim == 1 && !comma) {
        --h->at; /* to the ')' */
        return fail_expected(h, "','");
    }
    return true;
}

static const struct {
    const char *name;
    bool (*read)(header *);
} keys[] = {{"descr", read_descr}, {"fortran_order", read_fortran_order}, {"shape", read_shape}};

enum { KEYS = sizeof keys / sizeof *keys };

static bool read_entry(header *h)
{
    const char *name;
    size_t length;
    unsigned k = 0;
    skip_space(h);
    size_t start = h->at;
    if (!read_string(h, &name, &length, "a key in quotes"))
        return false;
    while (k < KEYS && (strlen(keys[k].name) != length || memcmp(keys[k].name, name, length) != 0))
        ++k;
    if (k == KEYS)
        return fail_text(h, start, "key descr, fortran_order or shape is expected, found");
    if ((h->keys & 1u << k) != 0)
        return fail_text(h, start, "each key is expected once, found again");
    h->keys |= 1u << k;
    return accept(h, ':') ? keys[k].read(h) : fail_expected(h, "':'");
}

static bool read_dict(header *h)
{
    if (!accept(h, '{'))
        return fail_expected(h, "'{'");
    for (bool comma = true; !accept(h, '}'); comma = accept(h, ','))
        if (!comma)
            return fail_expected(h, "',' or '}'");
        else if (!read_entry(h))
            return false;
    skip_space(h);
    if (h->at < h->length)
        return fail_expected(h, "the end of the header");
    for (unsigned k = 0; k < KEYS; ++k)
        if ((h->keys & 1u << k) == 0) {
            gd__fail(GD_ERROR_FORMAT, "%s: key '%s' is expected, found none in the header", h->path,
                     keys[k].name);
            return false;
        }
    return true;
}

/* No control characters: they have no business in a header, nor in a message that repeats it. */
static bool is_text(header *h)
{
    for (h->at = 0; h->at < h->length; ++h->at) {
        unsigned char c = (unsigned char)h->text[h->at];
        if ((c < ' ' && !is_space((char)c)) || c == 0x7f)
            return fail_expected(h, "text");
    }
    h->at = 0;
    return true;
}

/* ---- reading ---- */

/* Magic, version and the header's length. */
static bool read_prefix(gd__file_reader *file, header *h)
{
    uint8_t begin[MAGIC + 2], length[4] = {0};
    if (!gd__file_read(file, begin, sizeof begin, "magic and version"))
        return false;
    if (memcmp(begin, magic, MAGIC) != 0) {
        gd__fail(GD_ERROR_FORMAT,
                 "%s: byte 0: \\x93NUMPY is expected, found other bytes: not a .npy file",
                 file->path);
        return false;
    }
    int major = begin[MAGIC], minor = begin[MAGIC + 1];
    if (major < 1 || major > 3 || minor != 0) {
        gd__fail(GD_ERROR_FORMAT, "%s: byte 6: version 1.0, 2.0 or 3.0 is expected, found %d.%d",
                 file->path, major, minor);
        return false;
    }
    if (!gd__file_read(file, length, major == 1 ? 2 : 4, "header length"))
        return false;
    h->start = (size_t)file->at;
    h->length =
        length[0] | (size_t)length[1] << 8 | (size_t)length[2] << 16 | (size_t)length[3] << 24;
    if (h->length > LONGEST)
        gd__fail(GD_ERROR_FORMAT, "%s: byte 8: a header of at most %d bytes is expected, found %zu",
                 file->path, LONGEST, h->length);
    return h->length <= LONGEST;
}

static bool read_header(gd__file_reader *file, header *h)
{
    if (!read_prefix(file, h) || !gd__file_read(file, h->text, h->length, "header"))
        return false;
    return is_text(h) && read_dict(h);
}

/* Whether the file goes on for just as many bytes as the shape says. */
static bool has_all_bytes(const gd__file_reader *file, const header *h, size_t *bytes)
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
static bool read_elements(gd__file_reader *file, const header *h, gd_tensor *x, size_t bytes)
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
    return gd__fail_null("%s: no memory for %s of %s", path,
                         gd__shape_text(text, x->ndim, x->shape), gd_dtype_name(x->dtype));
}

static gd_tensor *read_tensor(gd__file_reader *file, const header *h)
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
    header h = {.path = file->path};
    return read_header(file, &h) ? read_tensor(file, &h) : NULL;
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

/* As NumPy writes it: after the dict come blanks, so that the outermost size can grow to 21 digits,
 * and more, so that the elements begin at a multiple of 64. For every shape that a tensor can have
 * this gives WRITTEN bytes: without any size 66 are used, by the longest eight that int64 can count
 * 126. Version 1.0 is always enough. */
void gd__npy_write_header(char to[GD__NPY_HEADER], const gd_tensor *x, bool fortran)
{
    _Static_assert(GD_MAX_DIMS == 8, "WRITTEN is enough for eight sizes");
    char order = LITTLE_ENDIAN_HOST ? '<' : '>';
    size_t at = PREFIX;
    memcpy(to, magic, MAGIC);
    memcpy(to + MAGIC, (const char[]){1, 0, WRITTEN - PREFIX, 0}, 4);
    at += (size_t)snprintf(
        to + at, WRITTEN - at, "{'descr': '%c%s', 'fortran_order': %s, 'shape': (",
        gd_dtype_size(x->dtype) == 1 ? '|' : order, codes[x->dtype], fortran ? "True" : "False");
    for (int i = 0; i < x->ndim; ++i)
        at += (size_t)snprintf(to + at, WRITTEN - at, "%s%" PRId64, i > 0 ? ", " : "", x->shape[i]);
    at += (size_t)snprintf(to + at, WRITTEN - at, "%s), }", x->ndim == 1 ? "," : "");
    memset(to + at, ' ', WRITTEN - at);
    to[WRITTEN - 1] = '\n';
}

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
    char before[WRITTEN];
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
