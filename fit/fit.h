/* gradus/fit.h - from a table to a trained model, and from a model to predictions.
 *
 * Purpose    Does what `gradus train` and `gradus predict` do: finds out what is to be predicted, encodes columns,
 *            tries recipes on validation rows, trains the best one, keeps it in a file. Files are
 *            the command's.
 * Ownership  A gd_model is yours to gd_model_destroy, and owns what its functions return unless they say otherwise.
 *            What you pass stays yours; a table is needed during the call only.
 * Errors     A gd_status and a gd_message(), "iris.csv:7: column .." about a cell. An option is named as the member is:
 *            ".folds takes at most ..". Nothing is printed. Warnings and progress go to one
 *            callback.
 * Threads    Nothing is shared: any number of fits and predictions may run at once, each model used by one thread at
 *            a time. Results depend on the seed, not on threads.
 *
 *     gd_table *table = gd_table_read("iris.csv", NULL);
 *     gd_model *model;
 *     if (gd_fit(table, &(gd_fit_options){.target = "species", .seed = 7}, &model) != GD_OK)
 *         return fail(gd_message());
 *     printf("accuracy %.3f\n", gd_model_score(model, "accuracy"));
 *     gd_model_save(model, "iris.safetensors");
 *     gd_model_destroy(model);
 */
#ifndef GRADUS_FIT_H
#define GRADUS_FIT_H

#include <gradus/data.h>
#include <gradus/nn.h>

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(default)

/* ---- what is predicted -------------------------------------------------------------------- */

typedef enum gd_task { GD_BINARY, GD_MULTICLASS, GD_MULTILABEL, GD_REGRESSION } gd_task;

/* "binary", "multiclass", "multilabel", "regression". */
const char *gd_task_name(gd_task task);

/* The task, the target columns and the classes. Of two classes the second is the positive one. */
typedef struct gd_target gd_target;

gd_task gd_target_task(const gd_target *target);
/* How many numbers a prediction has: classes, labels, or 1. */
int64_t gd_target_width(const gd_target *target);
/* The name of class or label `i`; of a regression, of its column. NULL: there is no such. */
const char *gd_target_label(const gd_target *target, int64_t i);
/* The class or label of a name of `length` bytes; -1: there is none. */
int64_t gd_target_find(const gd_target *target, const char *name, size_t length);
/* The target columns' names: one, but for labels. NULL past the last one. */
const char *gd_target_column(const gd_target *target, int64_t i);
bool gd_target_is_categorical(
    const gd_target *target); /* classes are texts, even if they look like numbers */
/* Of a regression: the training rows', the unit in which the network predicts. */
double gd_target_mean(const gd_target *target);
double gd_target_deviation(const gd_target *target);

/* Whether a column holds classes rather than amounts: texts, or at most 20 different whole
 * numbers. */
bool gd_table_is_classes(const gd_table *table, int column);

/* The columns of an option's list, chosen [columns]; the one column that it names; and those to
 * be predicted, which neither text need name. NULL for a list chooses nothing, -1.
 * GD_ERROR_VALUE: ".option: table.csv: a name is expected, found ..". */
gd_status gd_table_choose_columns(const gd_table *table, const char *option, const char *list,
                                  bool *chosen);
gd_status gd_table_choose_column(const gd_table *table, const char *option, const char *list,
                                 int *column);
gd_status gd_table_choose_targets(const gd_table *table, const char *target, const char *targets,
                                  bool *chosen);

/* Rows of a table whose target is known, and what it is. All tensors are its own:
 * gd_examples_free. */
typedef struct gd_examples {
    gd_tensor *rows; /* [n] int64: numbers of rows of the table */
    /* Classes: [n] int64; labels: [n,width] float32, 0 or 1; regression: [n,1] float64. */
    gd_tensor *y;
    gd_tensor *mask;    /* labels: [n,width] bool, the cells that are known; else NULL */
    gd_tensor *weights; /* [n] float64, how much each row counts; NULL: 1 each */
    /* Rows left out, because the target does not know their class, and the first of them (-1:
     * there is none). */
    int64_t unseen, first_unseen;
} gd_examples;

