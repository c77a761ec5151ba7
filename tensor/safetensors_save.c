/* Writing .safetensors files. */
#include "tensor/json.h"
#include "tensor/safetensors.h"

#include <inttypes.h>
#include <stdarg.h>
#include <string.h>

/* The file's metadata always says which version has written it, under this key. */
static const char version_key[] = "gradus";

static size_t bytes_of(const gd_tensor *x)
{
    return (size_t)gd_tensor_numel(x) * gd_dtype_size(x->dtype);
}

/* ---- what is refused ---- */

/* what: "entry" or "metadata". */
static gd_status refuse(gd_status status, const char *path, const char *what, const char *name,
                        const char *why)
{
    char shown[GD__SHOWN];
    return gd__fail(status, "%s: %s %s: %s", path, what, gd__shown(shown, name), why);
}

static gd_status check_tensor(const char *path, const gd_named_tensor *t)
{
    const gd_tensor *x = t->tensor;
    if (t->name == NULL)
        return gd__fail(GD_ERROR_ARGUMENT, "%s: a name is NULL", path);
    if (x == NULL || x->ndim < 0 || !gd_tensor_is_contiguous(x))
        return refuse(GD_ERROR_ARGUMENT, path, "entry", t->name, "a contiguous tensor is needed");
    if (!gd__is_utf8(t->name))
        return refuse(GD_ERROR_VALUE, path, "entry", t->name, "the name is not UTF-8");
    if (x->dtype == GD_BOOL && gd__find_not_bool(x->data, bytes_of(x)) < bytes_of(x))
        return refuse(GD_ERROR_VALUE, path, "entry", t->name, "a bool is neither 0 nor 1");
    return GD_OK;
}

static gd_status check_text(const char *path, const gd_metadata *m)
{
    if (m->key == NULL || m->value == NULL)
        return gd__fail(GD_ERROR_ARGUMENT, "%s: a key of the metadata, or its text, is NULL", path);
    return gd__is_utf8(m->key) && gd__is_utf8(m->value)
               ? GD_OK
               : refuse(GD_ERROR_VALUE, path, "metadata", m->key, "it is not UTF-8");
}

/* No name comes twice among n, nor is one of them `taken`, for which there is room behind them. */
static gd_status check_names(const char *path, const char *what, const char **names, int n,
                             const char *taken)
{
    names[n] = taken;
    gd__named_list list = {.items = names, .size = sizeof *names, .count = n + 1};
    const char *twice = gd__sort_by_name(&list);
    return twice == NULL ? GD_OK
                         : refuse(GD_ERROR_VALUE, path, what, twice,
                                  strcmp(twice, taken) == 0 ? "that is the format's own name"
                                                            : "the name comes twice");
}

static gd_status check(const char *path, int n, const gd_named_tensor *tensors, int m,
                       const gd_metadata *metadata)
{
    if (path == NULL || n < 0 || m < 0 || (n > 0 && tensors == NULL) || (m > 0 && metadata == NULL))
        return gd__fail(GD_ERROR_ARGUMENT, "safetensors_save: the path or a list is NULL");
    gd_status status = GD_OK;
    for (int i = 0; i < n && status == GD_OK; ++i)
        status = check_tensor(path, &tensors[i]);
    for (int i = 0; i < m && status == GD_OK; ++i)
        status = check_text(path, &metadata[i]);
    if (status != GD_OK)
        return status;
    size_t size = ((size_t)(n > m ? n : m) + 1) * sizeof(const char *);
    const char **names = gd__allocate(size);
    if (names == NULL)
        return gd__fail(GD_ERROR_MEMORY, "%s: no memory for the header", path);
    for (int i = 0; i < n; ++i)
        names[i] = tensors[i].name;
    status = check_names(path, "entry", names, n, "__metadata__");
    for (int i = 0; i < m; ++i)
        names[i] = metadata[i].key;
    if (status == GD_OK)
        status = check_names(path, "metadata", names, m, version_key);
    gd__free(names, size);
    return status;
}

/* ---- the header ---- */

/* A text that is written as far as there is room, and counted beyond. */
typedef struct text {
    char *to;
    size_t size, at;
} text;

