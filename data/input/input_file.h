/* The bytes of a file or of standard input, decompressed where they are gzip's, a block at a
 * time. */
#ifndef GRADUS_DATA_INPUT_FILE_H
#define GRADUS_DATA_INPUT_FILE_H

#include "tensor/file.h"

enum { GD__SOURCE_SLACK = 16 }; /* zero bytes behind a block: a scan need not ask where it ends */

typedef struct gd__source {
    const char *name; /* of the file, in messages */
    int fd;
    char *text; /* what has been read and not yet been used is [at, end); zeros follow it */
    size_t size, at, end;
    int64_t offset;        /* of text[0] among all bytes */
    int64_t file_size;     /* of a regular file, compressed or not; -1: it is not known */
    bool ended;            /* nothing comes after text[end - 1] */
    struct gd__gzip *gzip; /* NULL: not compressed */
} gd__source;

/* Opens a path, or standard input for "-", and reads the first block: all of a short file, so that
 * its format can be told. False with a message: GD_ERROR_IO's, _FORMAT's (of compressed data),
 * _MEMORY's. `path` must live as long as the source. To be closed in either case. */
bool gd__source_open(gd__source *source, const char *path);

/* Moves what is unused to the block's front and reads on behind it until the block is full or the
 * file ends; a block that is full of unused bytes is doubled first. False with a message. */
bool gd__source_more(gd__source *source);

/* All bytes, from the first on, as a reader that knows how many they are: of the file itself,
 * where it is one, else of memory. It ends with the source. False with a message. */
bool gd__source_whole(gd__source *source, gd__file_reader *reader);

/* How many bytes the source is known to have: the file's size, or what has come so far. */
int64_t gd__source_size(const gd__source *source);

/* That so many bytes may be made of `compressed` ones: a small file must not ask for any memory.
 * False with a message, which calls them `name`. */
bool gd__source_may_expand(const char *name, int64_t bytes, int64_t compressed);

void gd__source_close(gd__source *source);

#endif