/* Reads the target columns of any table, by name. A table without a row whose target is known, a
 * column that is missing and a cell that cannot be read are GD_ERROR_VALUE with the place.
 * gd_examples_free in any case. */
gd_status gd_examples_read(gd_examples *examples, const gd_target *target, const gd_table *table);
void gd_examples_free(gd_examples *examples);

/* ---- fitting ------------------------------------------------------------------------------ */

typedef enum gd_fit_kind {
    GD_FIT_NOTE,    /* `message`: what is about to be done, or was chosen */
    GD_FIT_WARNING, /* `message`: what should be looked at */
    GD_FIT_BEGIN,   /* a run begins: `stage`, `epochs`, `score_name` */
    GD_FIT_STEP,    /* one step of the optimiser is done */
    GD_FIT_EPOCH,   /* one epoch is done: all members but `message` and `patience` */
    GD_FIT_SAVE,    /* a checkpoint is about to be written, by way of a temporary file */
    GD_FIT_SAVED,   /* it was, or could not be */
    GD_FIT_END      /* the run has ended: `patience` */
} gd_fit_kind;

typedef struct gd_fit_event {
    gd_fit_kind kind;
    const char *message;
    const char *stage;     /* "logreg-1", "mlp", "final-mlp": also the name of its checkpoint */
    int64_t epoch, epochs; /* counted from 1; the most that there will be */
    double train_loss;
    double valid_loss, score; /* of the validation rows; NaN: none are judged */
    const char *score_name;   /* "accuracy", "micro_f1" or "rmse" */
    double learning_rate;
    int64_t patience; /* epochs without improvement that ended the run early; 0: none did */
} gd_fit_event;

/* Zeros are defaults. Texts are as the options of `gradus train` of that name take them; NULL:
 * not given. Column lists are read by gd_table_select. What a member accepts, and its default, is
 * in docs/fit.md. */
typedef struct gd_fit_options {
    /* columns; `target` names one, `targets` several labels; neither: those of
     * gd_table_default_targets */
    const char *target, *targets, *drop, *only, *id, *weight, *group;
    const char *categorical, *numeric, *text;
    const char *task; /* a gd_task_name, or "auto" */

    /* model */
    const char *model;  /* "auto", "logreg", "mlp" */
    const char *hidden; /* "64,32" */
    const char *act;    /* "relu", "tanh", "sigmoid", "gelu", "silu", "softplus" */
    const char *loss;   /* "auto", "ce", "nll", "bce", "bce_with_logits", "mse", "focal" */
    const char *class_weight, *pos_weight; /* "balanced", "auto", "3", "spam=2,\"a, b\"=5" */
    gd_optional dropout, label_smoothing;

    /* training */
    const char
        *optim; /* "auto", "sgd", "momentum", "adam", "adamw", "rmsprop", "adagrad", "lbfgs" */
    const char
        *schedule; /* "auto", "constant", "step", "cosine", "warmup", "plateau", "one-cycle" */
    gd_optional lr, weight_decay, clip, epochs, batch, patience;
    uint64_t seed;

    /* validation: a table, a part of the rows, or cross-validation; neither: five folds, of a
     * large table a tenth */
    const gd_table *valid;
    gd_optional valid_frac, folds;
    bool tune_thresholds; /* the best F1 on the validation rows decides them, else they are 0.5 */

    const char *checkpoint; /* a folder that is there: training can go on from it, bit for bit */
    bool resume;            /* go on from it */

    /* How the table was read: kept in the model, so that gd_model_read_table reads others
     * likewise. */
    const gd_table_options *reading;

    /* Is told of every event in the thread that called gd_fit; false asks for an end after the
     * step under way: GD_STOPPED. */
    bool (*watch)(void *context, const gd_fit_event *event);
    void *context;
} gd_fit_options;

typedef struct gd_model gd_model;

