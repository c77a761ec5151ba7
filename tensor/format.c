/* Tensors as text, as NumPy 2.4's str prints arrays (numpy/_core/arrayprint.py is the model, its
 * documentation the reference).
 *
 * No locale is asked: digits come from printf's %e, whose decimal point, whatever it is, is
 * skipped. */
#include "tensor/decimal.h"
#include "tensor/internal.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    PRECISION = 8,    /* digits after the point, at most */
    LINE_WIDTH = 75,  /* characters */
    THRESHOLD = 1000, /* elements, above which only the edges are shown */
    EDGE = 3,         /* elements at each edge */
    WORD = 512        /* of one element's text: 309 digits before a point and more */
};

/* ---- a number's digits ---- */

static int before_point(const gd__decimal *d)
{
    return d->point > 0 ? d->point : 1;
}

static int after_point(const gd__decimal *d)
{
    return d->count > d->point ? d->count - d->point : 0;
}

/* "-12.5": returns the length. */
static int write_positional(char *text, const gd__decimal *d)
{
    int n = 0, fraction = after_point(d);
    if (d->negative)
        text[n++] = '-';
    for (int i = 0; i < before_point(d); ++i)
        text[n++] = d->point > 0 ? gd__digit_at(d, i) : '0';
    text[n++] = '.';
    for (int i = 0; i < fraction; ++i)
        text[n++] = gd__digit_at(d, d->point + i);
    text[n] = '\0';
    return n;
}

/* "-1.25e-05" with `fraction` digits after the point and at least two in the exponent. */
static int write_scientific(char *text, const gd__decimal *d, int fraction, int exponent_digits,
                            bool point)
{
    int n = 0, exponent = d->count > 0 ? d->point - 1 : 0;
    if (d->negative)
        text[n++] = '-';
    text[n++] = gd__digit_at(d, 0);
    if (point)
        text[n++] = '.';
    for (int i = 1; i <= fraction; ++i)
        text[n++] = gd__digit_at(d, i);
    return n + snprintf(text + n, (size_t)(WORD - n), "e%c%0*d", exponent < 0 ? '-' : '+',
                        exponent_digits, abs(exponent));
}

/* ---- what all elements have in common ---- */

typedef struct layout {
    const gd_tensor *x;
    bool summarize, scientific;
    bool has_finite, has_nan, has_inf, has_negative_inf;
    double largest, smallest;   /* of the finite magnitudes other than 0 */
    int before, after;          /* characters on both sides of the point */
    int exponent_digits, width; /* width: of integers */
} layout;

static int larger(int a, int b)
{
    return a > b ? a : b;
}

/* First look: the range, which decides on scientific notation. */
static void note_range(layout *l, const char *element)
{
    if (!gd_dtype_is_float(l->x->dtype)) {
        char text[32];
        l->width = larger(l->width, snprintf(text, sizeof text, "%" PRId64,
                                             gd__integer_at(l->x->dtype, element)));
        return;
    }
    double value = gd__float_at(l->x->dtype, element, 0), size = fabs(value);
    l->has_nan |= isnan(value);
    l->has_inf |= isinf(value) != 0;
    l->has_negative_inf |= isinf(value) && value < 0;
    l->has_finite |= isfinite(value) != 0;
    if (!isfinite(value) || size == 0)
        return;
    l->largest = l->largest == 0 || size > l->largest ? size : l->largest;
    l->smallest = l->smallest == 0 || size < l->smallest ? size : l->smallest;
}

/* Second look: how wide the parts are. */
static void note_width(layout *l, const char *element)
{
    double value = gd__float_at(l->x->dtype, element, 0);
    if (!isfinite(value))
        return;
    gd__decimal d = gd__decimal_shortest(value, l->x->dtype, PRECISION, l->scientific);
    char text[WORD];
    if (!l->scientific) {
        l->before = larger(l->before, before_point(&d) + d.negative);
        l->after = larger(l->after, after_point(&d));
        return;
    }
    write_scientific(text, &d, 0, 2, false);
    l->before = larger(l->before, 1 + d.negative);
    l->after = larger(l->after, d.count > 0 ? d.count - 1 : 0);
    l->exponent_digits = larger(l->exponent_digits, (int)strlen(strchr(text, 'e') + 2));
}

/* As NumPy 2.4 decides it, in the array's own precision: float32 has 6 digits that can be relied
 * on. */
