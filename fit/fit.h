/* gradus/fit.h - from a table to a trained model, and from a model to predictions.
 *
 * Purpose    Does in C what `gradus train`, `gradus predict` and `gradus eval` do in a shell.
 *            gd_fit detects the task, encodes the columns, trains candidate models, selects one by
 *            its validation loss, and trains that one on all rows. The command and this library
 *            read and write the same model files.
 * Ownership  A gd_model is yours to gd_model_destroy. It owns what its functions return, unless a
 *            comment says "yours". Arguments stay yours and are needed during the call only.
 * Errors     A gd_status, with a gd_message(). The message gives the place of a bad cell
 *            ("iris.csv:7: column ..") or names an option by its member (".folds takes ..").
 *            Nothing is printed: warnings and progress go to one callback.
 * Threads    No global state. Any number of fits and predictions may run at once; one thread at a
 *            time may use a model. A fit uses the threads of a pool that it is given. Results do
 *            not depend on the number of threads.
 *
 *     gd_table *table = gd_table_read("iris.csv", NULL);
 *     gd_model *model;
 *     if (gd_fit(table, &(gd_fit_options){.target = "species", .seed = 7}, &model) != GD_OK)
 *         return fail(gd_message());
 *     printf("accuracy %.3f\n", gd_model_score(model, "accuracy"));
 *     gd_model_save(model, "iris.safetensors");
 *     gd_model_destroy(model);
 *     gd_table_destroy(table);
 */
#ifndef GRADUS_FIT_H
#define GRADUS_FIT_H

#include <gradus/data.h>
#include <gradus/nn.h>

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(default)

/* ---- target and examples ------------------------------------------------------------------ */

typedef enum gd_task { GD_BINARY, GD_MULTICLASS, GD_MULTILABEL, GD_REGRESSION } gd_task;

/* "binary", "multiclass", "multilabel" or "regression". */
const char *gd_task_name(gd_task task);

/* What a model predicts: the task, the target columns and the classes. It belongs to the model. Of
 * two classes the second is the positive one. */
typedef struct gd_target gd_target;

gd_task gd_target_task(const gd_target *target);
/* The numbers in the prediction of one row: classes, labels, or 1 for a regression. */
int64_t gd_target_width(const gd_target *target);
/* The name of class or label i in [0,width); of a regression, the name of its column. NULL if i is
 * out of range. */
const char *gd_target_label(const gd_target *target, int64_t i);
/* The index of the class or label with this name (`length` bytes); -1: none has it. */
int64_t gd_target_find(const gd_target *target, const char *name, size_t length);
/* The name of target column i: there are several only for labels. NULL past the last one. */
const char *gd_target_column(const gd_target *target, int64_t i);
/* Whether classes are compared as texts even if they look like numbers: "1" is not "1.0". */
bool gd_target_is_categorical(const gd_target *target);
/* Regression: mean and standard deviation of the training targets. The network predicts
 * (y - mean) / deviation. Other tasks: 0 and 1. */
double gd_target_mean(const gd_target *target);
double gd_target_deviation(const gd_target *target);

/* Whether gd_fit treats a target column as classes: it holds texts, or at most 20 different
 * numbers, all of them whole. */
bool gd_table_is_classes(const gd_table *table, int column);

/* Columns by a list, as gd_table_select reads it, which may be NULL. `option` is the name that
 * messages use.
 * gd_table_choose_column   *column is the one column of the list, or -1
 * gd_table_choose_targets  sets chosen [columns] to true for the target columns: those of `target`
 *                          (one column) or `targets`; if both are NULL, gd_table_default_targets
 * GD_ERROR_VALUE: an unknown column, or several where one is expected. GD_ERROR_MEMORY. */
gd_status gd_table_choose_column(const gd_table *table, const char *option, const char *list,
                                 int *column);
gd_status gd_table_choose_targets(const gd_table *table, const char *target, const char *targets,
                                  bool *chosen);

