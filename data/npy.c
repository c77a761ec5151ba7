/* A .npy file as a table. */
#include "tensor/npy.h"
#include "data/formats.h"
#include "data/matrix.h"

static bool read_npy(gd__source *source, gd_table *table)
{
    gd__file_reader file;
    return gd__source_whole(source, &file) &&
           gd__matrix_add(table, gd__npy_read(&file), "", NULL, false) && gd__matrix_finish(table);
}

static bool is_npy(const gd__source *source)
{
    static const char magic[] = "\x93NUMPY";
    return source->end >= sizeof magic - 1 && memcmp(source->text, magic, sizeof magic - 1) == 0;
}

const gd__format gd__format_npy = {"npy", ".npy", "", is_npy, read_npy, gd__write_npy};
