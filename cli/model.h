/* A model as a file holds it: what it takes in, the network, what it says, and how it came about. */
#ifndef CLI_MODEL_H
#define CLI_MODEL_H

#include "cli/network.h"
#include "cli/options/options.h"
#include "cli/scores.h"

#include <gradus/data.h>

typedef struct cli_model {
    gd_encoder *encoder;
    cli_target target;
    cli_network network;
    gd__json *ids;      /* names of the columns that predict passes through; an array */
    gd__json *missing;  /* the texts of --missing in training, as they stood there; NULL: none */
    gd__json *reading;  /* an object of how training's table was read; NULL: it is not known */
    double *thresholds; /* [width]; a label is said where its probability is above */
    double *
        shares; /* [width]: of classes or labels in training; the mean of numbers. The baseline says these */
    gd__json *training; /* an object: seed, rows, epochs, scores, ... */
} cli_model;

/* thresholds of 0.5, and shares of the rows that are known. An exit code, here and below. */
int cli_model_set_shares(cli_model *model, const cli_truth *training);

int cli_model_save(const cli_model *model, const char *path);
int cli_model_load(cli_model *model, const char *path);
/* The same of a command's first operand, unless it is the second one that is a model. */
int cli_model_load_operand(cli_model *model, const cli_options *options);
void cli_model_free(cli_model *model);

/* Keeps how a table was read, for others that the model will read; an exit code. */
int cli_model_set_reading(cli_model *model, const cli_options *options, const gd_table *table);
bool cli_is_reading(const gd__json *value); /* such an object, or NULL */
/* As cli_read_table, but where options say nothing read as training's table was; the texts of categories, words and classes
 * are kept beside those of `more` columns (a list; NULL: none). */
gd_table *cli_model_read_table(const cli_model *model, const cli_options *options, const char *path,
                               const char *more, int *code);
/* The same of a table that the model is judged by: without rows of weight 0, where it has training's column of weights. */
gd_table *cli_model_read_judged(const cli_model *model, const cli_options *options,
                                const char *path, int *code);

/* What the model says of rows (NULL: all) of a table. The values are the caller's. */
int cli_model_predict(const cli_model *model, const gd_table *table, const gd_tensor *rows,
                      cli_prediction *prediction);
/* The same of features [n,inputs]. */
int cli_model_predict_features(const cli_model *model, const gd_tensor *x,
                               cli_prediction *prediction);
/* What logits [n,outputs] say, in double: [n,width], the caller's; NULL and a gd_message(). */
gd_tensor *cli_values_of_logits(const cli_target *target, const gd_tensor *logits);

/* What the baseline says of n rows. */
int cli_model_baseline(const cli_model *model, int64_t n, cli_prediction *prediction);

#endif
