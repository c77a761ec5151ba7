/* Tensors in the text files of tests/fixtures/. */
#ifndef GRADUS_TESTS_TENSOR_OF_TEXT_H
#define GRADUS_TESTS_TENSOR_OF_TEXT_H

#include <gradus/tensor.h>

/* "f [2,3] 0x1p+0 ..." as an owned tensor: f float64, i int64, b bool. Fails the test where the
 * text is something else; file and line are for the message. */
gd_tensor *tensor_of_text(const char *text, const char *file_name, int line_number);

#endif
