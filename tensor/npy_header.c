/* The header of a .npy file (NEP 1 of NumPy; numpy/lib/_format_impl.py is the model for what is written). */
#include "tensor/npy_header.h"

#include <inttypes.h>
#include <string.h>

enum {
    MAGIC = 6,   /* bytes */
    SHOWN = 64,  /* bytes of a header that a message repeats, at most */
    PREFIX = 10, /* bytes before the header in a file that is written */
    WRITTEN = GD__NPY_HEADER,
    LONGEST = GD__NPY_LONGEST,
    LITTLE_ENDIAN_HOST = __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__ /* asked nowhere else */
};

static const char magic[] = "\x93NUMPY";

/* A dtype is called by its byte order and, as it is written, one of these: '<', '>' or '=' (the host's), and
 * '|' where an element is one byte. */
static const char *const codes[] = {
    [GD_F32] = "f4", [GD_F64] = "f8", [GD_I64] = "i8", [GD_BOOL] = "b1", [GD_U8] = "u1"};

/* ---- parsing ---- */

static bool is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f';
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static void skip_space(gd__npy_header *h)
{
    while (is_space(h->text[h->at]))
        ++h->at;
}

/* False, with a message that says what stands here instead. */
static bool fail_expected(const gd__npy_header *h, const char *expected)
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
static bool fail_text(const gd__npy_header *h, size_t from, const char *problem)
{
    size_t length = h->at - from;
    gd__fail(GD_ERROR_FORMAT, "%s: byte %zu: %s: %.*s", h->path, h->start + from, problem,
             length < SHOWN ? (int)length : SHOWN, h->text + from);
    return false;
}

/* Moves past c, if it is what comes next. */
static bool accept(gd__npy_header *h, char c)
{
    skip_space(h);
    bool found = h->text[h->at] == c;
    h->at += found;
    return found;
}

/* Moves past 'text' or "text". An escape is not understood, and names neither a key nor a dtype. */
static bool read_string(gd__npy_header *h, const char **text, size_t *length, const char *expected)
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
static void skip_list(gd__npy_header *h)
{
    size_t end = h->length;
    while (end > h->at + 1 && h->text[end - 1] != ']')
        --end;
    h->at = end;
}

/* What is read as what, in order of the dtypes' codes: the narrower numbers as the next wider ones that tensors have. */
static const struct {
    char code[3];
    gd_dtype dtype;
} numbers[] = {{"b1", GD_BOOL}, {"i1", GD_I64}, {"i2", GD_I64}, {"i4", GD_I64},
               {"i8", GD_I64},  {"u1", GD_U8},  {"u2", GD_I64}, {"u4", GD_I64},
               {"u8", GD_I64},  {"f2", GD_F32}, {"f4", GD_F32}, {"f8", GD_F64}};

/* Takes the number of letters of a text, "12". False: it is none from 1 to 10^6. */
static bool take_letters(gd__npy_header *h, const char *digits, size_t length)
{
    size_t letters = 0, at = 0;
    for (; at < length && at < 7 && is_digit(digits[at]); ++at)
        letters = 10 * letters + (size_t)(digits[at] - '0');
    h->size = h->kind == 'U' ? 4 * letters : letters;
    h->dtype = GD_U8;
    return at == length && letters >= 1 && letters <= 1000000;
}

/* Takes a dtype without its byte order. */
static bool take_code(gd__npy_header *h, const char *code, size_t length)
{
    h->kind = code[0];
    if (h->takes_text && (h->kind == 'U' || h->kind == 'S'))
        return take_letters(h, code + 1, length - 1);
    for (size_t i = 0; length == 2 && i < sizeof numbers / sizeof *numbers; ++i)
        if (memcmp(code, numbers[i].code, 2) == 0) {
            h->size = (size_t)(code[1] - '0');
            h->dtype = numbers[i].dtype;
            return true;
        }
    return false;
}

static bool read_descr(gd__npy_header *h)
{
    const char *unsupported =
        h->takes_text ? "dtype b1, i1 to i8, u1 to u8, f2, f4, f8 or text (U, S) is expected, found"
                      : "dtype b1, i1 to i8, u1 to u8, f2, f4 or f8 is expected, found";
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
    if (length < 3 || !take_code(h, text + 1, length - 1))
        return fail_text(h, start, unsupported);
    bool bytes = h->size == 1 || h->kind == 'S';
    h->big_endian = text[0] == '>' || (text[0] == '=' && !LITTLE_ENDIAN_HOST);
    h->swapped = !bytes && h->big_endian == LITTLE_ENDIAN_HOST;
    return strchr(bytes ? "|" : "<>=", text[0]) != NULL || fail_text(h, start, unsupported);
}

static bool read_fortran_order(gd__npy_header *h)
{
    skip_space(h);
    h->fortran = strncmp(h->text + h->at, "True", 4) == 0;
    if (!h->fortran && strncmp(h->text + h->at, "False", 5) != 0)
        return fail_expected(h, "True or False");
    h->at += h->fortran ? 4 : 5;
    return true;
}

/* A decimal integer as Python writes it, Python 2 perhaps with an L behind it: such headers are of versions 1
 * and 2. A negative one is left for the shape's check to refuse. */
static bool read_size(gd__npy_header *h, int64_t *size)
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
    if (h->major < 3)
        accept(h, 'L');
    return true;
}

/* A tuple: (), (2,), (2, 3) or (2, 3,); (2) is none. */
static bool read_shape(gd__npy_header *h)
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
    bool (*read)(gd__npy_header *);
} keys[] = {{"descr", read_descr}, {"fortran_order", read_fortran_order}, {"shape", read_shape}};

enum { KEYS = sizeof keys / sizeof *keys };

static bool read_entry(gd__npy_header *h)
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

static bool read_dict(gd__npy_header *h)
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
static bool is_text(gd__npy_header *h)
{
    for (h->at = 0; h->at < h->length; ++h->at) {
        unsigned char c = (unsigned char)h->text[h->at];
        if ((c < ' ' && !is_space((char)c)) || c == 0x7f)
            return fail_expected(h, "text");
    }
    h->at = 0;
    return true;
}

/* ---- the whole of it ---- */

/* Magic, version and the header's length. */
static bool read_prefix(gd__file_reader *file, gd__npy_header *h)
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
    int minor = begin[MAGIC + 1];
    h->major = begin[MAGIC];
    if (h->major < 1 || h->major > 3 || minor != 0) {
        gd__fail(GD_ERROR_FORMAT, "%s: byte 6: version 1.0, 2.0 or 3.0 is expected, found %d.%d",
                 file->path, h->major, minor);
        return false;
    }
    if (!gd__file_read(file, length, h->major == 1 ? 2 : 4, "header length"))
        return false;
    h->start = (size_t)file->at;
    h->length =
        length[0] | (size_t)length[1] << 8 | (size_t)length[2] << 16 | (size_t)length[3] << 24;
    if (h->length > LONGEST)
        gd__fail(GD_ERROR_FORMAT, "%s: byte 8: a header of at most %d bytes is expected, found %zu",
                 file->path, LONGEST, h->length);
    return h->length <= LONGEST;
}

bool gd__npy_read_header(gd__file_reader *file, gd__npy_header *h, bool text)
{
    h->takes_text = text;
    if (!read_prefix(file, h) || !gd__file_read(file, h->text, h->length, "header"))
        return false;
    return is_text(h) && read_dict(h);
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
