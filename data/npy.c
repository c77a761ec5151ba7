/* A .npy file as a table. */
#include "tensor/npy.h"
#include "data/formats.h"
#include "data/matrix.h"

static bool read_npy(gd__source *source, gd_table *table)
{
    gd__file_reader file;
    gd__array all = {.prefix = ""};
    if (!gd__source_whole(source, &file))
        return false;
    all.x = gd__npy_read(&file, &all.text);
    return gd__matrix_add_arrays(table, &all, 1);
}

static bool is_npy(const gd__source *source)
{
    static const char magic[] = "\x93NUMPY";
    return source->end >= sizeof magic - 1 && memcmp(source->text, magic, sizeof magic - 1) == 0;
}

const gd__format gd__format_npy = {"npy", ".npy", GD__MISSING, is_npy, read_npy, gd__write_npy};
