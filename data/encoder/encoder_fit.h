/* Learning one column, for the files that do it. Functions that return false or NULL have written
 * a message. */
#ifndef GRADUS_DATA_ENCODER_FIT_H
#define GRADUS_DATA_ENCODER_FIT_H

#include "data/encoder/encoder.h"

typedef struct gd__learner {
    gd_encoder *encoder;
    const gd_table *table;
    const gd_tensor *rows; /* [n]; NULL: all */
    int64_t n;
    double *numbers; /* [2 n]: memory for the numbers of a column */
    int column;
} gd__learner;

/* Adds a note about the column for the user. */
bool gd__learn_note(const gd__learner *learner, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Adds the column's part to the encoder. */
gd__part *gd__learn_part(const gd__learner *learner, gd_encoded_kind kind, bool missing);

/* Encodes only whether values are missing, if some are: the values themselves are not used. */
bool gd__learn_missing(const gd__learner *learner, bool missing);

/* Reads the column's numbers into `numbers`, without the missing ones: how many there are. -1 with
 * a message: a cell is neither missing nor a number. */
int64_t gd__learn_read(const gd__learner *learner);

bool gd__learn_levels(const gd__learner *learner);
bool gd__learn_words(const gd__learner *learner);

#endif
