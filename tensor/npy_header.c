/* The header of a .npy file (NEP 1 of NumPy; numpy/lib/_format_impl.py is the model for what is
 * written). */
#include "tensor/npy_header.h"
#include "tensor/text.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum {
    MAGIC = 6,   /* bytes */
    PREFIX = 10, /* bytes before the header in a file that is written */
    WRITTEN = GD__NPY_HEADER,
    LITTLE_ENDIAN_HOST = __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__ /* asked nowhere else */
};

static const char magic[] = "\x93NUMPY";

/* A dtype is called by its byte order and, as it is written, one of these: '<', '>' or '=' (the
 * host's), and '|' where an element is one byte. */
static const char *const codes[] = {
    [GD_F32] = "f4", [GD_F64] = "f8", [GD_I64] = "i8", [GD_BOOL] = "b1", [GD_U8] = "u1"};

/* ---- parsing ---- */

/* Moves past 'text' or "text". An escape is not understood, and names neither a key nor a
 * dtype. */
static bool read_string(gd__scanner *s, const char **text, size_t *length, const char *expected)
{
    char quote = gd__scan_accept(s, '\'') ? '\'' : '"';
    if (quote == '"' && !gd__scan_accept(s, '"'))
        return gd__scan_expected(s, expected);
    *text = s->text + s->at;
    *length = strcspn(*text, (const char[]){quote, '\n', '\0'});
    s->at += *length;
    return (s->text[s->at] == quote && gd__scan_accept(s, quote)) ||
           gd__scan_expected(s, "a closing quote");
}

/* A structured dtype, which is a list, ends with the text's last bracket. */
static void skip_list(gd__scanner *s)
{
    const char *end = strrchr(s->text + s->at, ']');
    s->at = end != NULL ? (size_t)(end + 1 - s->text) : s->at + 1;
}

/* What is read as what, in order of the dtypes' codes: the narrower numbers as the next wider ones
 * that tensors have. */
static const struct {
    char code[3];
    gd_dtype dtype;
} numbers[] = {{"b1", GD_BOOL}, {"i1", GD_I64}, {"i2", GD_I64}, {"i4", GD_I64},
               {"i8", GD_I64},  {"u1", GD_U8},  {"u2", GD_I64}, {"u4", GD_I64},
               {"u8", GD_I64},  {"f2", GD_F32}, {"f4", GD_F32}, {"f8", GD_F64}};

/* Takes the number of letters of a text, "12". False: it is none from 1 to 10^6. */
static bool take_letters(gd__npy_header *h, const char *digits, size_t length)
{
    char *end = NULL;
    long letters = gd__is_digit(*digits) ? strtol(digits, &end, 10) : 0;
    h->size = (size_t)letters * (h->kind == 'U' ? 4 : 1);
    h->dtype = GD_U8;
    return end == digits + length && letters >= 1 && letters <= 1000000;
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
    gd__scanner *s = &h->scan;
    const char *text;
    size_t length;
    gd__scan_blanks(s);
    size_t start = s->at;
    if (s->text[s->at] == '[') {
        skip_list(s);
        return gd__scan_fail(s, start, unsupported);
    }
    if (!read_string(s, &text, &length, "a dtype's name in quotes"))
        return false;
    if (length < 3 || !take_code(h, text + 1, length - 1))
        return gd__scan_fail(s, start, unsupported);
    bool bytes = h->size == 1 || h->kind == 'S';
    h->big_endian = text[0] == '>' || (text[0] == '=' && !LITTLE_ENDIAN_HOST);
    h->swapped = !bytes && h->big_endian == LITTLE_ENDIAN_HOST;
    return strchr(bytes ? "|" : "<>=", text[0]) != NULL || gd__scan_fail(s, start, unsupported);
}

static bool read_fortran_order(gd__npy_header *h)
{
    gd__scanner *s = &h->scan;
    gd__scan_blanks(s);
    h->fortran = strncmp(s->text + s->at, "True", 4) == 0;
    if (!h->fortran && strncmp(s->text + s->at, "False", 5) != 0)
        return gd__scan_expected(s, "True or False");
    s->at += h->fortran ? 4 : 5;
    return true;
}

/* A decimal integer as Python writes it, Python 2 perhaps with an L behind it: such headers are of
 * versions 1 and 2. A negative one is left for the shape's check to refuse. */
static bool read_size(gd__npy_header *h, int64_t *size)
{
    bool negative = gd__scan_accept(&h->scan, '-');
    if (!gd__scan_whole(&h->scan, size))
        return false;
    *size = negative ? -*size : *size;
    if (h->major < 3)
        gd__scan_accept(&h->scan, 'L');
    return true;
}

/* Whether a list has another item, of which n have been read. Python allows a comma behind the
 * last one. */
static bool has_another(gd__scanner *s, int n, char close, bool *ok)
{
    return gd__scan_another(s, n, close, ok) && !(n > 0 && gd__scan_accept(s, close));
}