/* The n rows of a table whose target is known. gd_examples_free destroys the tensors. */
typedef struct gd_examples {
    gd_tensor *rows; /* [n] int64, row numbers in the table */
    /* The targets: class indices [n] int64; labels [n,width] float32, 0 or 1; numbers [n,1]
     * float64. */
    gd_tensor *y;
    gd_tensor *mask;    /* labels: [n,width] bool, true where the label is known; else NULL */
    gd_tensor *weights; /* [n] float64, sample weights; NULL: 1 each */
    /* The number of rows left out because the target has no such class, and the first such row
     * (-1: none). */
    int64_t unseen, first_unseen;
} gd_examples;

/* Reads the target columns of a table, which are found by name. weights is NULL. GD_ERROR_VALUE: a
 * target column is missing, a cell cannot be read (with its place), or no row has a known target.
 * GD_ERROR_MEMORY. Call gd_examples_free in any case. */
gd_status gd_examples_read(gd_examples *examples, const gd_target *target, const gd_table *table);
void gd_examples_free(gd_examples *examples);

/* ---- fitting ------------------------------------------------------------------------------ */

typedef enum gd_fit_kind {
    GD_FIT_NOTE,    /* `message`: progress in words, such as the selected model */
    GD_FIT_WARNING, /* `message`: a likely problem in the data or the options */
    GD_FIT_BEGIN, /* a training run begins: `stage`, `epochs`, `score_name`, `tape`, `parameters` */
    GD_FIT_STEP,  /* the optimiser has made a step: `stage` */
    GD_FIT_EPOCH, /* an epoch has ended: all members but `message` and `patience` */
    GD_FIT_SAVE,  /* a checkpoint is about to be written, through a temporary file: `stage` */
    GD_FIT_SAVED, /* the writing has ended, successfully or not: `stage` */
    GD_FIT_END    /* the training run has ended: `stage`, `epoch`, `patience` */
} gd_fit_kind;

/* Texts are valid during the call of the callback only. */
typedef struct gd_fit_event {
    gd_fit_kind kind;
    const char *message;
    const char *stage;     /* "logreg-1", "mlp", "final-mlp": also names the checkpoint's file */
    int64_t epoch, epochs; /* from 1; the maximum number */
    double train_loss;
    double valid_loss, score; /* on the validation rows; NaN: there are none */
    const char *score_name;   /* "accuracy", "micro_f1" or "rmse" */
    double learning_rate;
    int64_t patience; /* early stopping: the epochs without improvement; 0: no early stopping */

    /* From BEGIN to END: the tape and the parameters of the run's first network, for an observer
     * of the tape such as gd_trace_attach of <gradus/trace.h>. They are destroyed after END. NULL
     * with a pool of several threads, which may be ahead of the callback. */
    gd_tape *tape;
    gd_parameters *parameters;
} gd_fit_event;

/* The zero value of each member is its default. Texts have the form of the `gradus train` option
 * of that name; NULL: not given. docs/fit.md lists accepted values and defaults. */
