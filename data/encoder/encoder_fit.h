/* Learning one column, for the files that do it. */
#ifndef GRADUS_DATA_ENCODER_FIT_H
#define GRADUS_DATA_ENCODER_FIT_H

#include "data/encoder/encoder.h"

typedef struct gd__learner {
    gd_encoder *encoder;
    const gd_table *table;
    const gd_tensor *rows;
    int64_t n;
    double *numbers; /* [2 n]: of one column */
    int column;
} gd__learner;

/* Tells the caller something about the column. These functions return false with a message. */
bool gd__learn_note(const gd__learner *learner, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* The column's part; NULL and a message. */
gd__part *gd__learn_part(const gd__learner *learner, gd_encoded_kind kind, bool missing);

/* A column whose values are not used; where some are missing, that still is. */
bool gd__learn_missing(const gd__learner *learner, bool missing);

/* Reads the column's numbers; those that are there come first. How many; -1 and a message. */
int64_t gd__learn_read(const gd__learner *learner);

bool gd__learn_levels(const gd__learner *learner);
bool gd__learn_words(const gd__learner *learner);

#endif
