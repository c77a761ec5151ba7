/* .safetensors files: eight bytes with the header's size (little-endian), the header, which is JSON and says
 * of each tensor its dtype, shape and place, then all elements. As the format's description at
 * huggingface/safetensors has it. A file is believed only as far as it has been checked: every byte
 * belongs to one tensor, and no memory is asked for before that is known. */
#include "tensor/file.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

static const struct {
    const char *name;
    gd_dtype dtype;
} dtypes[] = {{"F32", GD_F32}, {"F64", GD_F64}, {"I64", GD_I64}, {"BOOL", GD_BOOL}, {"U8", GD_U8}};
enum {
    DTYPES = sizeof dtypes / sizeof *dtypes,
    MOST_HEADER = 100000000 /* the format's own limit */
};

/* ---- reading ---- */

typedef struct entry {
    const char *name; /* of the header */
    gd_tensor *tensor;
    gd_dtype dtype;
    int ndim;
    int64_t shape[GD_MAX_DIMS], begin, end; /* bytes, from the end of the header */
} entry;

struct gd_safetensors {
    char *path;
    size_t path_size;
    json_t *header;
    int count, most;
    entry entries[]; /* [most], count of them read, in the order of their places */
};

static size_t size_for(int most)
{
    return sizeof(gd_safetensors) + (size_t)most * sizeof(entry);
}

static bool fail_entry(const gd_safetensors *f, const entry *e, const char *what)
{
    gd__fail(GD_ERROR_FORMAT, "%s: entry \"%s\": %s", f->path, e->name, what);
    return false;
}

static bool read_dtype(const gd_safetensors *f, entry *e, const json_t *value)
{
    const char *name = json_string_value(value);
    for (int i = 0; name != NULL && i < DTYPES; ++i)
        if (strcmp(name, dtypes[i].name) == 0) {
            e->dtype = dtypes[i].dtype;
            return true;
        }
    char text[96];
    snprintf(text, sizeof text, "its dtype %.20s is none of F32, F64, I64, BOOL and U8",
             name != NULL ? name : "(missing)");
    return fail_entry(f, e, text);
}

static bool read_shape(const gd_safetensors *f, entry *e, const json_t *list)
{
    if (!json_is_array(list) || json_array_size(list) > GD_MAX_DIMS)
        return fail_entry(f, e, "its shape is not a list of at most 8 sizes");
    e->ndim = (int)json_array_size(list);
    for (int i = 0; i < e->ndim; ++i) {
        const json_t *size = json_array_get(list, (size_t)i);
        if (!json_is_integer(size) || json_integer_value(size) < 0)
            return fail_entry(f, e, "its shape has a size that is not a whole number");
        e->shape[i] = json_integer_value(size);
    }
    return true;
}

static bool read_place(const gd_safetensors *f, entry *e, const json_t *list)
{
    const json_t *begin = json_array_get(list, 0), *end = json_array_get(list, 1);
    if (json_array_size(list) != 2 || !json_is_integer(begin) || !json_is_integer(end))
        return fail_entry(f, e, "its data_offsets are not two whole numbers");
    e->begin = json_integer_value(begin);
    e->end = json_integer_value(end);
    size_t bytes;
    if (!gd__shape_is_valid("safetensors", e->dtype, e->ndim, e->shape, &bytes))
        return fail_entry(f, e, "its shape is too large");
    if (e->begin < 0 || e->end < e->begin || (uint64_t)(e->end - e->begin) != bytes)
        return fail_entry(f, e, "its data_offsets do not fit its dtype and shape");
    return true;
}

static bool read_entry(const gd_safetensors *f, entry *e, const json_t *value)
{
    if (!json_is_object(value) || json_object_size(value) != 3)
        return fail_entry(f, e, "dtype, shape and data_offsets are expected");
    return read_dtype(f, e, json_object_get(value, "dtype")) &&
           read_shape(f, e, json_object_get(value, "shape")) &&
           read_place(f, e, json_object_get(value, "data_offsets"));
}

