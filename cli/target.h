/* What a model is to say of a row: the task, its columns and classes, and what is true of a table's rows. */
#ifndef CLI_TARGET_H
#define CLI_TARGET_H

#include "data/json.h"

#include <gradus.h>

typedef enum cli_task { CLI_BINARY, CLI_MULTICLASS, CLI_MULTILABEL, CLI_REGRESSION } cli_task;

typedef struct cli_target {
    cli_task task;
    gd__json *columns; /* their names; one, but for multilabel */
    gd__json *classes; /* binary, multiclass: their texts; the second of two is the positive one */
    bool categorical;  /* the classes are texts, even if they look like numbers */
    bool by_value;     /* they are numbers: 1.0 is 1 */
    double mean, deviation; /* regression: of the training rows; the network's unit */
} cli_target;

/* What is known of a table's rows. */
typedef struct cli_truth {
    gd_tensor *rows; /* [n] int64: the table's rows of which something is known */
    gd_tensor *
        y; /* binary, multiclass: [n] int64; multilabel: [n,labels] float32; regression: [n,1] float64 */
    gd_tensor *mask; /* multilabel: [n,labels] bool, the cells that are known; else NULL */
    int64_t unseen;  /* rows that are left out, as the target has not their class */
} cli_truth;

const char *cli_task_name(cli_task task);
int64_t
cli_target_width(const cli_target *target); /* classes, labels, or 1: columns of a prediction */
const char *cli_target_label(const cli_target *target, int64_t i); /* a class's or label's name */

/* The class or label of a name that need not end with a 0; -1: there is none. */
int cli_target_index(const cli_target *target, const char *name, size_t length);

/* The task and classes of a table's target columns; task: NULL or "auto" lets the columns decide. Classes of a column that is
 * `categorical` [columns] are texts, even if they look like numbers. An exit code, with its message written. */
int cli_target_find(cli_target *target, const gd_table *table, const bool *columns,
                    const bool *categorical, const char *task);
void cli_target_free(cli_target *target);

gd__json *cli_target_json(const cli_target *target);
bool cli_all_strings(const gd__json *list, size_t least); /* it is an array of at least so many */
bool cli_target_from_json(cli_target *target,
                          const gd__json *json); /* false: it is no such object */

/* 0 or 1, as a cell says it in numbers or words; NaN where it is missing; -1 where it is anything else. */
double cli_label_of(const gd_table *table, int64_t row, int column);

/* Reads the target columns of any table, by name; a column that is not there and a text where a number is due are errors of the
 * data. A class that the target has not is left out, with a warning. Both an exit code. */
int cli_truth_read(cli_truth *truth, const cli_target *target, const gd_table *table);
/* The same; a table without a row of which something is known is an error, too. */
int cli_truth_read_some(cli_truth *truth, const cli_target *target, const gd_table *table);
int cli_truth_take(cli_truth *part, const cli_truth *truth, const gd_tensor *indices);
/* Of classes: how many rows each of them has, counts [classes]. */
void cli_truth_count(const cli_truth *truth, int64_t classes, double *counts);
void cli_truth_free(cli_truth *truth);

#endif
