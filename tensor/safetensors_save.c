/* Writing .safetensors files. */
#include "tensor/safetensors.h"
#include "tensor/text.h"

#include <inttypes.h>
#include <string.h>

/* The format's own names; under the second the metadata says which version has written the file.
 * */
static const char metadata_key[] = "__metadata__", version_key[] = "gradus";

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
    return gd_fail(status, "%s: %s %s: %s", path, what, gd__shown(shown, name), why);
}

static gd_status check_tensor(const char *path, const gd_named_tensor *t)
{
    const gd_tensor *x = t->tensor;
    if (t->name == NULL)
        return gd_fail(GD_ERROR_ARGUMENT, "%s: a name is NULL", path);
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
        return gd_fail(GD_ERROR_ARGUMENT, "%s: a key of the metadata, or its text, is NULL", path);
    return gd__is_utf8(m->key) && gd__is_utf8(m->value)
               ? GD_OK
               : refuse(GD_ERROR_VALUE, path, "metadata", m->key, "it is not UTF-8");
}

/* No name comes twice among `own`, the format's, and those of a list, whose n items of `size`
 * bytes begin with them. */
static gd_status check_names(const char *path, const char *what, const void *items, int n,
                             size_t size, const char *own)
{
    size_t bytes = (size_t)n * size;
    gd__named_list all = {gd_allocate(bytes + size), size, n + 1, n + 1};
    if (all.items == NULL)
        return gd_fail(GD_ERROR_MEMORY, "%s: no memory for the header", path);
    if (n > 0)
        memcpy(all.items, items, bytes);
    memcpy((char *)all.items + bytes, &own, sizeof own);
    const char *twice = gd__sort_by_name(&all);
    gd_free(all.items, bytes + size);
    return twice == NULL ? GD_OK
                         : refuse(GD_ERROR_VALUE, path, what, twice,
                                  strcmp(twice, own) == 0 ? "that is the format's own name"
                                                          : "the name comes twice");
}

static gd_status check(const char *path, int n, const gd_named_tensor *tensors, int m,
                       const gd_metadata *metadata)
{
    if (path == NULL || n < 0 || m < 0 || (n > 0 && tensors == NULL) || (m > 0 && metadata == NULL))
        return gd_fail(GD_ERROR_ARGUMENT, "safetensors_save: the path or a list is NULL");
    gd_status status = GD_OK;
    for (int i = 0; i < n && status == GD_OK; ++i)
        status = check_tensor(path, &tensors[i]);
    for (int i = 0; i < m && status == GD_OK; ++i)
        status = check_text(path, &metadata[i]);
    if (status == GD_OK)
        status = check_names(path, "metadata", metadata, m, sizeof *metadata, version_key);
    if (status == GD_OK)
        status = check_names(path, "entry", tensors, n, sizeof *tensors, metadata_key);
    return status;
}

/* ---- the header ---- */

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

static void put(gd__text *t, const char *before, const char *string, const char *behind)
{
    gd__text_put(t, before, strlen(before));
    gd__text_put_string(t, string);
    gd__text_put(t, behind, strlen(behind));
}

/* : {"dtype": "F32", "shape": [2,3], "data_offsets": [0,24]}, without blanks */
static void put_tensor(gd__text *t, const gd_tensor *x, int64_t begin)
{
    char text[GD__SHAPE_TEXT + 120], shape[GD__SHAPE_TEXT];
    int length =
        snprintf(text, sizeof text,
                 ":{\"dtype\":\"%s\",\"shape\":%s,\"data_offsets\":[%" PRId64 ",%" PRId64 "]}",
                 gd__safetensors_dtype(x->dtype), gd__shape_text(shape, x->ndim, x->shape), begin,
                 begin + (int64_t)bytes_of(x));
    gd__text_put(t, text, (size_t)length);
}

static void put_header(gd__text *t, int n, const gd_named_tensor *tensors, int m,
                       const gd_metadata *metadata)
{
    int64_t begin = 0;
    size_t size = sizeof(double);
    put(t, "{", metadata_key, ":{");
    put(t, "", version_key, ":");
    put(t, "", gd_version(), "");
    for (int i = 0; i < m; ++i) {
        put(t, ",", metadata[i].key, ":");
        put(t, "", metadata[i].value, "");
    }
    gd__text_put(t, "}", 1);
    for (int i = -1; next(n, tensors, &i, &size);) {
        put(t, ",", tensors[i].name, "");
        put_tensor(t, tensors[i].tensor, begin);
        begin += (int64_t)bytes_of(tensors[i].tensor);
    }
    gd__text_put(t, "}", 1);
}

/* ---- the file ---- */

/* Blanks behind the header, of this length, make it a multiple of 8. */
static gd_status write_file(const char *path, const gd__text *header, int n,
                            const gd_named_tensor *tensors)
{
    size_t length = header->at, blanks = -length % 8, size = sizeof(double);
    gd__file_writer file;
    gd_status status = gd__file_create(&file, path);
    if (status != GD_OK)
        return status;
    uint8_t bytes[GD__HEADER_SIZE];
    for (int i = 0; i < GD__HEADER_SIZE; ++i)
        bytes[i] = (uint8_t)((uint64_t)(length + blanks) >> 8 * i);
    gd__file_write(&file, bytes, sizeof bytes);
    gd__file_write(&file, header->to, length);
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
    gd__text counted = {.to = NULL};
    put_header(&counted, n, tensors, m, metadata);
    if (counted.at > GD__MOST_HEADER)
        return gd_fail(GD_ERROR_VALUE,
                       "%s: names and metadata make a header of %zu bytes; %d are possible", path,
                       counted.at, GD__MOST_HEADER);
    gd__text header = {.to = gd_allocate(counted.at + 1), .size = counted.at + 1};
    if (header.to == NULL)
        return gd_fail(GD_ERROR_MEMORY, "%s: no memory for the header", path);
    put_header(&header, n, tensors, m, metadata);
    status = write_file(path, &header, n, tensors);
    gd_free(header.to, header.size);
    return status;
}