static bool check_metadata(const gd_safetensors *f, json_t *metadata)
{
    const char *key;
    json_t *value;
    bool ok = metadata == NULL || json_is_object(metadata);
    json_object_foreach(metadata, key, value) ok &= json_is_string(value);
    if (!ok)
        gd__fail(GD_ERROR_FORMAT, "%s: __metadata__ is not an object of strings", f->path);
    return ok;
}

static int by_place(const void *a, const void *b)
{
    const entry *x = a, *y = b;
    if (x->begin != y->begin)
        return x->begin < y->begin ? -1 : 1;
    return (x->end > y->end) - (x->end < y->end);
}

/* The entries fill `bytes` bytes without a gap. */
static bool check_places(gd_safetensors *f, int64_t bytes)
{
    int64_t at = 0;
    qsort(f->entries, (size_t)f->count, sizeof *f->entries, by_place);
    for (int i = 0; i < f->count; ++i) {
        const entry *e = &f->entries[i];
        if (e->begin < at)
            return fail_entry(f, e, "it overlaps the one before it");
        if (e->begin > at)
            return fail_entry(f, e, "there is a gap before it");
        if (e->end > bytes)
            return fail_entry(f, e, "it ends behind the end of the file");
        at = e->end;
    }
    if (at != bytes)
        gd__fail(GD_ERROR_FORMAT, "%s: %" PRId64 " bytes belong to no entry", f->path, bytes - at);
    return at == bytes;
}

static bool check_bools(const gd_safetensors *f, const entry *e)
{
    const uint8_t *values = e->tensor->data;
    for (int64_t i = 0; e->dtype == GD_BOOL && i < e->end - e->begin; ++i)
        if (values[i] > 1)
            return fail_entry(f, e, "a bool is neither 0 nor 1");
    return true;
}

static bool read_elements(gd_safetensors *f, gd__file_reader *file)
{
    for (int i = 0; i < f->count; ++i) {
        entry *e = &f->entries[i];
        e->tensor = gd_tensor_create(e->dtype, e->ndim, e->shape);
        if (e->tensor == NULL ||
            !gd__file_read(file, e->tensor->data, (size_t)(e->end - e->begin), "elements") ||
            !check_bools(f, e))
            return false;
    }
    return true;
}

static bool read_entries(gd_safetensors *f, gd__file_reader *file)
{
    const char *name;
    json_t *value;
    json_object_foreach(f->header, name, value)
    {
        if (strcmp(name, "__metadata__") == 0)
            continue;
        entry *e = &f->entries[f->count];
        *e = (entry){.name = name};
        if (!read_entry(f, e, value))
            return false;
        ++f->count;
    }
    return check_places(f, file->size - file->at) && read_elements(f, file);
}

/* The header as JSON; NULL and a message. */
static json_t *read_header(gd__file_reader *file)
{
    uint8_t bytes[8];
    uint64_t size = 0;
    if (!gd__file_read(file, bytes, sizeof bytes, "the header's size"))
        return NULL;
    for (int i = 7; i >= 0; --i)
        size = size << 8 | bytes[i];
    if (size > MOST_HEADER || size > (uint64_t)(file->size - file->at))
        return gd__fail_null("%s: the header is said to have %" PRIu64
                             " bytes, of a file of %" PRId64,
                             file->path, size, file->size);
    char *text = gd__allocate((size_t)size + 1);
    if (text == NULL)
        return gd__fail_null("%s: no memory for the header", file->path);
    json_error_t error;
    json_t *header = NULL;
    if (gd__file_read(file, text, (size_t)size, "the header")) {
        header = json_loadb(text, (size_t)size, JSON_REJECT_DUPLICATES, &error);
        if (header == NULL)
            gd__fail(GD_ERROR_FORMAT, "%s: the header, line %d, column %d: %s", file->path,
                     error.line, error.column, error.text);
    }
    bool is_object = header != NULL && text[0] == '{';
    gd__free(text, (size_t)size + 1);
    if (header != NULL && !is_object) {
        json_decref(header);
        return gd__fail_null("%s: the header is not a JSON object", file->path);
    }
    return header;
}

