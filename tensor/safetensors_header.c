/* The header of a .safetensors file, which is JSON: eight bytes with its size (little-endian), and
 * then {"__metadata__": {"key": "text", ..}, "name": {"dtype": "F32", "shape": [2,3],
 * "data_offsets": [0,24]}, ..} Strict: other keys, keys given twice, and other kinds of values are
 * refused. */
#include "tensor/json_string.h"
#include "tensor/safetensors.h"
#include "tensor/text.h"

#include <inttypes.h>
#include <stdarg.h>
#include <string.h>

bool gd__fail_entry(const char *path, const char *name, const char *format, ...)
{
    char what[256], shown[GD__SHOWN];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(what, sizeof what, format, arguments);
    va_end(arguments);
    return gd__fail_false(GD_ERROR_FORMAT, "%s: entry %s: %s", path, gd__shown(shown, name), what);
}

static bool fail_memory(const char *path, const char *what)
{
    return gd__fail_false(GD_ERROR_MEMORY, "%s: no memory for %s", path, what);
}

/* ---- lists ---- */

/* One more item; NULL: no memory. */
static void *append(gd__named_list *l)
{
    if (l->count == l->room) {
        void *items = gd__lengthened(l->items, &l->room, l->size, 8);
        if (items == NULL)
            return NULL;
        l->items = items;
    }
    return (char *)l->items + (size_t)l->count++ * l->size;
}

