/* Files of NumPy's, made byte by byte. */
#ifndef GRADUS_TESTS_ARRAYS_H
#define GRADUS_TESTS_ARRAYS_H

#include <stddef.h>

/* A .npy file as NumPy's save writes it, with this dict; its size. */
size_t make_npy(char *to, const char *header, const void *elements, size_t size);

typedef struct npy_array {
    const char *name, *bytes;
    size_t size;
} npy_array;

/* The file becomes an archive of these members. method: libzip's ZIP_CM_STORE, .. */
void write_npz(const char *path, const npy_array *arrays, int count, int method);

#endif
