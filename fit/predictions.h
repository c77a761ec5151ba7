/* Predictions of many rows, a block of rows at a time: memory does not grow with rows times
 * classes. */
#ifndef GRADUS_FIT_PREDICTIONS_H
#define GRADUS_FIT_PREDICTIONS_H

#include "fit/model.h"

/* The model's predictions of a block of x [n,inputs], from row `first` on: [rows,width], the
 * caller's; NULL and a message. The block ends with x, or when it is large enough. */
gd_tensor *gd__model_values(const gd_model *model, gd_tape *tape, const gd_tensor *x,
                            int64_t first);

/* How many rows of `width` numbers a block has at most. */
int64_t gd__block_rows(int64_t width);

/* The features of a table's rows (NULL: all), the caller's; NULL and a message. Sets the
 * prediction's counts of cells. */
gd_tensor *gd__model_features(const gd_model *model, const gd_table *table, const gd_tensor *rows,
                              gd_prediction *prediction);

/* Predictions that can be read more than once. They are copied from `whole`, which has values for
 * each row, or one row that holds for all. If `whole` is NULL, the model predicts them from x. */
typedef struct gd__predictions {
    int64_t rows;
    const gd_prediction *whole;
    const gd_model *model;
    const gd_tensor *x; /* [rows,inputs] */
    gd_tape *tape;
} gd__predictions;

/* The block from row `first` on; the row must exist. gd_prediction_free. */
gd_status gd__predictions_block(const gd__predictions *predictions, int64_t first,
                                gd_prediction *block);

/* The mean area under the ROC curves of each of `width` classes against the others; of two classes
 * the area of the second. NaN: a class has no rows, or all of them, or a probability is NaN.
 * own [rows] float64: each row's probability of its true class. */
gd_status gd__roc_auc(double *area, const gd_examples *truth, const gd__predictions *predictions,
                      const gd_tensor *own, int64_t width);

#endif
