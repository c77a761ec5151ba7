/* What the files of fit/ share. Functions that return a bool return false after a message, whose
 * status is gd_message_status(). */
#ifndef GRADUS_FIT_INTERNAL_H
#define GRADUS_FIT_INTERNAL_H

#include "data/table/levels.h"
#include "tensor/text.h"

#include <gradus.h>

/* ---- memory, messages, time ---- */

/* Zeros for `count` elements of `size` bytes, to be freed by gd_free with their size; NULL and a
 * message. */
void *gd__zeros(size_t count, size_t size);

/* GD_OK, or the status of the message; never GD_OK after a failure. */
gd_status gd__status(bool ok);

/* False, after a failed call whose arguments come from the data: its status becomes GD_ERROR_VALUE
 * if it is GD_ERROR_ARGUMENT. */
bool gd__data_failure(void);

/* False, after an error of the tape, which becomes the message. */
bool gd__tape_failure(const gd_tape *tape);

/* The failure of a task, whose thread may not be the one that reports it. */
typedef struct gd__failure {
    gd_status status;
    char message[1024];
} gd__failure;
void gd__keep_failure(gd__failure *failure);     /* this thread's message */
bool gd__fail_again(const gd__failure *failure); /* false; it becomes this thread's message */

double gd__seconds(void); /* since an arbitrary moment, for differences */

/* ---- target ---- */

struct gd_target {
    gd_task task;
    gd__levels columns;
    gd__levels classes;     /* of BINARY and MULTICLASS, with their values if they are numbers */
    bool categorical;       /* classes are compared as texts even if they look like numbers */
    bool by_value;          /* classes are numbers: 1.0 is 1 */
    double mean, deviation; /* regression: of the training rows */
};

/* The task and classes of the target columns [columns of the table]; task NULL or "auto": the
 * columns decide. gd__target_free in any case. */
bool gd__target_find(gd_target *target, const gd_table *table, const bool *columns,
                     const bool *categorical, const char *task);
void gd__target_free(gd_target *target);

static inline bool gd__has_classes(const gd_target *target)
{
    return target->task == GD_BINARY || target->task == GD_MULTICLASS;
}

gd_json *gd__target_json(const gd_target *target);
/* False, without a message: it is no such object. */
bool gd__target_from_json(gd_target *target, const gd_json *json);

bool gd__texts_add(gd__levels *texts, const char *text);
gd_json *gd__texts_json(const gd__levels *texts);
/* Copies a list of at least `least` distinct texts. False, without a message: it is none. */
bool gd__texts_from_json(gd__levels *texts, const gd_json *list, int64_t least);

/* A cell as a label, from numbers or words: 0 or 1, NaN if it is missing, -1 if it is another. */
double gd__label_of(const gd_table *table, int64_t row, int column);

/* Predictions from logits [n,outputs], in double: [n,width], the caller's; NULL and a message. */
gd_tensor *gd__values_of_logits(const gd_target *target, const gd_tensor *logits);

/* ---- examples ---- */

/* gd_examples_read, but possibly without a row. */
bool gd__examples_read(gd_examples *examples, const gd_target *target, const gd_table *table);
/* Those with these indices. gd_examples_free in any case. */
bool gd__examples_take(gd_examples *part, const gd_examples *examples, const gd_tensor *indices);

static inline int64_t gd__examples_rows(const gd_examples *examples)
{
    return examples->y->shape[0];
}

/* Whether row i has a known label j; a class is always known. *yes: the label is 1, the class j. */
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

/* gd_main_score; NaN: undefined. */
bool gd__main_score(double *score, const gd_target *target, const gd_examples *examples,
                    const gd_prediction *prediction);

#endif
