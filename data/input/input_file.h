/* The bytes of a file or of standard input, block by block, decompressed if they are gzip.
 * Functions that return false have written a message. */
#ifndef GRADUS_DATA_INPUT_FILE_H
#define GRADUS_DATA_INPUT_FILE_H

#include "tensor/file.h"

enum { GD__SOURCE_SLACK = 16 }; /* zero bytes after a block, so that scans need no bound */

typedef struct gd__source {
    const char *name; /* of the file, in messages */
    int fd;
    char *text; /* the bytes [at, end) are read but not used; zeros follow */
    size_t size, at, end;
    int64_t offset;        /* of text[0] in the decompressed file */
    int64_t file_size;     /* of a regular file, compressed or not; -1: unknown */
    bool ended;            /* text[end - 1] is the last byte */
    struct gd__gzip *gzip; /* NULL: not compressed */
} gd__source;

/* Opens a path, or standard input for "-", and reads the first block: enough to detect the format.
 * GD_ERROR_IO, GD_ERROR_FORMAT (compressed data), GD_ERROR_MEMORY. `path` must outlive the source,
 * which is to be closed even on failure. */
bool gd__source_open(gd__source *source, const char *path);

/* Drops the used bytes and reads until the block is full or the file ends. A block full of unused
 * bytes is doubled first. */
bool gd__source_more(gd__source *source);

/* A reader of all bytes that knows their number. It reads an uncompressed file from the disk, and
 * anything else from memory. Valid until the source is closed; no byte may have been used. */
bool gd__source_whole(gd__source *source, gd__file_reader *reader);

/* The number of bytes known so far: the size of the file, or what has been read. */
int64_t gd__source_size(const gd__source *source);

/* Checks that so many bytes may be made from so many compressed ones: a small file must not ask
 * for any amount of memory. `name` is for the message. */
bool gd__source_may_expand(const char *name, int64_t bytes, int64_t compressed);

void gd__source_close(gd__source *source);

#endif
