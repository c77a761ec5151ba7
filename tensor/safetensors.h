/* A .safetensors file in memory: what reading its header, reading its elements and writing
 * share. */
#ifndef GRADUS_TENSOR_SAFETENSORS_H
#define GRADUS_TENSOR_SAFETENSORS_H

#include "tensor/file.h"

enum {
    GD__MOST_HEADER = 100000000, /* bytes: the format's own limit */
    GD__HEADER_SIZE = 8          /* bytes of its size, before it */
};

/* The files are little-endian; only .npy files are turned round on another processor. False and a
 * message. */
static inline bool gd__safetensors_can(const char *function)
{
    bool can = __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__;
    if (!can)
        gd_fail(GD_ERROR_STATE, "%s: this processor is not little-endian", function);
    return can;
}

/* What a header calls a dtype; NULL: it is none of ours. */
static inline const char *gd__safetensors_dtype(gd_dtype dtype)
{
    static const char *const names[] = {
        [GD_F32] = "F32", [GD_F64] = "F64", [GD_I64] = "I64", [GD_BOOL] = "BOOL", [GD_U8] = "U8"};
    return (size_t)dtype < sizeof names / sizeof *names ? names[dtype] : NULL;
}

typedef struct gd__safetensors_entry {
    const char *name; /* in the header's text */
    gd_tensor *tensor;
    gd_dtype dtype;
    int ndim;
    int64_t shape[GD_MAX_DIMS];
    int64_t begin, end; /* bytes, from the end of the header */
} gd__safetensors_entry;

/* A list that grows, of entries or of gd_metadata: of what begins with its name. */
typedef struct gd__named_list {
    void *items; /* [room], count of them used */
    size_t size; /* of an item */
    int count, room;
} gd__named_list;

struct gd_safetensors {
    char *header; /* all names and texts are in it */
    size_t header_size;
    gd__named_list entries, metadata; /* in the end in order of their names */
    char path[];
};

/* Puts a list in order of its names, for bsearch with gd__compare_names; the first name that comes
 * twice, or NULL. */
const char *gd__sort_by_name(gd__named_list *list);
int gd__compare_names(const void *a, const void *b);

/* Reads the header from the beginning of the file: `header`, `metadata` and `entries`, in order of
 * their names, without their tensors. False and a message. */
bool gd__safetensors_read_header(gd_safetensors *f, gd__file_reader *file);

/* False, with the message "path: entry "name": ..". */
bool gd__fail_entry(const char *path, const char *name, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

#endif
