/* A model for a command: loaded, applied and described, with messages. */
#ifndef CLI_MODEL_H
#define CLI_MODEL_H

#include "cli/cli.h"

#include <gradus/fit.h>

/* Whether the file begins like a model; a pipe is not read. */
bool cli_is_model(const char *path);

/* Loads the model that the first operand names, with the thresholds of --threshold. An exit code,
 * here and below. The model is yours in any case; it may be NULL. */
int cli_model_load(gd_model **model, const cli_options *options);

/* gd_model_save by way of a temporary file, which takes its place at the end of the program. */
int cli_model_save(const gd_model *model, const cli_options *options);

/* As cli_read_table, but where options say nothing read as training's table was; `more` columns (a
 * list; NULL: none) keep their texts. NULL with a message; *code says why. */
gd_table *cli_model_read_table(const gd_model *model, const cli_options *options, const char *path,
                               const char *more, int *code);
/* The same for a table to score the model on: gd_model_read_test_table. */
gd_table *cli_model_read_test_table(const gd_model *model, const cli_options *options,
                                    const char *path, int *code);

/* gd_examples_read, gd_model_predict and gd_model_evaluate with warnings: of classes that the model
 * does not know, and of cells that count as missing or were cut off. */
int cli_examples_read(gd_examples *examples, const gd_target *target, const gd_table *table);
int cli_model_predict(const gd_model *model, const gd_table *table, const gd_tensor *rows,
                      gd_prediction *prediction);
int cli_model_evaluate(const gd_model *model, const gd_table *table, const gd_examples *truth,
                       gd_scores *scores, gd_tensor **predicted);

/* All but the weights, as the file has it: gd_model_describe; NULL and a gd_message(). */
gd_json *cli_model_json(const gd_model *model);

static inline bool cli_has_classes(const gd_target *target)
{
    return gd_target_task(target) == GD_BINARY || gd_target_task(target) == GD_MULTICLASS;
}

#endif
