/* What the tests of .safetensors files share. */
#ifndef TESTS_TENSOR_SAFETENSORS_HELP_H
#define TESTS_TENSOR_SAFETENSORS_HELP_H

#include "folder.h"

#include <gradus/tensor.h>

#define FIXTURES GD_TESTS_DIR "/fixtures/safetensors/"
#define T        "t.safetensors"

/* A header's entry "a", in JSON. */
#define A(dtype, shape, offsets)                                                                   \
    "\"a\":{\"dtype\":\"" dtype "\",\"shape\":" shape ",\"data_offsets\":" offsets "}"

/* The test fails where it is refused. */
gd_safetensors *open_file(const char *path);

/* A file of this header and so many bytes 2; length -1: the header's own. Its size. */
size_t make_file(char *bytes, const char *header, long length, size_t elements);

enum { TEXTS = 5 };
extern const gd_metadata texts[TEXTS];

/* Saves what is in f as T, with `texts`. */
gd_status save_again(const gd_safetensors *f);

#endif
