/* IDX, the format of MNIST (LeCun, Cortes and Burges): two zero bytes, a type, the number of
 * dimensions, a 32-bit size for each, and the elements; all big-endian. */
#include "data/formats/formats.h"
#include "data/table/array_columns.h"

#include <inttypes.h>
#include <unistd.h>

typedef struct element {
    int code;
    size_t size;    /* bytes in the file */
    gd_dtype dtype; /* of the tensor */
} element;

static const element elements[] = {{0x08, 1, GD_U8},  {0x09, 1, GD_I64}, {0x0b, 2, GD_I64},
                                   {0x0c, 4, GD_I64}, {0x0d, 4, GD_F32}, {0x0e, 8, GD_F64}};

static bool fail_header(const gd__file_reader *file, const element *type, int ndim, int code)
{
    if (type == NULL)
        return gd__fail_false(
            GD_ERROR_FORMAT,
            "%s: byte 2: a type among 0x08, 0x09, 0x0b to 0x0e is expected, found 0x%02x",
            file->path, (unsigned)code);
    if (ndim < 1 || ndim > GD_MAX_DIMS)
        return gd__fail_false(GD_ERROR_FORMAT, "%s: byte 3: 1 to %d sizes are expected, found %d",
                              file->path, GD_MAX_DIMS, ndim);
    return gd__fail_false(GD_ERROR_FORMAT,
                          "%s: byte 4: %d sizes of 4 bytes are expected, found %" PRId64 " bytes",
                          file->path, ndim, file->size - 4);
}

static bool read_header(gd__file_reader *file, const element **type, int *ndim, int64_t *shape)
{
    unsigned char head[4] = {1}, sizes[4 * GD_MAX_DIMS];
    if (file->size >= 4 && !gd__file_read(file, head, 4, "header"))
        return false;
    if (head[0] != 0 || head[1] != 0)
        return gd__fail_false(
            GD_ERROR_FORMAT,
            "%s: byte 0: two zero bytes, a type and a number of sizes are expected: not an "
            "IDX file",
            file->path);
    *type = NULL;
    for (size_t i = 0; i < sizeof elements / sizeof *elements; ++i)
        if (elements[i].code == head[2])
            *type = &elements[i];
    *ndim = head[3];
    if (*type == NULL || *ndim < 1 || *ndim > GD_MAX_DIMS || file->size < 4 + 4 * *ndim)
        return fail_header(file, *type, *ndim, head[2]);
    if (!gd__file_read(file, sizes, 4 * (size_t)*ndim, "sizes"))
        return false;
    for (int i = 0; i < *ndim; ++i)
        shape[i] = (int64_t)gd__load_whole(sizes + 4 * i, 4, true);
    return true;
}

/* Converts the elements of the file, of `size` bytes, to those of x. `from` may be the end of x's
 * memory: no element is overwritten before it is read. */
static void convert(gd_tensor *x, const unsigned char *from, size_t size)
{
    int64_t numel = gd_tensor_numel(x);
    unsigned empty = 64 - 8 * (unsigned)size;
    for (int64_t i = 0; i < numel; ++i) {
        uint64_t bits = gd__load_whole(from + (size_t)i * size, size, true);
        uint32_t half = (uint32_t)bits;
        if (x->dtype == GD_F32)
            memcpy((float *)x->data + i, &half, sizeof half);
        else if (x->dtype == GD_F64)
            memcpy((double *)x->data + i, &bits, sizeof bits);
        else /* extends the sign */
            ((int64_t *)x->data)[i] = (int64_t)(bits << empty) >> empty;
    }
}

static gd_tensor *read_tensor(gd__source *s)
{
    gd__file_reader file;
    const element *type = NULL;
    int ndim = 0;
    int64_t shape[GD_MAX_DIMS];
    size_t size;
    char text[GD__SHAPE_TEXT];
    if (!gd__source_whole(s, &file) || !read_header(&file, &type, &ndim, shape) ||
        !gd__shape_is_valid(s->name, type->dtype, ndim, shape, &size))
        return NULL;
    size_t bytes = size / gd_dtype_size(type->dtype) * type->size;
    size_t found = (size_t)(file.size - file.at);
    if (found != bytes) {
        gd_fail(GD_ERROR_FORMAT,
                "%s: byte %" PRId64 ": %zu bytes are expected for %s elements of %zu, found %s%zu",
                s->name, file.at, bytes, gd__shape_text(text, ndim, shape), type->size,
                found > bytes ? "at least " : "", found > bytes ? bytes + 1 : found);
        return NULL;
    }
    gd_tensor *x = gd_tensor_create(type->dtype, ndim, shape);
    unsigned char *from = x != NULL ? (unsigned char *)x->data + (size - bytes) : NULL;
    if (x != NULL && !gd__file_read(&file, from, bytes, "elements")) {
        gd_tensor_destroy(x);
        return NULL;
    }
    if (x != NULL && type->dtype != GD_U8)
        convert(x, from, type->size);
    return x;
}

gd_tensor *gd_idx_read(const char *path)
{
    if (path == NULL)
        return gd__fail_null("idx_read: the path is NULL");
    gd__source source;
    gd_tensor *x = gd__source_open(&source, path) ? read_tensor(&source) : NULL;
    gd__source_close(&source);
    return x;
}

/* ---- as a table ---- */

/* Changes the path of MNIST's images to that of their labels. False: it is another path. */
static bool name_labels(char *path)
{
    static const char images[] = "images-idx3", labels[] = "labels-idx1";
    char *last = NULL;
    for (char *at = path; (at = strstr(at, images)) != NULL; ++at)
        last = at;
    if (last == NULL)
        return false;
    memcpy(last, labels, sizeof labels - 1);
    return true;
}

/* Reads the file of labels beside that of images, compressed or not. *found: whether there is one.
 * NULL with a message, if it cannot be read. */
static gd_tensor *read_labels(const gd_table *t, bool *found)
{
    static const char gz[] = ".gz";
    size_t length = strlen(t->path), size = length + sizeof gz;
    char *path = gd_allocate(size);
    *found = path == NULL;
    if (path == NULL) {
        gd__table_fail_memory(t);
        return NULL;
    }
    memcpy(path, t->path, length + 1);
    if (name_labels(path)) {
        *found = access(path, F_OK) == 0;
        size_t stem = length - (sizeof gz - 1);
        bool compressed = length >= sizeof gz && strcmp(path + stem, gz) == 0;
        if (!*found) {
            strcpy(path + (compressed ? stem : length), compressed ? "" : gz);
            *found = access(path, F_OK) == 0;
        }
    }
    gd_tensor *labels = *found ? gd_idx_read(path) : NULL;
    gd_free(path, size);
    return labels;
}

static bool read_idx(gd__source *source, gd_table *table)
{
    bool found = false;
    gd__array arrays[] = {{.x = read_tensor(source), .prefix = ""},
                          {.prefix = "label", .alone = "label", .target = true}};
    if (arrays[0].x != NULL)
        arrays[1].x = read_labels(table, &found);
    return gd__table_add_arrays(table, arrays, found ? 2 : 1);
}

static bool is_idx(const gd__source *source)
{
    const char *head = source->text;
    return source->end >= 4 && head[0] == 0 && head[1] == 0 && head[2] >= 0x08 && head[2] <= 0x0e &&
           head[3] >= 1 && head[3] <= GD_MAX_DIMS;
}

const gd__format gd__format_idx = {"idx", ".idx -ubyte", "", is_idx, read_idx, NULL};
