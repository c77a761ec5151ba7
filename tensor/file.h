/* Files that are read with their size known, and files that are replaced in one step. */
#ifndef GRADUS_TENSOR_FILE_H
#define GRADUS_TENSOR_FILE_H

#include "tensor/internal.h"

/* Writes "path: what strerror says of this errno"; GD_ERROR_IO. */
gd_status gd__file_fail(const char *path, int error);

/* ---- reading ---- */

typedef struct gd__file_reader {
    const char *path;
    int fd;
    int64_t size, at; /* bytes: of the file, read so far */
    /* What gives the next bytes instead of fd, if not NULL: as many as there are; false with a
     * message. */
    bool (*next)(void *context, void *to, size_t size);
    void *context;
} gd__file_reader;

/* Opens a regular file; anything else is refused. False with a message: GD_ERROR_IO's. `path` must
 * live as long as the reader. */
bool gd__file_open(gd__file_reader *file, const char *path);

/* The next `size` bytes. False with a message: GD_ERROR_FORMAT's where the file has fewer, which
 * calls them "bytes of `what`"; GD_ERROR_IO's. */
bool gd__file_read(gd__file_reader *file, void *to, size_t size, const char *what);

void gd__file_close(gd__file_reader *file);

/* The whole number that lies in `size` bytes. */
static inline uint64_t gd__load_whole(const uint8_t *bytes, size_t size, bool big_endian)
{
    uint64_t number = 0;
    for (size_t i = 0; i < size; ++i)
        number |= (uint64_t)bytes[big_endian ? size - 1 - i : i] << 8 * i;
    return number;
}

/* ---- replacing ---- */

/* What is written goes to a temporary file in the same folder, which takes the path's place only
 * when all of it is on the disk: whoever opens the path sees the old file or the new one, whole. A
 * symbolic link stays: what it leads to is replaced, or made. The new file has no permission that
 * the old one lacks.
 *
 *     gd__file_writer file;
 *     if (gd__file_create(&file, path) != GD_OK)
 *         return ...;
 *     gd__file_write(&file, data, size);    // as often as needed, unchecked
 *     return gd__file_commit(&file); */
typedef struct gd__file_writer {
    const char *path;
    char target[GD_LONGEST_PATH]; /* the file that is replaced */
    char *temporary;              /* its name */
    size_t temporary_size;
    int fd, error; /* error: the first errno; 0: none */
} gd__file_writer;

/* Begins. GD_ERROR_IO, also where the path is something other than a regular file;
 * GD_ERROR_MEMORY. `path` must live as long as the writer. */
gd_status gd__file_create(gd__file_writer *file, const char *path);

/* A failure is kept for gd__file_commit; later writes do nothing. */
void gd__file_write(gd__file_writer *file, const void *from, size_t size);

/* Ends: the path becomes what was written, or with GD_ERROR_IO stays as it was. The temporary file
 * is gone either way. */
gd_status gd__file_commit(gd__file_writer *file);

#endif