typedef struct gd_fit_options {
    /* Columns, as lists for gd_table_select. `target` names one column, `targets` label columns;
     * if both are NULL, gd_table_default_targets decides. */
    const char *target, *targets, *drop, *only, *id, *weight, *group;
    const char *categorical, *numeric, *text;
    const char *task; /* "auto" or a gd_task_name */

    /* Model */
    const char *model;        /* "auto", "logreg", "mlp" */
    const char *hidden;       /* sizes of the hidden layers: "64,32" */
    const char *act;          /* "relu", "tanh", "sigmoid", "gelu", "silu", "softplus" */
    const char *loss;         /* "auto", "ce", "nll", "bce", "bce_with_logits", "mse", "focal" */
    const char *class_weight; /* "balanced", or "spam=2,\"a, b\"=5" */
    const char *pos_weight;   /* "auto", "3", or "spam=2,\"a, b\"=5" */
    gd_optional dropout, label_smoothing;

    /* Training */
    const char *optim;    /* "auto", "sgd", "momentum", "adam", "adamw", "rmsprop", "adagrad",
                                  "lbfgs" */
    const char *schedule; /* "auto", "constant", "step", "cosine", "warmup", "plateau",
                                     "one-cycle" */
    gd_optional lr, weight_decay, clip, epochs, batch, patience;
    uint64_t seed;

    /* Validation: at most one of the three. None: five-fold cross-validation, or a tenth of the
     * rows of a large table. */
    const gd_table *valid;
    gd_optional valid_frac, folds;
    bool tune_thresholds; /* use the thresholds with the best F1 on the validation rows, not 0.5 */

    /* The threads to train on, yours; NULL: the calling thread alone. Folds, members of an
     * ensemble, linear models and networks are trained side by side; where there is only one of
     * them, its large steps are cut. The model has the same bits with any number of threads,
     * provided that BLAS uses one thread (gd_blas_set_threads). */
    gd_pool *pool;

    const char *checkpoint; /* an existing folder for checkpoints; NULL: none */
    bool resume;            /* resume from them: the result has the same bits as without a stop */

    /* How the table was read. The model keeps this, so that gd_model_read_table reads other tables
     * in the same way. */
    const gd_table_options *reading;

    /* Receives every event, in the thread that called gd_fit, one at a time. The order does not
     * depend on the number of threads: an event that comes too early is kept until its turn. Only
     * the GD_FIT_STEPs of an epoch that fails or is stopped vary in number. If it returns false,
     * gd_fit ends after the current steps with GD_STOPPED. If several networks fail, the message
     * is that of the first in order, not in time. */
    bool (*watch)(void *context, const gd_fit_event *event);
    void *context;
} gd_fit_options;

/* Checks what can be checked without a table, as gd_fit does first: GD_OK, or GD_ERROR_ARGUMENT
 * with a gd_message() that begins with the member, ".epochs: ..". */
gd_status gd_fit_check_options(const gd_fit_options *options);

typedef struct gd_model gd_model;

/* Fits a model that predicts the target from the other columns of the table. options NULL: all
 * defaults. *model is yours after GD_OK. After GD_STOPPED it is the network trained so far, or
 * NULL if there is none yet. After any other status it is NULL: GD_ERROR_ARGUMENT (an option),
 * GD_ERROR_VALUE (the table, with the place), GD_ERROR_DIVERGED (a loss was not finite; the
 * message gives the likely cause), GD_ERROR_IO and GD_ERROR_FORMAT (a checkpoint),
 * GD_ERROR_MEMORY. */
gd_status gd_fit(const gd_table *table, const gd_fit_options *options, gd_model **model);

/* Reads a table, for example of validation rows, in the same way as `like`, which was read with
 * these options (NULL: none). Yours. NULL and a gd_message() on error. */
gd_table *gd_table_read_alike(const char *path, const gd_table *like,
                              const gd_table_options *options);

/* ---- training a module of your own -------------------------------------------------------- */

/* gd_fit is made of the parts in this section. Use them to train any gd_module on your own tensors
 * with validation, early stopping and checkpoints:
 *
 *     gd_tensor *loss(void *context, gd_tape *tape, gd_tensor *logits, const gd_batch *batch)
 *     {
 *         return gd_cross_entropy(tape, logits, batch->y, NULL);
 *     }
 *
 *     gd_module *mlp = gd_mlp_create(parameters, "", GD_DIMS(4, 64, 3), NULL);
 *     gd_learner learner = {.module = mlp, .train = {.x = x, .y = y}, .valid = {.x = vx, .y = vy}};
 *     gd_run run = {.parameters = parameters, .count = 1, .learners = &learner, .loss = loss,
 *                   .checkpoint = "run.safetensors", .resume = true};
 *     gd_recipe recipe;
 *     gd_run_result result;
 *     gd_recipe_init(&recipe, &(gd_fit_options){.patience = GD_SOME(10)}, x->shape[0]);
 *     if (gd_run_train(&run, &recipe, &result) != GD_OK)
 *         return fail(gd_message());
 *     printf("best epoch %d, validation loss %g\n", (int)result.best_epoch, result.valid_loss);
 *     gd_run_result_free(&result);
 */

