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
    return status;
}

/* ---- the header ---- */

/* Adds a value to `json`, which no member of that name may hold yet; `own` is the format's. */
static gd_status add(gd__json *json, const char *path, const char *what, const char *name,
                     gd__json *value, const char *own)
{
    bool twice = gd__json_get(json, name) != NULL;
    gd__json_set(json, name, value);
    return !twice ? GD_OK
                  : refuse(GD_ERROR_VALUE, path, what, name,
                           strcmp(name, own) == 0 ? "that is the format's own name"
                                                  : "the name comes twice");
}

static gd__json *describe_tensor(const gd_tensor *x, int64_t begin)
{
    gd__json *json = gd__json_object(), *shape = gd__json_array(), *place = gd__json_array();
    for (int i = 0; i < x->ndim; ++i)
        gd__json_append(shape, gd__json_integer(x->shape[i]));
    gd__json_append(place, gd__json_integer(begin));
    gd__json_append(place, gd__json_integer(begin + (int64_t)bytes_of(x)));
    gd__json_set(json, "dtype", gd__json_string(gd__safetensors_dtype(x->dtype)));
    gd__json_set(json, "shape", shape);
    gd__json_set(json, "data_offsets", place);
    return json;
}

/* The tensors in the order of writing: those of larger elements first, so that each lies at a
 * multiple of its element's size, and otherwise as given. The next one behind *i, whose elements
 * have *size bytes; false: none. */
static bool next(int n, const gd_named_tensor *tensors, int *i, size_t *size)
{
    for (; *size > 0; *size /= 2, *i = -1)
        while (++*i < n)
            if (gd_dtype_size(tensors[*i].tensor->dtype) == *size)
                return true;
    return false;
}

/* Its text into *text, NULL where that fails. */
static gd_status make_header(const char *path, int n, const gd_named_tensor *tensors, int m,
                             const gd_metadata *metadata, char **text)
{
    static const char metadata_key[] = "__metadata__";
    gd_status status = GD_OK;
    gd__json *json = gd__json_object(), *texts = gd__json_object();
    gd__json_set(texts, version_key, gd__json_string(gd_version()));
    for (int i = 0; status == GD_OK && i < m; ++i)
        status = add(texts, path, "metadata", metadata[i].key, gd__json_string(metadata[i].value),
                     version_key);
    gd__json_set(json, metadata_key, texts);
    int64_t begin = 0;
    size_t size = sizeof(double);
    for (int i = -1; status == GD_OK && next(n, tensors, &i, &size);) {
        const gd_tensor *x = tensors[i].tensor;
        status = add(json, path, "entry", tensors[i].name, describe_tensor(x, begin), metadata_key);
        begin += (int64_t)bytes_of(x);
    }
    *text = status == GD_OK ? gd__json_text(json, false) : NULL;
    gd__json_destroy(json);
    if (status != GD_OK)
        return status;
    if (*text == NULL)
        return gd__fail(GD_ERROR_MEMORY, "%s: no memory for the header", path);
    size_t length = strlen(*text);
    return length <= GD__MOST_HEADER
               ? GD_OK
               : gd__fail(GD_ERROR_VALUE,
                          "%s: names and metadata make a header of %zu bytes; %d are possible",
                          path, length, GD__MOST_HEADER);
}

/* ---- the file ---- */

/* Blanks behind the header make its length a multiple of 8. */
static gd_status write_file(const char *path, const char *header, int n,
                            const gd_named_tensor *tensors)
{
    size_t length = strlen(header), blanks = -length % 8, size = sizeof(double);
    gd__file_writer file;
    gd_status status = gd__file_create(&file, path);
    if (status != GD_OK)
        return status;
    uint8_t bytes[GD__HEADER_SIZE];
    for (int i = 0; i < GD__HEADER_SIZE; ++i)
        bytes[i] = (uint8_t)((uint64_t)(length + blanks) >> 8 * i);
    gd__file_write(&file, bytes, sizeof bytes);
    gd__file_write(&file, header, length);
    gd__file_write(&file, "       ", blanks);
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
    char *header;
    status = make_header(path, n, tensors, m, metadata, &header);
    if (status == GD_OK)
        status = write_file(path, header, n, tensors);
    gd__json_text_destroy(header);
    return status;
}