/* For a header, which it owns from then on. */
static gd_safetensors *create(const char *path, json_t *header)
{
    int most = (int)json_object_size(header);
    size_t path_size = strlen(path) + 1;
    gd_safetensors *f = gd__allocate(size_for(most));
    char *copy = gd__allocate(path_size);
    if (f == NULL || copy == NULL) {
        gd__free(f, size_for(most));
        gd__free(copy, path_size);
        json_decref(header);
        return gd__fail_null("%s: no memory", path);
    }
    memcpy(copy, path, path_size);
    *f = (gd_safetensors){.path = copy, .path_size = path_size, .header = header, .most = most};
    return f;
}

gd_safetensors *gd_safetensors_open(const char *path)
{
    gd__file_reader file;
    if (path == NULL)
        return gd__fail_null("safetensors_open: the path is NULL");
    if (!gd__file_open(&file, path))
        return NULL;
    json_t *header = read_header(&file);
    gd_safetensors *f = header != NULL ? create(path, header) : NULL;
    if (f != NULL &&
        (!check_metadata(f, json_object_get(header, "__metadata__")) || !read_entries(f, &file))) {
        gd_safetensors_close(f);
        f = NULL;
    }
    gd__file_close(&file);
    return f;
}

void gd_safetensors_close(gd_safetensors *f)
{
    if (f == NULL)
        return;
    for (int i = 0; i < f->count; ++i)
        gd_tensor_destroy(f->entries[i].tensor);
    json_decref(f->header);
    gd__free(f->path, f->path_size);
    gd__free(f, size_for(f->most));
}

const char *gd_safetensors_path(const gd_safetensors *f)
{
    return f != NULL ? f->path : NULL;
}

int gd_safetensors_count(const gd_safetensors *f)
{
    return f != NULL ? f->count : 0;
}

const char *gd_safetensors_name(const gd_safetensors *f, int index)
{
    return f != NULL && index >= 0 && index < f->count ? f->entries[index].name : NULL;
}

const gd_tensor *gd_safetensors_at(const gd_safetensors *f, int index)
{
    return f != NULL && index >= 0 && index < f->count ? f->entries[index].tensor : NULL;
}

const gd_tensor *gd_safetensors_find(const gd_safetensors *f, const char *name)
{
    for (int i = 0; f != NULL && name != NULL && i < f->count; ++i)
        if (strcmp(f->entries[i].name, name) == 0)
            return f->entries[i].tensor;
    return NULL;
}

const char *gd_safetensors_metadata(const gd_safetensors *f, const char *key)
{
    return f != NULL && key != NULL
               ? json_string_value(json_object_get(json_object_get(f->header, "__metadata__"), key))
               : NULL;
}

/* ---- writing ---- */

/* The order of writing: larger elements first, so that each tensor lies at a multiple of its element's
 * size, and otherwise as given. next: the one that follows `index` (-1: the first); -1: none. */
static int next_in_order(int n, const gd_named_tensor *tensors, int index)
{
    size_t size = index < 0 ? sizeof(double) : gd_dtype_size(tensors[index].tensor->dtype);
    for (; size > 0; size /= 2) {
        for (int i = index + 1; i < n; ++i)
            if (gd_dtype_size(tensors[i].tensor->dtype) == size)
                return i;
        index = -1;
    }
    return -1;
}