enum { GD_MOST_HIDDEN = 16 };

/* A linear model or a multi-layer perceptron. */
typedef struct gd_architecture {
    int64_t inputs, outputs;
    int hidden_count; /* 0: a linear model */
    int64_t hidden[GD_MOST_HIDDEN];
    const char *act;      /* as gd_fit_options.act; NULL: "relu" */
    double dropout;       /* of hidden units, in [0,1) */
    double input_dropout; /* of inputs, in [0,1) */
} gd_architecture;

/* Adds the layers under `name`, with initial weights from gd_parameters_rng: He et al. 2015, with
 * variance 1 / inputs for the last layer; biases are 0. The module belongs to the parameters. NULL
 * and a gd_message() on error. */
gd_module *gd_architecture_build(const gd_architecture *architecture, gd_parameters *parameters,
                                 const char *name);

/* How a model is built and trained: gd_fit_options with the defaults filled in. Its texts are
 * those of the options. */
typedef struct gd_recipe {
    const char *name;             /* gd_fit_event.stage: "logreg-1", "mlp" */
    gd_architecture architecture; /* of each network; inputs is 0 until the features are known */
    int members;                  /* networks whose logits are averaged */
    const char *optim, *schedule;
    double lr, weight_decay, clip; /* weight_decay: not for biases; clip 0: none */
    int64_t epochs;                /* the length of the schedule */
    int64_t last_epoch;            /* training ends after this epoch; 0: after `epochs` */
    int64_t batch;                 /* rows; ignored by lbfgs, which uses all rows at once */
    int64_t patience;              /* epochs without improvement before early stopping; 0: never */
    uint64_t seed;                 /* of the order of the rows */
} gd_recipe;

/* Fills in a recipe for training on `rows` rows. It reads the members `optim`, `schedule`, `lr`,
 * `weight_decay`, `clip`, `epochs`, `batch`, `patience` and `seed` of the options (NULL: all
 * defaults). The architecture is empty, and the name is "run". GD_ERROR_ARGUMENT. */
gd_status gd_recipe_init(gd_recipe *recipe, const gd_fit_options *options, int64_t rows);

/* The recipes that gd_fit tries for a task, *count of them: linear models of falling weight decay,
 * then a network. outputs: logits of a row. GD_ERROR_ARGUMENT. */
enum { GD_MOST_RECIPES = 8 };
gd_status gd_recipes(gd_recipe recipes[GD_MOST_RECIPES], int *count, const gd_fit_options *options,
                     gd_task task, int64_t outputs, int64_t rows);

/* Rows for training or validation. The tensors are yours. */
typedef struct gd_batch {
    gd_tensor *x;       /* [n,..] what the module takes, of any dtype */
    gd_tensor *y;       /* [n,..] what the loss takes, of any dtype */
    gd_tensor *mask;    /* [n,..] likewise, such as bool for known labels; NULL: none */
    gd_tensor *weights; /* [n,..] likewise, such as float32 sample weights; NULL: none */
} gd_batch;

/* A module, and the rows that it learns from and is validated on. */
typedef struct gd_learner {
    gd_module *module; /* x [n,..] -> logits [n,..] float32 */
    gd_batch train;
    gd_batch valid;            /* {NULL}: no validation, and no early stopping */
    const gd_encoder *encoder; /* messages take the names of features from it; NULL: numbers */
} gd_learner;

/* One training run. Usually it has one learner. Several are trained side by side: the folds of a
 * cross-validation, so that one number of epochs is the best for all of them together; or an
 * ensemble. */
