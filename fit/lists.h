/* Lists in texts: "64,32" and "spam=2,\"a, b\"=5". */
#ifndef GRADUS_FIT_LISTS_H
#define GRADUS_FIT_LISTS_H

#include "fit/internal.h"

/* The next number; *list moves behind it, and is NULL at the end. False: there is none; *list is
 * not NULL where something else stands there. */
bool gd__next_number(const char **list, double *number);

/* A number by itself, for all, or of one class or label. */
typedef struct gd__weight {
    const char *name; /* [length], not ended by a 0; NULL: the number stands alone */
    size_t length;
    double number;
} gd__weight;

/* The same of weights. A name that contains a comma stands in double quotes. */
bool gd__next_weight(const char **list, gd__weight *weight);

#endif
