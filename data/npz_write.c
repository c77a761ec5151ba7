/* Writing .npz files: X and y, stored, with one date, so that equal tables give equal bytes. */
#include "data/formats.h"
#include "data/matrix_write.h"
#include "tensor/npy.h"

#include <zip.h>

enum { DATE = 0x21 /* 1980-01-01, the first that a zip archive can have */ };

/* A .npy file in memory. */
typedef struct array {
    char *bytes;
    size_t size;
} array;

/* The part of the table; as [N] if it is one target. */
static gd_status make_array(const gd__writing *w, gd__part part, array *a)
{
    gd__matrix m;
    if (!gd__matrix_create(&m, w, part))
        return GD_ERROR_VALUE;
    size_t columns = (size_t)m.shape.shape[1], row_size = columns * gd_dtype_size(m.shape.dtype);
    a->size = GD__NPY_HEADER + (size_t)w->count * row_size;
    a->bytes = gd__allocate(a->size);
    if (a->bytes == NULL)
        return gd__no_memory_to_write(w);
    m.shape.ndim = part == GD__TARGETS && columns == 1 ? 1 : 2;
    gd__npy_write_header(a->bytes, &m.shape, false);
    for (int64_t i = 0; i < w->count; ++i)
        gd__matrix_row(&m, gd__written_row(w, i), a->bytes + GD__NPY_HEADER + (size_t)i * row_size);
    return GD_OK;
}

static bool add_array(zip_t *zip, const char *name, const array *a)
{
    zip_source_t *bytes = zip_source_buffer(zip, a->bytes, a->size, 0);
    zip_int64_t index = bytes != NULL ? zip_file_add(zip, name, bytes, 0) : -1;
    if (index < 0)
        zip_source_free(bytes);
    return index >= 0 && zip_set_file_compression(zip, (zip_uint64_t)index, ZIP_CM_STORE, 0) == 0 &&
           zip_file_set_dostime(zip, (zip_uint64_t)index, 0, DATE, 0) == 0;
}

/* What the archive has become goes to the file. */
static bool copy_archive(zip_source_t *archive, FILE *file)
{
    char block[1 << 14];
    zip_int64_t n;
    if (zip_source_open(archive) != 0)
        return false;
    while ((n = zip_source_read(archive, block, sizeof block)) > 0 && !ferror(file))
        fwrite(block, 1, (size_t)n, file);
    zip_source_close(archive);
    return n == 0 || ferror(file);
}

static gd_status write_archive(const gd__writing *w, const array *x, const array *y)
{
    zip_error_t error;
    zip_error_init(&error);
    zip_source_t *archive = zip_source_buffer_create(NULL, 0, 0, &error);
    zip_t *zip = archive != NULL ? zip_open_from_source(archive, ZIP_TRUNCATE, &error) : NULL;
    bool written = false;
    if (zip != NULL) {
        zip_source_keep(archive); /* beyond zip_close */
        written = add_array(zip, "X.npy", x) && (y->bytes == NULL || add_array(zip, "y.npy", y));
        if (!written || zip_close(zip) != 0) {
            zip_discard(zip);
            written = false;
        }
    }
    written = written && copy_archive(archive, w->file);
    zip_source_free(archive);
    zip_error_fini(&error);
    return written ? GD_OK : gd__no_memory_to_write(w);
}

gd_status gd__write_npz(const gd__writing *w)
{
    array x = {NULL, 0}, y = {NULL, 0};
    bool alone = w->targets == w->table->columns;
    gd_status status = make_array(w, alone ? GD__ALL : GD__FEATURES, &x);
    if (status == GD_OK && !alone)
        status = make_array(w, GD__TARGETS, &y);
    if (status == GD_OK)
        status = write_archive(w, &x, &y);
    gd__free(x.bytes, x.size);
    gd__free(y.bytes, y.size);
    return status;
}