/* Finds out how the target is best predicted from the table's other columns, and trains that.
 * options NULL: defaults.
 * *model is yours; NULL unless GD_OK or GD_STOPPED, when it is what there was then (NULL: nothing
 * yet). GD_ERROR_ARGUMENT: an option; GD_ERROR_VALUE: the table, with the place;
 * GD_ERROR_DIVERGED: training came to a loss that is not finite (warnings say why); GD_ERROR_IO,
 * _FORMAT: a checkpoint; GD_ERROR_MEMORY. */
gd_status gd_fit(const gd_table *table, const gd_fit_options *options, gd_model **model);

/* Reads another table, of validation rows, as `like` was read, which was with these options.
 * Yours; NULL and a gd_message(). */
gd_table *gd_table_read_alike(const char *path, const gd_table *like,
                              const gd_table_options *options);

/* ---- models ------------------------------------------------------------------------------- */

/* A .safetensors file, which `gradus` reads and writes, too. An old file is replaced in one step.
 * */
gd_status gd_model_save(const gd_model *model, const char *path);
/* NULL and a gd_message(): no such file (GD_ERROR_IO), or what is wrong with it
 * (GD_ERROR_FORMAT). It is not trusted. */
gd_status gd_model_load(gd_model **model, const char *path);
void gd_model_destroy(gd_model *model); /* NULL is allowed */

/* Reads a table as training's was read: the same texts are missing values, categories keep their
 * spelling, and format, header, delimiter and decimal mark are the same unless `options` (NULL:
 * nothing) say otherwise. Yours; NULL and a gd_message(). */
gd_table *gd_model_read_table(const gd_model *model, const char *path,
                              const gd_table_options *options);

/* The same of a table that the model is judged by: without rows of weight 0, where it has
 * training's column of weights. */
gd_table *gd_model_read_judged(const gd_model *model, const char *path,
                               const gd_table_options *options);

/* What the model says of n rows; gd_prediction_free. */
typedef struct gd_prediction {
    /* [n,width] float64: probabilities of classes or labels; a regression's numbers. */
    gd_tensor *values;
    const double *thresholds; /* [width], the model's; NULL: 0.5 each */
    int64_t unknown; /* cells with texts that training has not seen: they counted as missing */
    int64_t
        cut_off; /* cells with numbers far beyond all that training has seen: they were cut off */
    int64_t cut_off_row; /* the first of them */
    int cut_off_column;
} gd_prediction;

/* Of rows [n] int64 of a table; NULL: all. GD_ERROR_VALUE: a column that is needed is not there.
 * */
gd_status gd_model_predict(const gd_model *model, const gd_table *table, const gd_tensor *rows,
                           gd_prediction *prediction);
/* Of features [n,inputs] float32, as the encoder makes them. */
gd_status gd_model_predict_features(const gd_model *model, const gd_tensor *x,
                                    gd_prediction *prediction);
/* Of n rows by what the training rows alone say: the classes' shares, the labels', or the mean. */
gd_status gd_model_predict_baseline(const gd_model *model, int64_t n, gd_prediction *prediction);
void gd_prediction_free(gd_prediction *prediction);

/* The class of a row: the likeliest; of two, the second where its probability is above its
 * threshold. And whether a row has a label. */
int64_t gd_predicted_class(const gd_target *target, const gd_prediction *prediction, int64_t row);
bool gd_predicted_label(const gd_prediction *prediction, int64_t row, int64_t label);
/* The same of all rows: the classes [n] int64, or the labels [n,width] bool. Yours; NULL and a
 * gd_message(). */
gd_tensor *gd_predicted(const gd_target *target, const gd_prediction *prediction);

/* All of a model but its weights as JSON, as its file has it: target, network, encoder,
 * thresholds, how it was trained. Yours to gd_model_describe_destroy; NULL and a gd_message(). */
char *gd_model_describe(const gd_model *model);
void gd_model_describe_destroy(char *text); /* NULL is allowed */

/* ---- what a model is made of -------------------------------------------------------------- */

const gd_target *gd_model_target(const gd_model *model);
const gd_encoder *gd_model_encoder(const gd_model *model);
/* Weights and biases of the layers in turn, [outputs,inputs] and [outputs]. They may be changed
 * in place. */
