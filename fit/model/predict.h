/* Predictions of many rows, a block of rows at a time: memory does not grow with rows times
 * classes. */
#ifndef GRADUS_FIT_MODEL_PREDICT_H
#define GRADUS_FIT_MODEL_PREDICT_H

#include "data/encoder/encoder.h"
#include "fit/model/model.h"

/* Predictions that can be read more than once. They are copied from `whole`, which has values for
 * each row, or one row that holds for all. If `whole` is NULL, the model predicts them from x, or
 * from the rows of a table that `encoding` encodes. */
typedef struct gd__predictions {
    int64_t rows;
    const gd_prediction *whole;
    const gd_model *model;
    const gd_tensor *x; /* [rows,inputs]; NULL: */
    gd__encoding *encoding;
    gd_tape *tape;
} gd__predictions;

/* Sets the counts of cells of a prediction when all rows have been encoded. */
void gd__count_cells(const gd__encoding *encoding, gd_prediction *prediction);

/* The block from row `first` on, which must exist. gd_prediction_free. */
bool gd__predictions_block(const gd__predictions *predictions, int64_t first, gd_prediction *block);

/* The mean area under the ROC curves of each of `width` classes against the others; of two classes
 * the area of the second. NaN: a class has no rows, or all of them, or a probability is NaN.
 * own [rows] float64: each row's probability of its true class. */
bool gd__roc_auc(double *area, const gd_examples *examples, const gd__predictions *predictions,
                 const gd_tensor *own, int64_t width);

#endif