int gd__compare_names(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

const char *gd__sort_by_name(gd__named_list *l)
{
    gd__sort(l->items, (size_t)l->count, l->size, gd__compare_names);
    for (int i = 1; i < l->count; ++i) {
        const char *item = (const char *)l->items + (size_t)i * l->size;
        if (gd__compare_names(item - l->size, item) == 0)
            return *(const char *const *)(const void *)item;
    }
    return NULL;
}

/* ---- the header ---- */

static bool read_dtype(gd__scanner *s, gd__safetensors_entry *e)
{
    const char *name;
    char shown[GD__SHOWN];
    if (!gd__json_read_string(s, &name))
        return false;
    for (e->dtype = GD_F32; gd__safetensors_dtype(e->dtype) != NULL; ++e->dtype)
        if (strcmp(name, gd__safetensors_dtype(e->dtype)) == 0)
            return true;
    return gd__fail_entry(s->path, e->name, "dtype F32, F64, I64, BOOL or U8 is expected, found %s",
                          gd__shown(shown, name));
}

static bool read_shape(gd__scanner *s, gd__safetensors_entry *e)
{
    bool ok = gd__scan_expect(s, '[');
    for (e->ndim = 0; ok && gd__scan_another(s, e->ndim, ']', &ok); ++e->ndim)
        ok = e->ndim < GD_MAX_DIMS ? gd__scan_whole(s, &e->shape[e->ndim])
                                   : gd__scan_expected(s, "']' after 8 sizes");
    return ok;
}

static bool read_place(gd__scanner *s, gd__safetensors_entry *e)
{
    return gd__scan_expect(s, '[') && gd__scan_whole(s, &e->begin) && gd__scan_expect(s, ',') &&
           gd__scan_whole(s, &e->end) && gd__scan_expect(s, ']');
}

static const struct {
    const char *name;
    bool (*read)(gd__scanner *, gd__safetensors_entry *);
} keys[] = {{"dtype", read_dtype}, {"shape", read_shape}, {"data_offsets", read_place}};

enum { KEYS = sizeof keys / sizeof *keys };

static bool read_key(gd__scanner *s, gd__safetensors_entry *e, unsigned *seen)
{
    const char *name;
    char shown[GD__SHOWN];
    unsigned k = 0;
    if (!gd__json_read_string(s, &name) || !gd__scan_expect(s, ':'))
        return false;
    while (k < KEYS && strcmp(keys[k].name, name) != 0)
        ++k;
    if (k == KEYS || (*seen & 1u << k) != 0)
        return gd__fail_entry(s->path, e->name, "key %s %s", gd__shown(shown, name),
                              k == KEYS ? "is none of dtype, shape and data_offsets"
                                        : "comes twice");
    *seen |= 1u << k;
    return keys[k].read(s, e);
}

/* Its place is as large as its dtype and shape say. */
static bool check_size(const char *path, const gd__safetensors_entry *e)
{
    size_t bytes;
    char shape[GD__SHAPE_TEXT];
    if (!gd__shape_is_valid("safetensors", e->dtype, e->ndim, e->shape, &bytes))
        return gd__fail_entry(path, e->name, "its shape %s is too large",
                              gd__shape_text(shape, e->ndim, e->shape));
    if ((uint64_t)(e->end - e->begin) != bytes) /* nor is a negative size */
        return gd__fail_entry(path, e->name,
                              "data_offsets [%" PRId64 ",%" PRId64
                              "] do not fit %s of %s, which takes %zu bytes",
                              e->begin, e->end, gd__shape_text(shape, e->ndim, e->shape),
                              gd_dtype_name(e->dtype), bytes);
    return true;
}

static bool read_entry(gd_safetensors *f, gd__scanner *s)
{
    gd__safetensors_entry *e = append(&f->entries);
    unsigned seen = 0;
    if (e == NULL)
        return fail_memory(f->path, "its entries");
    *e = (gd__safetensors_entry){.name = s->entry};
    bool ok = gd__scan_expect(s, '{');
    for (int n = 0; ok && gd__scan_another(s, n, '}', &ok); ++n)
        ok = read_key(s, e, &seen);
    for (unsigned k = 0; ok && k < KEYS; ++k)
        if ((seen & 1u << k) == 0)
            ok = gd__fail_entry(f->path, e->name, "there is no %s", keys[k].name);
    return ok && check_size(f->path, e);
}

static bool read_metadata(gd_safetensors *f, gd__scanner *s)
{
    bool ok = gd__scan_expect(s, '{');
    for (int n = 0; ok && gd__scan_another(s, n, '}', &ok); ++n) {
        gd_metadata *m = append(&f->metadata);
        ok = m != NULL ? gd__json_read_string(s, &m->key) && gd__scan_expect(s, ':') &&
                             gd__json_read_string(s, &m->value)
                       : fail_memory(f->path, "its metadata");
    }
    return ok;
}

static bool check_names(gd_safetensors *f, int all_metadata)
{
    char shown[GD__SHOWN];
    const char *twice = gd__sort_by_name(&f->entries);
    twice = all_metadata > 1 ? "__metadata__" : twice;
    if (twice != NULL)
        return gd__fail_entry(f->path, twice, "the name comes twice");
    twice = gd__sort_by_name(&f->metadata);
    return twice == NULL ||
           gd__fail_entry(f->path, "__metadata__", "key %s comes twice", gd__shown(shown, twice));
}

static bool read_header(gd_safetensors *f, gd__scanner *s)
{
    bool ok = s->text[0] == '{' ? gd__scan_expect(s, '{') : gd__scan_expected(s, "'{'");
    int all_metadata = 0;
    for (int n = 0; ok && gd__scan_another(s, n, '}', &ok); ++n) {
        s->entry = NULL;
        ok = gd__json_read_string(s, &s->entry) && gd__scan_expect(s, ':');
        bool is_metadata = ok && strcmp(s->entry, "__metadata__") == 0;
        all_metadata += is_metadata;
        ok = ok && (is_metadata ? read_metadata(f, s) : read_entry(f, s));
    }
    if (!ok)
        return false;
    s->entry = NULL;
    return gd__scan_end(s) && check_names(f, all_metadata);
}

/* The header's text, closed by a 0. */
static bool load_text(gd_safetensors *f, gd__file_reader *file)
{
    uint8_t bytes[GD__HEADER_SIZE];
    if (!gd__file_read(file, bytes, sizeof bytes, "header size"))
        return false;
    uint64_t size = gd__load_whole(bytes, sizeof bytes, false);
    uint64_t left = (uint64_t)(file->size - file->at);
    if (size > left || size > GD__MOST_HEADER)
        return gd__fail_false(GD_ERROR_FORMAT,
                              "%s: byte 0: a header of at most %" PRIu64
                              " bytes is expected, found %" PRIu64,
                              f->path, left < GD__MOST_HEADER ? left : GD__MOST_HEADER, size);
    f->header = gd_allocate((size_t)size + 1);
    if (f->header == NULL)
        return fail_memory(f->path, "the header");
    f->header_size = (size_t)size + 1;
    f->header[size] = '\0';
    return gd__file_read(file, f->header, (size_t)size, "header");
}

bool gd__safetensors_read_header(gd_safetensors *f, gd__file_reader *file)
{
    if (!load_text(f, file))
        return false;
    gd__scanner json = {.path = f->path,
                        .whole = "header",
                        .blanks = gd__json_blanks,
                        .start = GD__HEADER_SIZE,
                        .text = f->header,
                        .size = f->header_size - 1};
    return read_header(f, &json);
}