__attribute__((format(printf, 2, 3))) static void print(text *t, const char *format, ...)
{
    bool fits = t->at < t->size;
    va_list arguments;
    va_start(arguments, format);
    t->at += (size_t)vsnprintf(fits ? t->to + t->at : NULL, fits ? t->size - t->at : 0, format,
                               arguments);
    va_end(arguments);
}

static void quote(text *t, const char *string)
{
    bool fits = t->at < t->size;
    t->at += gd__json_quote(fits ? t->to + t->at : NULL, fits ? t->size - t->at : 0, string);
}

static void print_metadata(text *t, int m, const gd_metadata *metadata)
{
    print(t, "{\"__metadata__\":{\"%s\":\"%s\"", version_key, gd_version());
    for (int i = 0; i < m; ++i) {
        print(t, ",");
        quote(t, metadata[i].key);
        print(t, ":");
        quote(t, metadata[i].value);
    }
    print(t, "}");
}

static void print_entry(text *t, const gd_named_tensor *named, uint64_t begin)
{
    const gd_tensor *x = named->tensor;
    print(t, ",");
    quote(t, named->name);
    print(t, ":{\"dtype\":\"%s\",\"shape\":[", gd__safetensors_dtype(x->dtype));
    for (int i = 0; i < x->ndim; ++i)
        print(t, "%s%" PRId64, i > 0 ? "," : "", x->shape[i]);
    print(t, "],\"data_offsets\":[%" PRIu64 ",%" PRIu64 "]}", begin, begin + bytes_of(x));
}

/* The tensors in the order of writing: those of larger elements first, so that each lies at a multiple of its
 * element's size, and otherwise as given. The next one behind *i, whose elements have *size bytes; false: none. */
static bool next(int n, const gd_named_tensor *tensors, int *i, size_t *size)
{
    for (; *size > 0; *size /= 2, *i = -1)
        while (++*i < n)
            if (gd_dtype_size(tensors[*i].tensor->dtype) == *size)
                return true;
    return false;
}

/* Its length, which is a multiple of 8: blanks follow. */
static size_t print_header(text *t, int n, const gd_named_tensor *tensors, int m,
                           const gd_metadata *metadata)
{
    uint64_t begin = 0;
    size_t size = sizeof(double);
    print_metadata(t, m, metadata);
    for (int i = -1; next(n, tensors, &i, &size);) {
        print_entry(t, &tensors[i], begin);
        begin += bytes_of(tensors[i].tensor);
    }
    print(t, "}");
    print(t, "%*s", (int)(-t->at % 8), "");
    return t->at;
}

/* ---- the file ---- */

static gd_status write_file(const char *path, const char *header, size_t length, int n,
                            const gd_named_tensor *tensors)
{
    gd__file_writer file;
    gd_status status = gd__file_create(&file, path);
    if (status != GD_OK)
        return status;
    uint8_t bytes[GD__HEADER_SIZE];
    size_t size = sizeof(double);
    for (int i = 0; i < GD__HEADER_SIZE; ++i)
        bytes[i] = (uint8_t)((uint64_t)length >> 8 * i);
    gd__file_write(&file, bytes, sizeof bytes);
    gd__file_write(&file, header, length);
    for (int i = -1; next(n, tensors, &i, &size);)
        gd__file_write(&file, tensors[i].tensor->data, bytes_of(tensors[i].tensor));
    return gd__file_commit(&file);
}

gd_status gd_safetensors_save(const char *path, int n, const gd_named_tensor *tensors, int m,
                              const gd_metadata *metadata)
{
    if (!gd__safetensors_can("safetensors_save"))
        return GD_ERROR_STATE;
    gd_status status = check(path, n, tensors, m, metadata);
    if (status != GD_OK)
        return status;
    size_t length = print_header(&(text){.to = NULL}, n, tensors, m, metadata);
    if (length > GD__MOST_HEADER)
        return gd__fail(GD_ERROR_VALUE,
                        "%s: names and metadata make a header of %zu bytes; %d are possible", path,
                        length, GD__MOST_HEADER);
    text header = {.to = gd__allocate(length + 1), .size = length + 1};
    if (header.to == NULL)
        return gd__fail(GD_ERROR_MEMORY, "%s: no memory for the header", path);
    print_header(&header, n, tensors, m, metadata);
    status = write_file(path, header.to, length, n, tensors);
    gd__free(header.to, header.size);
    return status;
}