static bool needs_scientific(const layout *l)
{
    if (l->largest == 0)
        return false;
    if (l->x->dtype == GD_F32)
        return (float)l->largest >= 1e6f || (float)l->smallest < 1e-4f ||
               (float)l->largest / (float)l->smallest > 1000.0f;
    return l->largest >= 1e8 || l->smallest < 1e-4 || l->largest / l->smallest > 1000;
}

/* Calls visit for each element that is shown. */
static void each_shown(layout *l, int dim, const char *at, void (*visit)(layout *, const char *))
{
    if (dim == l->x->ndim) {
        visit(l, at);
        return;
    }
    int64_t size = l->x->shape[dim], step = l->x->stride[dim] * (int64_t)gd_dtype_size(l->x->dtype);
    for (int64_t i = 0; i < size; ++i) {
        if (l->summarize && size > 2 * EDGE && i == EDGE)
            i = size - EDGE;
        each_shown(l, dim + 1, at + i * step, visit);
    }
}

static layout find_layout(const gd_tensor *x)
{
    layout l = {.x = x, .summarize = gd_tensor_numel(x) > THRESHOLD};
    each_shown(&l, 0, x->data, note_range);
    if (!gd_dtype_is_float(x->dtype))
        return l;
    l.scientific = needs_scientific(&l);
    each_shown(&l, 0, x->data, note_width);
    int right = l.scientific ? l.after + l.exponent_digits + 2 : l.after;
    int named = larger(l.has_nan ? 3 : 0, l.has_inf ? 3 + l.has_negative_inf : 0);
    if (l.has_nan || l.has_inf)
        l.before = larger(l.before, named - (right + 1));
    return l;
}

/* ---- words ---- */

static const char *name_of(double value)
{
    return isnan(value) ? "nan" : value < 0 ? "-inf" : "inf";
}

static int write_float(char *word, const layout *l, double value)
{
    int right = l->scientific ? l->after + l->exponent_digits + 2 : l->after;
    if (!isfinite(value))
        return snprintf(word, WORD, "%*s", l->before + 1 + right, name_of(value));
    gd__decimal d = gd__decimal_shortest(value, l->x->dtype, PRECISION, l->scientific);
    if (l->scientific &&
        d.count <= l->after) /* all mantissas are equally long: filled up by further digits */
        d = gd__decimal_rounded(value, l->after + 1);
    char text[WORD];
    int indent = l->before - (l->scientific ? 1 : before_point(&d)) - d.negative;
    if (l->scientific)
        write_scientific(text, &d, l->after, l->exponent_digits, true);
    else
        write_positional(text, &d);
    int length = snprintf(word, WORD, "%*s%s", indent, "", text);
    int missing = l->scientific ? 0 : l->after - after_point(&d);
    return length + snprintf(word + length, (size_t)(WORD - length), "%*s", missing, "");
}

static int write_word(char *word, const layout *l, const char *element)
{
    if (gd_dtype_is_float(l->x->dtype))
        return write_float(word, l, gd__float_at(l->x->dtype, element, 0));
    if (l->x->dtype == GD_BOOL)
        return snprintf(word, WORD, "%5s",
                        gd__integer_at(l->x->dtype, element) != 0 ? "True" : "False");
    return snprintf(word, WORD, "%*" PRId64, l->width, gd__integer_at(l->x->dtype, element));
}

/* A 0-d array prints as a Python scalar: all digits, and a zero after the point. */
static int write_scalar(char *word, const gd_tensor *x)
{
    if (x->dtype == GD_BOOL)
        return snprintf(word, WORD, "%s",
                        gd__integer_at(x->dtype, x->data) != 0 ? "True" : "False");
    if (!gd_dtype_is_float(x->dtype))
        return snprintf(word, WORD, "%" PRId64, gd__integer_at(x->dtype, x->data));
    double value = gd__float_at(x->dtype, x->data, 0), size = fabs(value);
    if (!isfinite(value))
        return snprintf(word, WORD, "%s", name_of(value));
    bool scientific = size != 0 && (size < 1e-4 || size >= (x->dtype == GD_F32 ? 1e6 : 1e16));
    gd__decimal d = gd__decimal_shortest(value, x->dtype, WORD, scientific);
    if (scientific)
        return write_scientific(word, &d, d.count - 1, 2, d.count > 1);
    int length = write_positional(word, &d);
    if (after_point(&d) == 0)
        word[length++] = '0';
    word[length] = '\0';
    return length;
}

