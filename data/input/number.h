/* Decimal numbers in text, in any locale. */
#ifndef GRADUS_DATA_NUMBER_H
#define GRADUS_DATA_NUMBER_H

#include <gradus/data.h>

static inline bool gd__is_blank(char byte)
{
    return byte == ' ' || byte == '\t';
}

/* Moves both ends of a text past blanks. */
static inline void gd__trim(const char **text, const char **end)
{
    while (*text < *end && gd__is_blank(**text))
        ++*text;
    while (*text < *end && gd__is_blank((*end)[-1]))
        --*end;
}

typedef enum gd__parsed { GD__NO_NUMBER, GD__NUMBER, GD__TOO_LARGE } gd__parsed;

/* Reads the number at the beginning of a text, correctly rounded: 12, -.5, +1e-3, but no blanks,
 * hexadecimal digits, inf or nan. *end is behind the number. The text must end with a byte that
 * cannot belong to a number. */
gd__parsed gd__scan_number(const char *text, const char **end, double *value);

/* Reads a whole text as a number, which blanks may surround. text[length] must be a byte that
 * cannot belong to a number. */
gd__parsed gd__parse_number(const char *text, size_t length, double *value);

/* Reads digits as a whole number, at most INT32_MAX or so: what follows them. */
const char *gd__scan_count(const char *text, int64_t *count);

/* Compares doubles other than NaN, for qsort and bsearch. */
int gd__compare_numbers(const void *a, const void *b);

#endif
