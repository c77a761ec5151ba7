/* What the files of fit/ share: memory, messages, the target and the model. */
#ifndef GRADUS_FIT_INTERNAL_H
#define GRADUS_FIT_INTERNAL_H

#include "data/table/levels.h"
#include "tensor/text.h"

#include <gradus.h>

/* ---- memory and messages ---- */

/* Zeros for `count` elements of `size` bytes, to be freed by gd__free with their size; NULL and a
 * message. */
void *gd__zeros(size_t count, size_t size);

/* The status of a call that has written the message: what was refused there as an argument is a
 * fault of the data here. */
gd_status gd__data_failure(void);

double gd__seconds(void); /* since an arbitrary moment, for differences */

/* ---- the target ---- */

struct gd_target {
    gd_task task;
    gd__levels columns;
    gd__levels classes;     /* of BINARY and MULTICLASS; with their values where they are numbers */
    bool categorical;       /* the classes are texts, even if they look like numbers */
    bool by_value;          /* they are numbers: 1.0 is 1 */
    double mean, deviation; /* regression: of the training rows; the network's unit */
};

/* The task and classes of the columns [columns of the table] of a table; task: NULL or "auto":
 * the columns decide. gd__target_free in any case. */
gd_status gd__target_find(gd_target *target, const gd_table *table, const bool *columns,
                          const bool *categorical, const char *task);
void gd__target_free(gd_target *target);

static inline bool gd__has_classes(const gd_target *target)
{
    return target->task == GD_BINARY || target->task == GD_MULTICLASS;
}

gd_json *gd__target_json(const gd_target *target);
/* False: it is no such object. */
bool gd__target_from_json(gd_target *target, const gd_json *json);

/* Copies a list of distinct texts from JSON; false: it is no list of at least so many. */
bool gd__texts_from_json(gd__levels *texts, const gd_json *list, int64_t least);
gd_json *gd__texts_json(const gd__levels *texts);
gd_status gd__texts_add(gd__levels *texts, const char *text);

/* 0 or 1, as a cell says it in numbers or words; NaN where it is missing; -1 where it is anything
 * else. */
double gd__label_of(const gd_table *table, int64_t row, int column);

/* What logits [n,outputs] say, in double: [n,width], the caller's; NULL and a message. */
gd_tensor *gd__values_of_logits(const gd_target *target, const gd_tensor *logits);

/* ---- examples ---- */

/* The same as gd_examples_read, but no row need be known. */
gd_status gd__examples_read(gd_examples *examples, const gd_target *target, const gd_table *table);
/* Those with these indices. gd_examples_free in any case. */
gd_status gd__examples_take(gd_examples *part, const gd_examples *examples,
                            const gd_tensor *indices);
/* One after the other: of parts that have the same tensors. */
gd_status gd__examples_join(gd_examples *whole, int count, const gd_examples *const *parts);
/* Of classes: how many rows each of them has, counts [classes]. */
void gd__examples_count(const gd_examples *examples, int64_t classes, double *counts);

static inline int64_t gd__examples_rows(const gd_examples *examples)
{
    return examples->y->shape[0];
}

/* Whether the cell of label j in row i is known, or whether the row has a class at all; *yes: it
 * is `j`, or has it. */
static inline bool gd__is_known(const gd_examples *e, int64_t i, int64_t width, int64_t j,
                                bool *yes)
{
    if (e->y->dtype == GD_I64) {
        *yes = ((const int64_t *)e->y->data)[i] == j;
        return true;
    }
    *yes = ((const float *)e->y->data)[i * width + j] > 0;
    return ((const bool *)e->mask->data)[i * width + j];
}

/* gd_main_score; NaN is not defined, or there was no memory. */
gd_status gd__main_score(double *score, const gd_target *target, const gd_examples *truth,
                         const gd_prediction *prediction);

#endif
