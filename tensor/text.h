/* Texts in UTF-8: as JSON and messages show them, and as they are put together. */
#ifndef GRADUS_TENSOR_TEXT_H
#define GRADUS_TENSOR_TEXT_H

#include "tensor/internal.h"

bool gd__is_utf8(const char *text);

/* Writes the UTF-8 of a character, at most 4 bytes, and returns their number. */
size_t gd__utf8_write(char *to, uint32_t character);

/* Text that is written as far as there is room [size], with a 0 behind it, and counted beyond. */
typedef struct gd__text {
    char *to;
    size_t size, at;
} gd__text;

/* Adds n bytes, if all of them fit. */
void gd__text_put(gd__text *text, const char *bytes, size_t n);

/* Adds a string in quotes, as JSON, which nothing in it can break out of. Bytes that are not UTF-8
 * become \xNN, which is for messages only. */
void gd__text_put_string(gd__text *text, const char *string);

/* A string in quotes for a message, which needs room for other things: where it does not fit it
 * ends with "...". Returns `buffer`. */
enum { GD__SHOWN = 128 };
const char *gd__shown(char buffer[GD__SHOWN], const char *string);

static inline bool gd__is_digit(char c)
{
    return c >= '0' && c <= '9';
}

#endif
