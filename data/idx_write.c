/* Writing IDX. */
#include "data/formats.h"
#include "data/matrix_write.h"

static void put_big_endian(FILE *file, uint64_t bits, int size)
{
    while (size-- > 0)
        putc((int)(bits >> 8 * size & 0xff), file);
}

/* The bits of a row's element, the last ones of which are written. */
static uint64_t bits_of(gd_dtype dtype, const void *row, int64_t i)
{
    uint64_t bits = 0;
    uint32_t half = 0;
    if (gd_dtype_size(dtype) == 1)
        return ((const uint8_t *)row)[i];
    if (dtype == GD_F32)
        memcpy(&half, (const float *)row + i, sizeof half);
    else
        memcpy(&bits, (const uint64_t *)row + i, sizeof bits);
    return dtype == GD_F32 ? half : bits;
}

static bool check(const gd__writing *w, const gd__matrix *m)
{
    if (w->count > UINT32_MAX)
        return gd__cannot_write(w, "there are too many rows; idx counts them in 32 bits");
    for (int i = 0; m->shape.dtype == GD_I64 && i < w->table->columns; ++i)
        for (int64_t k = 0; k < w->count; ++k) {
            double number = gd_table_number(w->table, gd__written_row(w, k), i);
            if (number < INT32_MIN || number > INT32_MAX)
                return gd__cannot_write(
                    w, "column \"%.80s\" holds %.0f; whole numbers of idx have 32 bits",
                    gd_table_name(w->table, i), number);
        }
    return true;
}

gd_status gd__write_idx(const gd__writing *w)
{
    static const struct {
        int code, size;
    } elements[] = {[GD_F32] = {0x0d, 4},
                    [GD_F64] = {0x0e, 8},
                    [GD_I64] = {0x0c, 4},
                    [GD_BOOL] = {0x08, 1},
                    [GD_U8] = {0x08, 1}};
    gd__matrix m;
    if (!gd__matrix_create(&m, w, GD__ALL) || !check(w, &m))
        return GD_ERROR_VALUE;
    int64_t columns = m.shape.shape[1];
    size_t size = (size_t)columns * sizeof(double);
    void *row = gd__allocate(size);
    if (row == NULL)
        return gd__no_memory_to_write(w);
    put_big_endian(w->file, (uint64_t)elements[m.shape.dtype].code << 8 | 2, 4);
    put_big_endian(w->file, (uint64_t)w->count, 4);
    put_big_endian(w->file, (uint64_t)columns, 4);
    for (int64_t i = 0; i < w->count && !ferror(w->file); ++i) {
        gd__matrix_row(&m, gd__written_row(w, i), row);
        for (int64_t j = 0; j < columns; ++j)
            put_big_endian(w->file, bits_of(m.shape.dtype, row, j), elements[m.shape.dtype].size);
    }
    gd__free(row, size);
    return GD_OK;
}