static json_t *describe(const gd_tensor *x, int64_t begin)
{
    const char *dtype = dtypes[0].name;
    for (int i = 0; i < DTYPES; ++i)
        dtype = dtypes[i].dtype == x->dtype ? dtypes[i].name : dtype;
    json_t *shape = json_array();
    for (int i = 0; i < x->ndim; ++i)
        json_array_append_new(shape, json_integer(x->shape[i]));
    int64_t bytes = gd_tensor_numel(x) * (int64_t)gd_dtype_size(x->dtype);
    return json_pack("{s:s, s:o, s:[I,I]}", "dtype", dtype, "shape", shape, "data_offsets",
                     (json_int_t)begin, (json_int_t)(begin + bytes));
}

/* The header's text, from malloc; NULL and a message. */
static char *write_header(const char *path, int n, const gd_named_tensor *tensors, int m,
                          const gd_metadata *metadata)
{
    json_t *header = json_object(), *strings = m > 0 ? json_object() : NULL;
    int64_t at = 0;
    const char *refused = NULL;
    for (int i = 0; i < m; ++i)
        if (json_object_set_new(strings, metadata[i].key, json_string(metadata[i].value)) != 0)
            refused = metadata[i].key;
    if (m > 0)
        json_object_set_new(header, "__metadata__", strings);
    for (int i = next_in_order(n, tensors, -1); i >= 0; i = next_in_order(n, tensors, i)) {
        const gd_tensor *x = tensors[i].tensor;
        if (json_object_get(header, tensors[i].name) != NULL ||
            json_object_set_new(header, tensors[i].name, describe(x, at)) != 0)
            refused = tensors[i].name;
        at += gd_tensor_numel(x) * (int64_t)gd_dtype_size(x->dtype);
    }
    char *text = refused == NULL ? json_dumps(header, JSON_COMPACT) : NULL;
    json_decref(header);
    if (text == NULL)
        gd__fail(GD_ERROR_VALUE, "%s: \"%s\" is there twice, is not UTF-8, or there is no memory",
                 path, refused != NULL ? refused : "the header");
    return text;
}

static bool is_writable(const char *path, const gd_named_tensor *named)
{
    const gd_tensor *x = named->tensor;
    bool named_well = named->name != NULL && strcmp(named->name, "__metadata__") != 0;
    bool ok = named_well && x != NULL && x->ndim >= 0 && gd_tensor_is_contiguous(x);
    if (!ok)
        gd__fail(GD_ERROR_ARGUMENT, "%s: \"%s\" is no name, or there is no contiguous tensor", path,
                 named->name != NULL ? named->name : "");
    return ok;
}

gd_status gd_safetensors_save(const char *path, int n, const gd_named_tensor *tensors, int m,
                              const gd_metadata *metadata)
{
    if (path == NULL || n < 0 || m < 0 || (n > 0 && tensors == NULL) || (m > 0 && metadata == NULL))
        return gd__fail(GD_ERROR_ARGUMENT, "safetensors_save: the path or a list is NULL");
    for (int i = 0; i < n; ++i)
        if (!is_writable(path, &tensors[i]))
            return GD_ERROR_ARGUMENT;
    char *header = write_header(path, n, tensors, m, metadata);
    if (header == NULL)
        return GD_ERROR_VALUE;
    gd__file_writer file;
    gd_status status = gd__file_create(&file, path);
    if (status == GD_OK) {
        uint64_t length = strlen(header), padded = (length + 7) / 8 * 8;
        uint8_t size[8];
        for (int i = 0; i < 8; ++i)
            size[i] = (uint8_t)(padded >> 8 * i);
        gd__file_write(&file, size, sizeof size);
        gd__file_write(&file, header, length);
        gd__file_write(&file, "       ", padded - length);
        for (int i = next_in_order(n, tensors, -1); i >= 0; i = next_in_order(n, tensors, i)) {
            const gd_tensor *x = tensors[i].tensor;
            gd__file_write(&file, x->data, (size_t)gd_tensor_numel(x) * gd_dtype_size(x->dtype));
        }
        status = gd__file_commit(&file);
    }
    free(header);
    return status;
}
