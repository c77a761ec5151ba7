/* Lists of numbers with names: "64,32" and "spam=2,\"a, b\"=5". */
#ifndef GRADUS_FIT_NUMBER_LISTS_H
#define GRADUS_FIT_NUMBER_LISTS_H

#include "fit/internal.h"

/* A number, and the class or label that it is for. */
typedef struct gd__weight {
    const char *name; /* [length], without a 0 at the end; NULL: the number stands alone */
    size_t length;
    double number;
} gd__weight;

/* The next item; *list moves behind it, and is NULL after the last one. False: there is no item,
 * and *list is not NULL if it does not have this form. A name with a comma is quoted. */
bool gd__next_weight(const char **list, gd__weight *weight);

#endif
