/* What the header of a .npy file says. */
#ifndef GRADUS_TENSOR_NPY_HEADER_H
#define GRADUS_TENSOR_NPY_HEADER_H

#include "tensor/npy.h"
#include "tensor/scan.h"

enum { GD__NPY_LONGEST = 10000 }; /* bytes of a header: NumPy's own limit */

typedef struct gd__npy_header {
    gd__scanner scan; /* of the text, which has no 0 but the one behind it */
    char text[GD__NPY_LONGEST + 1];
    bool takes_text;
    unsigned keys;  /* bit k: key k has been read */
    int major;      /* of the format's version */
    char kind;      /* of an element: b, i, u, f; of texts U (UTF-32) or S (bytes) */
    size_t size;    /* of an element in the file, bytes */
    gd_dtype dtype; /* the tensor's, which may be wider; of texts uint8 */
    bool fortran, big_endian, swapped; /* swapped: the byte order is not the host's */
    int ndim;
    int64_t shape[GD_MAX_DIMS];
} gd__npy_header;

/* Reads it up to the elements. False, with a message, where it is none, or of a dtype that is not
 * read; whether the shape makes sense is not looked at. text: whether texts are read, too. */
bool gd__npy_read_header(gd__file_reader *file, gd__npy_header *header, bool text);

#endif
