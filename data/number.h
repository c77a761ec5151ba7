/* Decimal numbers in text, whatever the locale. */
#ifndef GRADUS_DATA_NUMBER_H
#define GRADUS_DATA_NUMBER_H

#include <stdbool.h>
#include <stddef.h>

typedef enum gd__parsed { GD__NO_NUMBER, GD__NUMBER, GD__TOO_LARGE } gd__parsed;

enum { GD__NUMBER_TEXT = 32 }; /* bytes that a number's text needs, with its closing 0 */

/* The number that begins at `text`, as in 12, -.5, +1e-3 (no blanks, hexadecimals, inf or nan),
 * rounded correctly; *end is behind it. The text must end with something that cannot belong to a
 * number. */
gd__parsed gd__scan_number(const char *text, const char **end, double *value);

/* All of the text as a number; blanks may stand around it. What is behind the text: as above. */
gd__parsed gd__parse_number(const char *text, size_t length, double *value);

/* The shortest text of a finite number that is read as the same double, or float if `single`; into
 * buffer [GD__NUMBER_TEXT], which is returned. */
const char *gd__number_text(double value, bool single, char *buffer);

#endif
