#include "trace/write/write_values.h"

#include <math.h>
#include <string.h>

enum { WINDOW = 8, FEW = 16 };

/* Elements that lie `step` bytes from one another. */
typedef struct row {
    const char *first;
    int64_t n, step;
    gd_dtype dtype;
} row;

/* Visits the elements in row-major order, row after row. */
static void each_row(const gd_tensor *x, void (*visit)(void *context, const row *r), void *context)
{
    int64_t index[GD_MAX_DIMS] = {0}, size = (int64_t)gd_dtype_size(x->dtype);
    int last = x->ndim - 1;
    row r = {x->data, 1, size, x->dtype};
    if (gd_tensor_numel(x) == 0)
        return;
    if (last >= 0 && !gd_tensor_is_contiguous(x)) {
        r.n = x->shape[last];
        r.step = x->stride[last] * size;
        --last;
    } else {
        r.n = gd_tensor_numel(x);
        last = -1;
    }
    for (int k = 0; k >= 0;) {
        visit(context, &r);
        for (k = last; k >= 0; --k) {
            r.first += x->stride[k] * size;
            if (++index[k] < x->shape[k])
                break;
            r.first -= x->shape[k] * x->stride[k] * size;
            index[k] = 0;
        }
    }
}

static double real_at(gd_dtype dtype, const char *element)
{
    float single;
    double real;
    int64_t integer;
    switch (dtype) {
    case GD_F32:
        memcpy(&single, element, sizeof single);
        return (double)single;
    case GD_F64:
        memcpy(&real, element, sizeof real);
        return real;
    case GD_I64:
        memcpy(&integer, element, sizeof integer);
        return (double)integer;
    default:
        return (double)*(const unsigned char *)element;
    }
}

/* ---- elements ---- */

typedef struct writing {
    gd__string *out;
    bool begun;
} writing;

static void put_element(gd__string *out, gd_dtype dtype, const char *element)
{
    int64_t integer;
    switch (dtype) {
    case GD_I64: /* a string: not every reader has 64 bits for a number */
        memcpy(&integer, element, sizeof integer);
        gd__out_text(out, "\"");
        gd__out_integer(out, integer);
        gd__out_text(out, "\"");
        return;
    case GD_BOOL:
        gd__out_text(out, *element != 0 ? "true" : "false");
        return;
    default:
        gd__out_real(out, real_at(dtype, element), dtype != GD_F64);
    }
}

static void put_row(void *context, const row *r)
{
    writing *w = context;
    for (int64_t i = 0; i < r->n; ++i) {
        gd__out_text(w->out, w->begun ? "," : "");
        put_element(w->out, r->dtype, r->first + i * r->step);
        w->begun = true;
    }
}

/* ---- statistics ---- */

typedef struct statistics {
    double min, max, largest, squares; /* squares: of elements / largest */
    bool nan;
    int64_t zeros, nonfinite, seen;
} statistics;

static void measure(void *context, const row *r)
{
    statistics *s = context;
    for (int64_t i = 0; i < r->n; ++i, ++s->seen) {
        double value = real_at(r->dtype, r->first + i * r->step);
        s->zeros += value == 0;
        if (!isfinite(value) && s->nonfinite < 0)
            s->nonfinite = s->seen;
        s->nan |= isnan(value);
        if (isnan(value))
            continue;
        s->min = !(s->min <= value) ? value : s->min;
        s->max = !(s->max >= value) ? value : s->max;
        s->largest = fabs(value) > s->largest ? fabs(value) : s->largest;
    }
}

/* In units of the largest, so that no square leaves the range. */
static void add_squares(void *context, const row *r)
{
    statistics *s = context;
    for (int64_t i = 0; i < r->n; ++i) {
        double part = real_at(r->dtype, r->first + i * r->step) / s->largest;
        s->squares += part * part;
    }
}

static double norm_of(const gd_tensor *x, statistics *s)
{
    if (s->nonfinite >= 0)
        return s->nan ? (double)NAN : HUGE_VAL;
    if (s->largest > 0)
        each_row(x, add_squares, s);
    return s->largest * sqrt(s->squares);
}

