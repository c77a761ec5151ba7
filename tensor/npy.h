/* .npy files inside of others. */
#ifndef GRADUS_TENSOR_NPY_H
#define GRADUS_TENSOR_NPY_H

#include "tensor/file.h"

enum { GD__NPY_HEADER = 128 }; /* bytes before the elements in what is written */

/* What a file holds from its first byte to its last; as gd_tensor_load_npy. text not NULL: texts
 * are read, too, and *text becomes whether they are: uint8 with one dimension more, the bytes of
 * each text (UTF-8 where they were UTF-32) and zeros behind. */
gd_tensor *gd__npy_read(gd__file_reader *file, bool *text);

/* The header of x, of whose memory nothing is read. */
void gd__npy_write_header(char to[GD__NPY_HEADER], const gd_tensor *x, bool fortran);

#endif
