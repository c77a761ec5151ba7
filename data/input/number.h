/* Decimal numbers in text, whatever the locale. */
#ifndef GRADUS_DATA_NUMBER_H
#define GRADUS_DATA_NUMBER_H

#include <gradus/data.h>

typedef enum gd__parsed { GD__NO_NUMBER, GD__NUMBER, GD__TOO_LARGE } gd__parsed;

/* The number that begins at `text`, as in 12, -.5, +1e-3 (no blanks, hexadecimals, inf or nan),
 * rounded correctly; *end is behind it. The text must end with something that cannot belong to a
 * number. */
gd__parsed gd__scan_number(const char *text, const char **end, double *value);

/* All of the text as a number; blanks may stand around it. What is behind the text: as above. */
gd__parsed gd__parse_number(const char *text, size_t length, double *value);

/* The order of doubles, for qsort and bsearch; none is NaN. */
int gd__compare_numbers(const void *a, const void *b);

#endif