static void put_statistics(gd__string *out, const gd_tensor *x)
{
    statistics s = {.min = (double)NAN, .max = (double)NAN, .nonfinite = -1};
    bool single = x->dtype != GD_F64;
    each_row(x, measure, &s);
    gd__out_text(out, "{\"min\":");
    gd__out_real(out, s.min, single);
    gd__out_text(out, ",\"max\":");
    gd__out_real(out, s.max, single);
    gd__out_text(out, ",\"norm\":");
    gd__out_real(out, norm_of(x, &s), false);
    gd__out_text(out, ",\"zeros\":");
    gd__out_integer(out, s.zeros);
    if (s.nonfinite >= 0) {
        gd__out_text(out, ",\"nonfinite\":");
        gd__out_integer(out, s.nonfinite);
    }
    gd__out_text(out, "}");
}

/* ---- values ---- */

/* The first rows and columns, at index 0 of the dimensions before. */
static gd_tensor window_of(const gd_tensor *x, int64_t size[2])
{
    gd_tensor window = *x;
    for (int k = 0; k < x->ndim; ++k) {
        int64_t most = k < x->ndim - 2 ? 1 : WINDOW;
        window.shape[k] = x->shape[k] < most ? x->shape[k] : most;
    }
    size[0] = x->ndim > 1 ? window.shape[x->ndim - 2] : 1;
    size[1] = x->ndim > 0 ? window.shape[x->ndim - 1] : 1;
    return window;
}

/* ,"stats": or ,"dy_stats": */
static void put_key(gd__string *out, const char *key, const char *part)
{
    gd__out_text(out, ",\"");
    if (strcmp(key, "values") != 0) {
        gd__out_text(out, key);
        gd__out_text(out, "_");
    }
    gd__out_text(out, part);
    gd__out_text(out, "\":");
}

void gd__write_values(gd__string *out, const char *key, const gd_tensor *x, int64_t full)
{
    int64_t numel = gd_tensor_numel(x), size[2];
    gd_tensor window = window_of(x, size);
    bool whole = numel <= full;
    gd__out_text(out, ",\"");
    gd__out_text(out, key);
    gd__out_text(out, "\":[");
    each_row(whole ? x : &window, put_row, &(writing){.out = out});
    gd__out_text(out, "]");
    if (!whole) {
        put_key(out, key, "window");
        gd__out_list(out, 2, size);
    }
    if (!whole || numel > FEW) {
        put_key(out, key, "stats");
        put_statistics(out, x);
    }
}

/* ---- hash ---- */

/* Each step maps the state one to one for given words, and different words to different states. */
static void hash_words(gd__hash *h, uint64_t a, uint64_t b)
{
    h->part[0] = (h->part[0] ^ a) * 0x9e3779b97f4a7c15u;
    h->part[0] ^= h->part[0] >> 29;
    h->part[1] = (h->part[1] ^ b) * 0xc2b2ae3d27d4eb4fu;
    h->part[1] ^= h->part[1] >> 31;
    h->part[0] += h->part[1];
    h->part[1] += h->part[0] << 17 | h->part[0] >> 47;
}

static void hash_bytes(gd__hash *h, const char *bytes, size_t n)
{
    uint64_t words[2];
    for (; n >= sizeof words; n -= sizeof words, bytes += sizeof words) {
        memcpy(words, bytes, sizeof words);
        hash_words(h, words[0], words[1]);
    }
    if (n == 0)
        return;
    memset(words, 0, sizeof words);
    memcpy(words, bytes, n);
    hash_words(h, words[0], words[1]);
}

static void hash_row(void *context, const row *r)
{
    size_t size = gd_dtype_size(r->dtype);
    if (r->step == (int64_t)size)
        hash_bytes(context, r->first, (size_t)r->n * size);
    else
        for (int64_t i = 0; i < r->n; ++i)
            hash_bytes(context, r->first + i * r->step, size);
}

gd__hash gd__hash_of(const gd_tensor *x)
{
    gd__hash h = {{0x243f6a8885a308d3u, 0x13198a2e03707344u}};
    each_row(x, hash_row, &h);
    hash_words(&h, 0, 0);
    hash_words(&h, 0, 0);
    return h;
}