typedef struct gd_run {
    /* Of all modules, and no others; float32. One optimiser trains them together. NULL: each
     * module has a gd_parameters of its own, no name occurs in two of them, and each learner has
     * its own optimiser. These learners use the threads of the pool; loss must then be a function
     * that several threads may call. */
    gd_parameters *parameters;
    int count;
    const gd_learner *learners; /* [count] */
    /* false: the validation rows are those of all learners, one after the other. true: they are
     * those of the first one, and the mean of the learners' logits is validated. */
    bool ensemble;

    /* The mean loss of a batch, a scalar on the tape. NULL: the tape has an error. */
    gd_tensor *(*loss)(void *context, gd_tape *tape, gd_tensor *logits, const gd_batch *batch);
    /* Optional: a score of the logits of all validation rows, for gd_fit_event.score. */
    gd_status (*score)(void *context, const gd_tensor *logits, double *score);
    const char *score_name;

    /* The threads for learners with parameters of their own, or else for large steps; NULL: the
     * calling thread alone. */
    gd_pool *pool;

    const char *checkpoint; /* path of a .safetensors file; NULL: none */
    const char *identity;   /* a JSON object; a checkpoint with another one is refused; NULL: {} */
    bool resume; /* continue from the checkpoint, if it exists, with the same bits as without a
                    stop */

    /* As in gd_fit_options; GD_FIT_BEGIN to GD_FIT_END only. NULL: none. */
    bool (*watch)(void *context, const gd_fit_event *event);
    void *context; /* for the three functions */
} gd_run;

typedef struct gd_run_result {
    int64_t epochs;     /* completed, including those before a resumed checkpoint */
    int64_t resumed;    /* completed before a resumed checkpoint */
    int64_t best_epoch; /* from 1: the lowest validation loss; without validation the last epoch */
    double train_loss, valid_loss; /* mean losses of the best epoch; NaN: no validation */
    gd_tensor *logits; /* [validation rows,..] float32 after the best epoch; NULL: no validation */
} gd_run_result;

/* Trains to the end of the recipe or to early stopping. The parameters then have the weights of the
 * best epoch. After GD_STOPPED they have those of the best epoch so far, or the latest ones in the
 * first epoch; the checkpoint has the latest ones. GD_ERROR_ARGUMENT (something is missing),
 * GD_ERROR_DIVERGED (a loss is not finite; the message gives the likely cause), GD_ERROR_IO and
 * GD_ERROR_FORMAT (the checkpoint), an error of the module or the loss, GD_ERROR_MEMORY.
 * gd_run_result_free destroys `logits`; call it in any case. */
gd_status gd_run_train(const gd_run *run, const gd_recipe *recipe, gd_run_result *result);
void gd_run_result_free(gd_run_result *result);

/* Balanced weights, as scikit-learn's "balanced": n / (k rows of the class), where k is the number
 * of classes that occur; 0 for others. classes [n] int64 in [0,count); dtype GD_F32 for
 * gd_nll_loss_options.weight, or GD_F64. [count], yours; gd_take_rows(weights, classes) gives the
 * weight of each row. NULL and a gd_message() on error. */
gd_tensor *gd_balanced_class_weights(const gd_tensor *classes, int64_t count, gd_dtype dtype);
/* For gd_binary_cross_entropy_with_logits_options.pos_weight: rows without each label / rows with
 * it; 1 if either is 0. y [n,labels] float32 of 0 and 1, or [n] int64 of 0 and 1 (one label). mask
 * [n,labels] bool, true where y is known; NULL: everywhere. [labels] float32, yours. NULL and a
 * gd_message() on error. */
gd_tensor *gd_balanced_pos_weight(const gd_tensor *y, const gd_tensor *mask);

/* ---- models ------------------------------------------------------------------------------- */

/* Writes a .safetensors file, which `gradus` reads, too. A previous file is replaced only after
 * the new one is complete. GD_ERROR_DIVERGED: a weight is not finite. GD_ERROR_IO,
 * GD_ERROR_MEMORY. */
gd_status gd_model_save(const gd_model *model, const char *path);
/* Reads a file of gd_model_save or `gradus train`. The file is checked; it may come from an
 * untrusted source. *model is yours. NULL on error: GD_ERROR_IO (cannot be opened),
 * GD_ERROR_FORMAT (not a model, or damaged), GD_ERROR_MEMORY. */
gd_status gd_model_load(gd_model **model, const char *path);
void gd_model_destroy(gd_model *model); /* NULL is allowed */