/* Whether a comma comes next; it stays. */
static bool has_comma(gd__scanner *s)
{
    gd__scan_blanks(s);
    return s->text[s->at] == ',' || gd__scan_expected(s, "','");
}

/* A tuple: (), (2,), (2, 3) or (2, 3,); (2) is none. */
static bool read_shape(gd__npy_header *h)
{
    gd__scanner *s = &h->scan;
    bool ok = gd__scan_accept(s, '(') || gd__scan_expected(s, "'(' before the sizes");
    for (h->ndim = 0; ok && has_another(s, h->ndim, ')', &ok); ++h->ndim)
        ok = h->ndim == GD_MAX_DIMS
                 ? gd__scan_expected(s, "')' after 8 sizes")
                 : read_size(h, &h->shape[h->ndim]) && (h->ndim > 0 || has_comma(s));
    return ok;
}

static const struct {
    const char *name;
    bool (*read)(gd__npy_header *);
} keys[] = {{"descr", read_descr}, {"fortran_order", read_fortran_order}, {"shape", read_shape}};

enum { KEYS = sizeof keys / sizeof *keys };

static bool read_entry(gd__npy_header *h)
{
    gd__scanner *s = &h->scan;
    const char *name;
    size_t length;
    unsigned k = 0;
    gd__scan_blanks(s);
    size_t start = s->at;
    if (!read_string(s, &name, &length, "a key in quotes"))
        return false;
    while (k < KEYS && (strlen(keys[k].name) != length || memcmp(keys[k].name, name, length) != 0))
        ++k;
    if (k == KEYS)
        return gd__scan_fail(s, start, "key descr, fortran_order or shape is expected, found");
    if ((h->keys & 1u << k) != 0)
        return gd__scan_fail(s, start, "each key is expected once, found again");
    h->keys |= 1u << k;
    return gd__scan_expect(s, ':') && keys[k].read(h);
}

static bool read_dict(gd__npy_header *h)
{
    bool ok = gd__scan_expect(&h->scan, '{');
    for (int n = 0; ok && has_another(&h->scan, n, '}', &ok); ++n)
        ok = read_entry(h);
    ok = ok && gd__scan_end(&h->scan);
    for (unsigned k = 0; ok && k < KEYS; ++k)
        if ((h->keys & 1u << k) == 0)
            ok = gd__fail_false(GD_ERROR_FORMAT,
                                "%s: key '%s' is expected, found none in the header", h->scan.path,
                                keys[k].name);
    return ok;
}

/* No control characters: they have no business in a header, nor in a message that repeats it. */
static bool is_text(gd__scanner *s)
{
    for (s->at = 0; s->at < s->size; ++s->at) {
        unsigned char c = (unsigned char)s->text[s->at];
        if ((c < ' ' && (c == '\0' || strchr(s->blanks, c) == NULL)) || c == 0x7f)
            return gd__scan_expected(s, "text");
    }
    s->at = 0;
    return true;
}

/* ---- the whole of it ---- */

/* Magic, version and the header's length. */
static bool read_prefix(gd__file_reader *file, gd__npy_header *h)
{
    uint8_t begin[MAGIC + 2], length[4] = {0};
    if (!gd__file_read(file, begin, sizeof begin, "magic and version"))
        return false;
    if (memcmp(begin, magic, MAGIC) != 0)
        return gd__fail_false(
            GD_ERROR_FORMAT,
            "%s: byte 0: \\x93NUMPY is expected, found other bytes: not a .npy file", file->path);
    int minor = begin[MAGIC + 1];
    h->major = begin[MAGIC];
    if (h->major < 1 || h->major > 3 || minor != 0)
        return gd__fail_false(GD_ERROR_FORMAT,
                              "%s: byte 6: version 1.0, 2.0 or 3.0 is expected, found %d.%d",
                              file->path, h->major, minor);
    if (!gd__file_read(file, length, h->major == 1 ? 2 : 4, "header length"))
        return false;
    h->scan.size = (size_t)gd__load_whole(length, sizeof length, false);
    h->scan.start = (size_t)file->at;
    return h->scan.size <= GD__NPY_LONGEST ||
           gd__fail_false(GD_ERROR_FORMAT,
                          "%s: byte 8: a header of at most %d bytes is expected, found %zu",
                          file->path, GD__NPY_LONGEST, h->scan.size);
}

bool gd__npy_read_header(gd__file_reader *file, gd__npy_header *h, bool text)
{
    *h = (gd__npy_header){.takes_text = text};
    h->scan = (gd__scanner){
        .path = file->path, .whole = "header", .blanks = " \t\n\r\f", .text = h->text};
    return read_prefix(file, h) && gd__file_read(file, h->text, h->scan.size, "header") &&
           is_text(&h->scan) && read_dict(h);
}

/* ---- writing ---- */

/* As NumPy writes it: after the dict come blanks, so that the outermost size can grow to 21
 * digits, and more, so that the elements begin at a multiple of 64. For every shape that a tensor
 * can have this gives WRITTEN bytes: without any size 66 are used, by the longest eight that int64
 * can count 126. Version 1.0 is always enough. */
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
