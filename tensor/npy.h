/* .npy files inside of others. */
#ifndef GRADUS_TENSOR_NPY_H
#define GRADUS_TENSOR_NPY_H

#include "tensor/file.h"

enum { GD__NPY_HEADER = 128 }; /* bytes before the elements in what is written */

/* What a file holds from its first byte to its last; as gd_tensor_load_npy. */
gd_tensor *gd__npy_read(gd__file_reader *file);

/* The header of x, of whose memory nothing is read. */
void gd__npy_write_header(char to[GD__NPY_HEADER], const gd_tensor *x, bool fortran);

#endif
