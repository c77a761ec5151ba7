/* The state of one call of gradus train. */
#ifndef CLI_TRAINING_H
#define CLI_TRAINING_H

#include "cli/files/model.h"
#include "cli/train/progress.h"

#include <gradus/trace.h>

typedef struct cli_training {
    const cli_options *options;
    double start;
    bool announces; /* on stderr, what it is about to do and what won */
    bool catches;   /* signals: from the first run on */
    cli_progress progress;
    FILE *log;        /* a line of JSON for each epoch; NULL: none */
    gd_json *history; /* an array of these lines; NULL: none */
    gd_trace *trace;  /* of the run under way; NULL: none */
    int threads;
    gd_pool *pool;                 /* of these threads; NULL: one alone */
    int code;                      /* why the end was asked for: a line that could not be written */
    gd_table *table, *valid_table; /* valid_table: of --valid; NULL: a part of the table */
    gd_model *model;
} cli_training;

/* Everything that is to be written can be; an exit code, here and below. */
int cli_training_check_outputs(cli_training *training);

/* Finds the number of threads; then, where there is work for them, starts them. An exit code. */
int cli_training_check_threads(cli_training *training);
int cli_training_start_threads(cli_training *training);

/* gd_fit_options.watch, with the training as its context. */
bool cli_training_watch(void *training, const gd_fit_event *event);

/* Traces a run from its beginning to its end in the file of --trace, which so has the last run. An
 * exit code. */
int cli_training_trace_begin(cli_training *training, const gd_fit_event *event);
int cli_training_trace_end(cli_training *training);

/* Saves the model, and writes what was asked for. */
int cli_training_finish(cli_training *training);

/* Saves what there is of a model; CLI_INTERRUPTED. */
int cli_training_save_interrupted(cli_training *training);

#endif
