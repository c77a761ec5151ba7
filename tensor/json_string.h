/* Strings of JSON, read in place: from front to back, without any memory but the text itself. */
#ifndef GRADUS_TENSOR_JSON_STRING_H
#define GRADUS_TENSOR_JSON_STRING_H

#include "tensor/scan.h"

extern const char gd__json_blanks[]; /* for a gd__scanner */

/* The string that comes next, closed by a 0, in the text's own memory; a NUL in it is refused.
 * *text is there even on failure, as far as it could be read, so that it may be s->entry. */
bool gd__json_read_string(gd__scanner *s, const char **text);

#endif
