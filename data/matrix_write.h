/* Columns of numbers as a matrix that is written. */
#ifndef GRADUS_DATA_MATRIX_WRITE_H
#define GRADUS_DATA_MATRIX_WRITE_H

#include "data/writing.h"

typedef enum gd__part { GD__ALL, GD__FEATURES, GD__TARGETS } gd__part;

typedef struct gd__matrix {
    const gd__writing *w;
    gd__part part;
    gd_tensor shape; /* [rows, columns] of the dtype that holds all numbers: without memory */
} gd__matrix;

/* Columns of one dtype keep it; others are int64, if all numbers are whole, or float64, where a missing cell is NaN. False with
 * a message: one of them holds texts. */
bool gd__matrix_create(gd__matrix *m, const gd__writing *w, gd__part part);

/* A row of the table as elements. */
void gd__matrix_row(const gd__matrix *m, int64_t row, void *to);

#endif