/* Reads a table in the same way as the training table: the same texts are missing values,
 * categories keep their spelling, and format, header, delimiter and decimal mark are the same,
 * unless the options (NULL: none) say otherwise. Yours. NULL and a gd_message() on error. */
gd_table *gd_model_read_table(const gd_model *model, const char *path,
                              const gd_table_options *options);
/* The same for a table to evaluate the model on. Rows of weight 0 are left out, if the table has
 * the column of sample weights of the training table. */
gd_table *gd_model_read_test_table(const gd_model *model, const char *path,
                                   const gd_table_options *options);

/* The predictions for n rows. gd_prediction_free destroys `values`. */
typedef struct gd_prediction {
    /* [n,width] float64: probabilities of classes or labels, or the numbers of a regression. */
    gd_tensor *values;
    const double *thresholds; /* [width], the model's; NULL: 0.5 each */
    int64_t unknown;          /* cells with a text that is new to the model: treated as missing */
    int64_t clipped;          /* cells with a number far outside the training range: clipped */
    int64_t clipped_row;      /* the first of these cells */
    int clipped_column;
} gd_prediction;

/* Predicts rows [n] int64 of a table (NULL: all). Columns are found by name. GD_ERROR_VALUE: a
 * column is missing, a row does not exist. GD_ERROR_MEMORY. After an error `values` is NULL. */
gd_status gd_model_predict(const gd_model *model, const gd_table *table, const gd_tensor *rows,
                           gd_prediction *prediction);
/* Predicts from features x [n,inputs] float32, as gd_encoder_apply returns them. GD_ERROR_SHAPE,
 * GD_ERROR_DTYPE, GD_ERROR_MEMORY. */
gd_status gd_model_predict_features(const gd_model *model, const gd_tensor *x,
                                    gd_prediction *prediction);
/* The baseline that ignores the features, for n rows: the frequencies of the classes or labels in
 * the training rows, or the mean of their numbers. GD_ERROR_MEMORY. */
gd_status gd_model_predict_baseline(const gd_model *model, int64_t n, gd_prediction *prediction);
void gd_prediction_free(gd_prediction *prediction);

/* The predicted class of a row: the most probable one; of two classes the second, if its
 * probability is above its threshold. */
int64_t gd_predicted_class(const gd_target *target, const gd_prediction *prediction, int64_t row);
/* Whether the probability of a label is above its threshold. */
bool gd_predicted_label(const gd_prediction *prediction, int64_t row, int64_t label);
/* The predicted classes of all rows, [n] int64, or labels, [n,width] bool. Yours. NULL and a
 * gd_message() on error. */
gd_tensor *gd_predicted_targets(const gd_target *target, const gd_prediction *prediction);

/* The model without its weights as JSON, as in the metadata of its file: target, network, encoder,
 * thresholds, training. Yours to gd_model_describe_destroy. NULL and a gd_message() on error. */
char *gd_model_describe(const gd_model *model);
void gd_model_describe_destroy(char *text); /* NULL is allowed */

/* ---- parts of a model --------------------------------------------------------------------- */

const gd_target *gd_model_target(const gd_model *model);
const gd_encoder *gd_model_encoder(const gd_model *model);
/* Weights [outputs,inputs] and biases [outputs], float32, layer after layer. Their values may be
 * changed. */
gd_parameters *gd_model_parameters(const gd_model *model);
gd_module *gd_model_module(const gd_model *model); /* features [n,inputs] -> logits [n,outputs] */
const gd_architecture *gd_model_architecture(const gd_model *model);
const double *gd_model_thresholds(const gd_model *model); /* [width] */
/* The name of identifier column i (gd_fit_options.id). NULL past the last one. */
const char *gd_model_id(const gd_model *model, int64_t i);

/* Sets thresholds in [0,1]: "0.3" for all labels or the second of two classes, or "a=0.3,b=0.5" by
 * name. GD_ERROR_ARGUMENT: another task, an unknown name, a number outside [0,1]. */