/* ---- the page ---- */

/* Where text goes: as much as fits into buffer, or to a file; all of it is counted. */
typedef struct sink {
    char *buffer;
    size_t size;
    FILE *file;
    bool failed;
    size_t length;
} sink;

static void put(sink *s, const char *text, size_t length)
{
    if (s->file != NULL)
        s->failed |= fwrite(text, 1, length, s->file) != length;
    for (size_t i = 0; s->file == NULL && i < length && s->length + i + 1 < s->size; ++i)
        s->buffer[s->length + i] = text[i];
    s->length += length;
}

static void put_repeated(sink *s, char character, int count)
{
    for (int i = 0; i < count; ++i)
        put(s, &character, 1);
}

/* The innermost dimension: words in lines of at most `width` characters. The blanks that fill a
 * word up on its right are dropped at the end of a line, but not before the closing bracket. */
static void put_line(sink *s, const layout *l, const char *at, int indent, int width)
{
    const gd_tensor *x = l->x;
    int dim = x->ndim - 1, column = indent, blanks = 0;
    int64_t size = x->shape[dim], step = x->stride[dim] * (int64_t)gd_dtype_size(x->dtype);
    for (int64_t i = 0; i < size; ++i) {
        char word[WORD];
        bool gap = l->summarize && size > 2 * EDGE && i == EDGE;
        int length = gap ? snprintf(word, sizeof word, "...") : write_word(word, l, at + i * step);
        column += i > 0; /* the space between words */
        if (column + length > width && column > indent) {
            put(s, "\n", 1);
            put_repeated(s, ' ', indent);
            column = indent;
        } else {
            put_repeated(s, ' ', blanks + (i > 0));
        }
        column += length;
        for (blanks = 0; length > 0 && word[length - 1] == ' '; --length)
            ++blanks;
        put(s, word, (size_t)length);
        if (gap)
            i = size - EDGE - 1;
    }
    put_repeated(s, ' ', blanks);
}

static void put_block(sink *s, const layout *l, int dim, const char *at, int width)
{
    const gd_tensor *x = l->x;
    int indent = dim + 1;
    put(s, "[", 1);
    if (dim == x->ndim - 1) {
        put_line(s, l, at, indent, width - 1);
        put(s, "]", 1);
        return;
    }
    int64_t size = x->shape[dim], step = x->stride[dim] * (int64_t)gd_dtype_size(x->dtype);
    for (int64_t i = 0; i < size; ++i) {
        bool gap = l->summarize && size > 2 * EDGE && i == EDGE;
        if (i > 0) {
            put_repeated(s, '\n', x->ndim - 1 - dim);
            put_repeated(s, ' ', indent);
        }
        if (gap) {
            put(s, "...", 3);
            i = size - EDGE - 1;
        } else {
            put_block(s, l, dim + 1, at + i * step, width - 1);
        }
    }
    put(s, "]", 1);
}

static void put_tensor(sink *s, const gd_tensor *x)
{
    if (gd_tensor_numel(x) == 0) {
        put(s, "[]", 2);
    } else if (x->ndim == 0) {
        char word[WORD];
        put(s, word, (size_t)write_scalar(word, x));
    } else {
        layout l = find_layout(x);
        put_block(s, &l, 0, x->data, LINE_WIDTH);
    }
}

int gd_tensor_format(char *buffer, size_t size, const gd_tensor *x)
{
    if (!gd__is_valid("format", x))
        return -1;
    sink s = {.buffer = buffer, .size = size};
    put_tensor(&s, x);
    if (size > 0)
        buffer[s.length < size ? s.length : size - 1] = '\0';
    return (int)s.length;
}

gd_status gd_tensor_fprint(FILE *file, const gd_tensor *x)
{
    if (!gd__is_valid("fprint", x))
        return GD_ERROR_ARGUMENT;
    if (file == NULL)
        return gd_fail(GD_ERROR_ARGUMENT, "fprint: the file is NULL");
    sink s = {.file = file};
    put_tensor(&s, x);
    put(&s, "\n", 1);
    return s.failed ? gd_fail(GD_ERROR_IO, "fprint: writing to the file failed") : GD_OK;
}