gd_parameters *gd_model_parameters(const gd_model *model);
gd_module *gd_model_module(const gd_model *model);
int gd_model_hidden(const gd_model *model,
                    int64_t sizes[16]); /* how many hidden layers; sizes: NULL is allowed */
int64_t gd_model_outputs(const gd_model *model); /* logits: one may do for two classes */
const char *gd_model_act(const gd_model *model);
const double *gd_model_thresholds(const gd_model *model); /* [width] */
const char *gd_model_id(const gd_model *model,
                        int64_t i); /* columns that name the rows; NULL past the last */

/* "0.3" for all, or "a=0.3,b=0.5" for labels, or the second of two classes. GD_ERROR_ARGUMENT. */
gd_status gd_model_set_thresholds(gd_model *model, const char *list);

/* ---- how good it is ----------------------------------------------------------------------- */

enum { GD_MOST_SCORES = 16 };
typedef struct gd_scores {
    int count;
    struct {
        const char *name; /* "accuracy", "macro_f1", "rmse": in docs/cli.md */
        double value;     /* NaN where it is not defined, as the area under a curve of one class */
    } at[GD_MOST_SCORES];
} gd_scores;

/* The scores of a task; of classes also the accuracy of the baseline, of which one row suffices
 * (NULL: without). A prediction of one row holds for every row. GD_ERROR_SHAPE: the prediction has
 * another number of rows or classes than the examples; GD_ERROR_VALUE: a class that is none. */
gd_status gd_scores_compute(gd_scores *scores, const gd_target *target, const gd_examples *truth,
                            const gd_prediction *prediction, const gd_prediction *baseline);

/* Predicts a table's examples and computes the scores, with the model's baseline. Memory holds the
 * probabilities of one block of rows at a time. *said gets the predicted classes or labels, as
 * from gd_predicted; yours in any case. *prediction gets all members but `values`. */
gd_status gd_model_judge(const gd_model *model, const gd_table *table, const gd_examples *truth,
                         gd_scores *scores, gd_tensor **said, gd_prediction *prediction);

double gd_scores_get(const gd_scores *scores, const char *name); /* NaN: there is none */

/* The one that training is watched by: accuracy, micro_f1 or rmse. */
const char *gd_main_score_name(const gd_target *target);
double gd_main_score(const gd_target *target, const gd_examples *truth,
                     const gd_prediction *prediction);

/* How a model came about; texts are the model's. */
typedef struct gd_training {
    const char *table; /* its path; NULL: it is not known */
    uint64_t seed;
    int64_t rows;
    const char *model; /* "logreg", "mlp", "mean of logreg and mlp"; NULL: training was stopped */
    int64_t epochs;
    const char *validation; /* "a table of its own", "cross-validation", "a part of the rows" */
    int64_t folds;
    gd_scores scores; /* of the validation rows, by models that have not seen them */
} gd_training;

const gd_training *gd_model_training(const gd_model *model);
double gd_model_score(const gd_model *model,
                      const char *name); /* of `scores`; NaN: there is none */

/* After gd_fit, until the model is destroyed: the table that was trained on (yours, or without
 * rows of weight 0), the table of the validation rows, those rows and what was predicted of each
 * by a model that had not seen it, and the stage whose epochs the model comes from. A loaded
 * model has none: false. */
typedef struct gd_validation {
    const gd_table *table, *judged;
    const gd_examples *truth;
    const gd_prediction *prediction;
    const char *stage;
} gd_validation;
bool gd_model_validation(const gd_model *model, gd_validation *validation);

/* Permutation importance: by how much the loss rises when the values of one column are shuffled
 * among the rows (logarithmic loss of classes and labels, in nats; of numbers the root of the
 * mean square), the mean of three deals, and the deviation of these. Of at most 2000 rows, evenly
 * taken. */
typedef struct gd_importance {
    const char *column; /* the encoder's */
    double rise, deviation;
} gd_importance;

/* *list, the largest first, has *count items, yours to gd_importances_destroy. */
gd_status gd_model_importances(const gd_model *model, const gd_table *table,
                               const gd_examples *truth, gd_importance **list, int64_t *count);
void gd_importances_destroy(gd_importance *list, int64_t count);

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif
#endif
