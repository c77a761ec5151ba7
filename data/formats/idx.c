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

/* The number of `size` bytes, most significant first. */
static uint64_t big_endian(const unsigned char *bytes, size_t size)
{
    uint64_t number = 0;
    for (size_t i = 0; i < size; ++i)
        number = number << 8 | bytes[i];
    return number;
}

static bool read_header(gd__source *s, const element **type, int *ndim, int64_t *shape)
{
    unsigned char head[4 + 4 * GD_MAX_DIMS];
    size_t got;
    if (!gd__source_read(s, head, 4, &got))
        return false;
    if (got < 4 || head[0] != 0 || head[1] != 0)
        return gd__fail_false(
            GD_ERROR_FORMAT,
            "%s: byte 0: two zero bytes, a type and a number of sizes are expected: not an "
            "IDX file",
            s->name);
    *type = NULL;
    for (size_t i = 0; i < sizeof elements / sizeof *elements; ++i)
        if (elements[i].code == head[2])
            *type = &elements[i];
    *ndim = head[3];
    if (*type == NULL)
        gd__fail(GD_ERROR_FORMAT,
                 "%s: byte 2: a type among 0x08, 0x09, 0x0b to 0x0e is expected, found 0x%02x",
                 s->name, (unsigned)head[2]);
    else if (*ndim < 1 || *ndim > GD_MAX_DIMS)
        gd__fail(GD_ERROR_FORMAT, "%s: byte 3: 1 to %d sizes are expected, found %d", s->name,
                 GD_MAX_DIMS, *ndim);
    if (*type == NULL || *ndim < 1 || *ndim > GD_MAX_DIMS ||
        !gd__source_read(s, head + 4, 4 * (size_t)*ndim, &got))
        return false;
    if (got < 4 * (size_t)*ndim)
        gd__fail(GD_ERROR_FORMAT, "%s: byte 4: %d sizes of 4 bytes are expected, found %zu bytes",
                 s->name, *ndim, got);
    for (int i = 0; i < *ndim; ++i)
        shape[i] = (int64_t)big_endian(head + 4 + 4 * i, 4);
    return got == 4 * (size_t)*ndim;
}

/* Element by element from the file's bytes to x's. */
static void convert(gd_tensor *x, const unsigned char *from, size_t size)
{
    int64_t numel = gd_tensor_numel(x);
    unsigned empty = 64 - 8 * (unsigned)size;
    for (int64_t i = 0; i < numel; ++i) {
        uint64_t bits = big_endian(from + (size_t)i * size, size);
        uint32_t half = (uint32_t)bits;
        if (x->dtype == GD_F32)
            memcpy((float *)x->data + i, &half, sizeof half);
        else if (x->dtype == GD_F64)
            memcpy((double *)x->data + i, &bits, sizeof bits);
        else /* the sign's bit is moved to the top and back */
            ((int64_t *)x->data)[i] = (int64_t)(bits << empty) >> empty;
    }
}

/* The file's elements, as many bytes as its header says. Memory grows with what is there: a
 * header may lie. */
static unsigned char *read_elements(gd__source *s, size_t bytes, size_t *size, size_t *got)
{
    enum { FIRST = 1 << 20 };
    unsigned char *memory = NULL;
    *size = 0;
    for (*got = 0; *got == *size;) {
        size_t larger = *size == 0 ? FIRST : 2 * *size, more;
        larger = larger > bytes ? bytes + 1 : larger; /* 1: to see that there are no more */
        unsigned char *grown = gd__allocate(larger);
        if (grown == NULL)
            gd__fail(GD_ERROR_MEMORY, "%s: no memory for the elements", s->name);
        else if (memory != NULL)
            memcpy(grown, memory, *got);
        gd__free(memory, *size);
        memory = grown;
        *size = larger;
        if (memory == NULL || !gd__source_read(s, memory + *got, larger - *got, &more)) {
            gd__free(memory, *size);
            return NULL;
        }
        *got += more;
        if (*got > bytes)
            break;
    }
    return memory;
}

static gd_tensor *read_tensor(gd__source *s)
{
    const element *type = NULL;
    int ndim = 0;
    int64_t shape[GD_MAX_DIMS];
    size_t bytes, size, got;
    if (!read_header(s, &type, &ndim, shape) ||
        !gd__shape_is_valid(s->name, type->dtype, ndim, shape, &bytes))
        return NULL;
    bytes = bytes / gd_dtype_size(type->dtype) * type->size;
    unsigned char *from = read_elements(s, bytes, &size, &got);
    if (from == NULL)
        return NULL;
    char text[GD__SHAPE_TEXT];
    gd_tensor *x = NULL;
    if (got != bytes)
        gd__fail(GD_ERROR_FORMAT,
                 "%s: byte %d: %zu bytes are expected for %s elements of %zu, found %s%zu", s->name,
                 4 + 4 * ndim, bytes, gd__shape_text(text, ndim, shape), type->size,
                 got > bytes ? "at least " : "", got);
    else
        x = gd_tensor_create(type->dtype, ndim, shape);
    if (x != NULL && x->dtype == GD_U8)
        memcpy(x->data, from, bytes);
    else if (x != NULL)
        convert(x, from, type->size);
    gd__free(from, size);
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

/* Makes the name of MNIST's images that of their labels: where the file of both lies. False: it
 * is no such name. */
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

/* The labels that lie beside images, compressed or not, if they do. */
static bool add_labels(gd_table *t)
{
    enum { GZ = 3 };
    size_t length = strlen(t->path), size = length + GZ + 1;
    char *path = gd__allocate(size);
    if (path == NULL)
        return gd__table_fail_memory(t);
    memcpy(path, t->path, length + 1);
    bool found = name_labels(path) && access(path, F_OK) == 0;
    if (!found && name_labels(memcpy(path, t->path, length + 1))) {
        bool compressed = length > GZ && strcmp(path + length - GZ, ".gz") == 0;
        memcpy(compressed ? path + length - GZ : path + length, compressed ? "" : ".gz",
               compressed ? 1 : GZ + 1);
        found = access(path, F_OK) == 0;
    }
    bool fine = !found || gd__matrix_add(t, gd_idx_read(path), "label", "label", true);
    gd__free(path, size);
    return fine;
}

static bool read_idx(gd__source *source, gd_table *table)
{
    return gd__matrix_add(table, read_tensor(source), "", NULL, false) && add_labels(table) &&
           gd__matrix_finish(table);
}

static bool is_idx(const gd__source *source)
{
    const char *head = source->text;
    return source->end >= 4 && head[0] == 0 && head[1] == 0 && head[2] >= 0x08 && head[2] <= 0x0e &&
           head[3] >= 1 && head[3] <= GD_MAX_DIMS;
}

const gd__format gd__format_idx = {"idx", ".idx -ubyte", "", is_idx, read_idx, NULL};