gd_status gd_model_set_thresholds(gd_model *model, const char *list);

/* ---- scores ------------------------------------------------------------------------------- */

enum { GD_MOST_SCORES = 16 };
typedef struct gd_scores {
    int count;
    struct {
        const char *name; /* "accuracy", "macro_f1", "rmse", ..: docs/cli.md lists them */
        double value;     /* NaN: undefined, such as the ROC AUC of rows of one class */
    } at[GD_MOST_SCORES];
} gd_scores;

/* Compares a prediction with the targets of the same rows. A prediction of one row holds for every
 * row. baseline: a prediction of one row, for the score "majority_accuracy" of classes; NULL:
 * without that score. GD_ERROR_SHAPE: the prediction has another number of rows or columns than
 * the examples. GD_ERROR_VALUE: a class outside [0,width). GD_ERROR_MEMORY. */
gd_status gd_scores_compute(gd_scores *scores, const gd_target *target, const gd_examples *examples,
                            const gd_prediction *prediction, const gd_prediction *baseline);

/* Predicts the examples of a table and computes all their scores. It works
 * in blocks of rows, so memory never holds the probabilities of all rows. *predicted gets
 * gd_predicted_targets of all rows, yours in any case. *prediction gets all members but `values`.
 * Errors as in gd_model_predict and gd_scores_compute. */
gd_status gd_model_evaluate(const gd_model *model, const gd_table *table,
                            const gd_examples *examples, gd_scores *scores, gd_tensor **predicted,
                            gd_prediction *prediction);

double gd_scores_get(const gd_scores *scores, const char *name); /* NaN: there is none */

/* The score that gd_fit reports after each epoch: "accuracy", "micro_f1" or "rmse". NaN: it is
 * undefined, or there is no memory. */
const char *gd_main_score_name(const gd_target *target);
double gd_main_score(const gd_target *target, const gd_examples *examples,
                     const gd_prediction *prediction);

/* How a model was trained. The texts belong to the model. */
typedef struct gd_training {
    const char *table; /* path of the training table; NULL: unknown */
    uint64_t seed;
    int64_t rows;           /* of the table that have a target; 0: unknown */
    const char *model;      /* "logreg", "mlp", "mean of logreg and mlp"; NULL: stopped early */
    int64_t epochs;         /* the best number of epochs */
    const char *validation; /* "validation table", "cross-validation", "held-out rows" */
    int64_t folds;
    gd_scores scores; /* on the validation rows, by models that were not trained on them */
} gd_training;

const gd_training *gd_model_training(const gd_model *model);
double gd_model_score(const gd_model *model, const char *name); /* of these scores; NaN: none */

/* The validation of gd_fit. It belongs to the model, but for tables that you passed to gd_fit. */
typedef struct gd_validation {
    const gd_table *table;       /* the training table, yours or a copy without rows of weight 0 */
    const gd_table *valid;       /* the table of the validation rows, likewise */
    const gd_examples *examples; /* the validation rows */
    const gd_prediction *prediction; /* of each, by a model that was not trained on it */
    const char *stage;               /* the gd_fit_event.stage of the selected model */
} gd_validation;
/* false: the model was loaded, or its training was stopped. */
bool gd_model_validation(const gd_model *model, gd_validation *validation);

/* Permutation importance: how much the loss increases when the values of one column are shuffled
 * among the rows. The loss is the log loss of classes and labels, in nats, or the root mean
 * squared error. */
typedef struct gd_importance {
    const char *column; /* the encoder's */
    double increase;    /* mean of three shuffles */
    double deviation;   /* standard deviation of these */
} gd_importance;

/* *list [*count], the largest increase first, yours to gd_importances_destroy. At most 2000 rows
 * are used, evenly spaced. GD_ERROR_VALUE: a column is missing. GD_ERROR_MEMORY. */
gd_status gd_model_importances(const gd_model *model, const gd_table *table,
                               const gd_examples *examples, gd_importance **list, int64_t *count);
void gd_importances_destroy(gd_importance *list, int64_t count);

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif
#endif
