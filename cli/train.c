/* gradus train: from a table to a model. */
#include "cli/announce.h"
#include "cli/cli.h"
#include "cli/dataset.h"
#include "cli/report_page.h"
#include "cli/score_report.h"
#include "cli/thresholds.h"
#include "cli/validation.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Everything that one call of the command works with. */
typedef struct training {
    const cli_options *options;
    double start;
    gd_table *table, *valid_table; /* valid_table: of --valid; NULL: a part of the table */
    cli_columns columns;
    cli_model model;
    cli_truth truth; /* of the whole table */
    cli_objective objective;
    cli_validation validation;
    cli_choice choice;
    cli_watch watch;
    bool resume; /* the watch's */
    json_t *identity;
} training;

/* ---- before anything is read ---- */

/* A model is replaced in one step, which neither a pipe nor a device can be. */
static int check_model_path(const cli_options *o)
{
    struct stat status;
    if (o->output == NULL) {
        cli_warn("without --output the model is judged, but not kept");
        return CLI_OK;
    }
    if (strcmp(o->output, "-") == 0)
        return cli_usage_error(o, "--output takes a file; standard output is for the report");
    if (cli_check_output_is_no_input(o, "output", o->output) != CLI_OK)
        return CLI_USAGE;
    if (!cli_output_check(o->output))
        return CLI_RUNTIME;
    if (stat(o->output, &status) == 0 && !S_ISREG(status.st_mode))
        return cli_error(CLI_RUNTIME, "%s: a regular file is expected", o->output);
    return CLI_OK;
}

/* The folder is there, or is made. */
static int check_folder(const char *path)
{
    struct stat status;
    if (mkdir(path, 0777) == 0)
        return CLI_OK;
    int error = errno;
    if (error == EEXIST && stat(path, &status) == 0)
        error = !S_ISDIR(status.st_mode) ? ENOTDIR : access(path, W_OK | X_OK) != 0 ? errno : 0;
    return error == 0 ? CLI_OK : cli_error(CLI_RUNTIME, "%s: %s", path, strerror(error));
}

/* Everything that is to be written can be. */
static int check_outputs(training *t)
{
    const cli_options *o = t->options;
    if (o->resume && o->checkpoint == NULL)
        return cli_usage_error(o, "--resume needs --checkpoint");
    int code = check_model_path(o);
    if (code == CLI_OK && o->checkpoint != NULL)
        code = check_folder(o->checkpoint);
    if (code != CLI_OK)
        return code;
    if (cli_check_output_is_no_input(o, "log", o->log) != CLI_OK)
        return CLI_USAGE;
    if (o->log != NULL && (t->watch.log = fopen(o->log, o->resume ? "a" : "w")) == NULL)
        return cli_error(CLI_RUNTIME, "%s: %s", o->log, strerror(errno));
    if ((code = cli_check_report(o)) != CLI_OK)
        return code;
    t->watch.history = o->report != NULL ? json_array() : NULL;
    t->watch.checkpoint = o->checkpoint;
    t->resume = o->resume;
    t->watch.resume = &t->resume;
    return CLI_OK;
}

/* ---- reading ---- */

/* The columns whose texts are needed as they stand: ids, categories, groups. Freed by the caller. */
static char *verbatim_list(const cli_options *o)
{
    const char *const lists[] = {o->id, o->categorical, o->group};
    size_t size = 1;
    for (int i = 0; i < 3; ++i)
        size += lists[i] != NULL ? strlen(lists[i]) + 1 : 0;
    char *list = calloc(size, 1);
    for (int i = 0; list != NULL && i < 3; ++i)
        if (lists[i] != NULL) {
            strcat(list, list[0] != '\0' ? "," : "");
            strcat(list, lists[i]);
        }
    return list;
}

static int read_tables(training *t)
{
    int code;
    char *list = verbatim_list(t->options);
    const char *verbatim = list != NULL && list[0] != '\0' ? list : NULL;
    t->table = cli_read_table(t->options, t->options->operands[0], verbatim, &code);
    if (t->table != NULL && t->options->valid != NULL)
        t->valid_table = cli_read_table(t->options, t->options->valid, verbatim, &code);
    free(list);
    return code;
}

static bool tells_progress(const training *t)
{
    return !t->options->quiet && strcmp(t->options->progress, "none") != 0;
}

static int read_targets(training *t)
{
    int code = cli_columns_choose(&t->columns, t->options, t->table);
    if (code == CLI_OK)
        code = cli_target_find(&t->model.target, t->table, t->columns.targets, t->options->task);
    if (code == CLI_OK)
        code = cli_truth_read(&t->truth, &t->model.target, t->table);
    if (code == CLI_OK)
        code = cli_weights_check(&t->columns, t->table, t->truth.rows);
    int64_t left_out = code == CLI_OK ? gd_table_rows(t->table) - t->truth.y->shape[0] : 0;
    if (left_out > 0 && !t->options->quiet)
        cli_warn("%s: %" PRId64 " rows without a target are left out", gd_table_path(t->table),
                 left_out);
    if (code == CLI_OK && tells_progress(t))
        cli_announce_target(&t->model.target, t->table, &t->columns, t->truth.y->shape[0]);
    t->model.ids = json_array();
    for (int j = 0; code == CLI_OK && j < gd_table_columns(t->table); ++j)
        if (t->columns.ids[j])
            json_array_append_new(t->model.ids, json_string(gd_table_name(t->table, j)));
    return code;
}

static cli_view view_of(const training *t)
{
    return (cli_view){t->options, &t->columns, &t->model.target, &t->objective};
}

/* ---- validation rows ---- */

/* Cross-validation costs as much memory and time as there are folds. */
enum { FOLDS = 5, MOST_FOLDED_ROWS = 20000, MOST_FOLDED_CELLS = 4000000 };
static const double default_fraction = 0.1; /* of a table that is too large for it */

/* units: the rows or groups that can be dealt. */
static int folds_wanted(const training *t, int64_t units)
{
    const cli_options *o = t->options;
    int64_t rows = t->truth.y->shape[0];
    if (o->valid != NULL || o->valid_frac.given)
        return 1;
    if (o->folds.given)
        return (int)o->folds.value;
    if (rows > MOST_FOLDED_ROWS || rows * gd_table_columns(t->table) > MOST_FOLDED_CELLS)
        return 1;
    return units < FOLDS ? (int)units : FOLDS;
}

static int check_folds(const training *t, int count, int64_t units)
{
    const char *what = t->columns.group >= 0 ? "groups" : "rows";
    if (t->options->valid != NULL)
        return CLI_OK;
    if (units < 2)
        return cli_error(
            CLI_DATA,
            "%s: column \"%s\" has one group in all rows; validation needs another, or "
            "--valid",
            gd_table_path(t->table), gd_table_name(t->table, t->columns.group));
    if (count > units)
        return cli_error(CLI_DATA,
                         "%s: --folds takes at most the number of %s, %" PRId64 ", not %d",
                         gd_table_path(t->table), what, units, count);
    return CLI_OK;
}

/* Rows of the table as a pair. */
static int take_pair(training *t, int k, const gd_tensor *train, const gd_tensor *valid)
{
    cli_validation *v = &t->validation;
    int code = cli_part_take(&v->train[k], t->table, &t->columns, &t->truth, train);
    return code == CLI_OK ? cli_part_take(&v->valid[k], t->table, &t->columns, &t->truth, valid)
                          : code;
}

static int make_folds(training *t, const gd_tensor *groups, int count)
{
    gd_tensor *folds = cli_parts_fold(&t->model.target, &t->truth, groups, count, t->options->seed);
    int code = folds != NULL ? CLI_OK : CLI_DATA;
    for (int k = 0; code == CLI_OK && k < count; ++k) {
        gd_tensor *train, *valid;
        if (gd_fold_rows(folds, k, &train, &valid) != GD_OK)
            code = cli_error(CLI_DATA, "%s", gd_message());
        else
            code = take_pair(t, k, train, valid);
        gd_tensor_destroy(train);
        gd_tensor_destroy(valid);
    }
    gd_tensor_destroy(folds);
    return code;
}

static int make_split(training *t, const gd_tensor *groups)
{
    gd_optional given = t->options->valid_frac;
    gd_tensor *train = NULL, *valid = NULL;
    int code = cli_parts_split(&t->model.target, &t->truth, groups,
                               given.given ? given.value : default_fraction, t->options->seed,
                               &train, &valid);
    if (code == CLI_OK && (train->shape[0] == 0 || valid->shape[0] == 0))
        code = cli_error(CLI_DATA, "%s: too few rows to keep some for validation",
                         gd_table_path(t->table));
    if (code == CLI_OK)
        code = take_pair(t, 0, train, valid);
    gd_tensor_destroy(train);
    gd_tensor_destroy(valid);
    return code;
}

/* The table trains, the one of --valid validates. */
static int pair_tables(training *t)
{
    cli_validation *v = &t->validation;
    gd_tensor *all = gd_tensor_create_arange(GD_I64, 0, (double)t->truth.y->shape[0], 1);
    int code = all != NULL ? cli_part_take(&v->train[0], t->table, &t->columns, &t->truth, all)
                           : cli_error(CLI_RUNTIME, "%s", gd_message());
    gd_tensor_destroy(all);
    v->valid[0] = (cli_part){.table = t->valid_table};
    if (code == CLI_OK)
        code = cli_truth_read(&v->valid[0].truth, &t->model.target, t->valid_table);
    if (code == CLI_OK && v->valid[0].truth.y->shape[0] == 0)
        code = cli_error(CLI_DATA, "%s: there is no row whose target is known",
                         gd_table_path(t->valid_table));
    return code;
}

static int make_validation(training *t)
{
    gd_tensor *groups;
    int code = cli_groups_read(&groups, &t->columns, t->table, t->truth.rows);
    int64_t units =
        code != CLI_OK || groups == NULL ? t->truth.y->shape[0] : cli_groups_count(groups);
    int count = folds_wanted(t, units);
    if (code == CLI_OK)
        code = units < 0 ? CLI_RUNTIME : check_folds(t, count, units);
    if (code == CLI_OK)
        code = cli_validation_create(&t->validation, count);
    if (code == CLI_OK && t->valid_table != NULL)
        code = pair_tables(t);
    else if (code == CLI_OK)
        code = count > 1 ? make_folds(t, groups, count) : make_split(t, groups);
    gd_tensor_destroy(groups);
    if (code == CLI_OK)
        code = cli_validation_join(&t->validation);
    return code;
}

/* ---- training ---- */

/* FNV-1a over a tensor's bytes; NULL has none. */
static uint64_t hash_of(uint64_t hash, const gd_tensor *x)
{
    const unsigned char *bytes = x != NULL ? x->data : NULL;
    size_t size = x != NULL ? (size_t)gd_tensor_numel(x) * gd_dtype_size(x->dtype) : 0;
    for (size_t i = 0; i < size; ++i)
        hash = (hash ^ bytes[i]) * 0x100000001b3u;
    return hash;
}

/* The rows that are trained and validated on, as sixteen hexadecimal digits. */
static json_t *fingerprint(const cli_validation *v)
{
    char text[17];
    const cli_examples *const parts[] = {&v->train_examples[0], &v->valid_examples[0]};
    uint64_t hash = 0xcbf29ce484222325u;
    for (int i = 0; i < 2; ++i) {
        const cli_examples *e = parts[i];
        hash = hash_of(hash_of(hash_of(hash_of(hash, e->x), e->y), e->mask), e->weights);
    }
    snprintf(text, sizeof text, "%016" PRIx64, hash);
    return json_string(text);
}

/* What a checkpoint must agree with: all that the run follows from. */
static json_t *identity_of(const training *t)
{
    const cli_options *o = t->options;
    static const char *const others[] = {"checkpoint", "resume", "log", "threads"};
    json_t *json = cli_options_json(o);
    for (int i = 0; i < 4; ++i)
        json_object_del(json, others[i]);
    json_object_set_new(json, "table rows", json_integer(gd_table_rows(t->table)));
    json_object_set_new(json, "table columns", json_integer(gd_table_columns(t->table)));
    json_object_set_new(json, "table contents", fingerprint(&t->validation));
    return json;
}

/* Trains a finalist's recipe on all rows for as long as was best: the model's network, or where there is one already,
 * the mean of both. */
static int train_finalist(training *t, const cli_finalist *finalist, const char *stage,
                          const cli_examples *all)
{
    cli_run run;
    cli_recipe recipe = finalist->recipe;
    cli_watch watch = t->watch;
    recipe.plan.last_epoch = finalist->epoch > 0 ? finalist->epoch : 1;
    recipe.architecture.inputs = all->x->shape[1];
    watch.stage = stage;
    watch.encoders = &t->model.encoder;
    int code = cli_run_create(&run, &t->model.target, &t->objective, &recipe.plan,
                              &recipe.architecture, recipe.members, false, all, NULL);
    if (code == CLI_OK)
        code = cli_run_train(&run, &watch);
    if (code == CLI_OK || code == CLI_INTERRUPTED) {
        int merged = t->model.network.parameters != NULL
                         ? cli_network_blend(&t->model.network, run.parameters)
                         : cli_network_merge(&t->model.network, &recipe.architecture, run.count,
                                             run.parameters);
        code = merged == CLI_OK ? code : merged;
    }
    cli_run_destroy(&run);
    return code;
}

/* What the user should know of the columns. */
static void print_notes(const training *t)
{
    const gd_encoder *encoder = t->model.encoder;
    for (int64_t i = 0; !t->options->quiet && gd_encoder_note(encoder, i) != NULL; ++i)
        cli_warn("%s", gd_encoder_note(encoder, i));
}

/* All rows of the table, with features learnt on all of them. */
static int train_final(training *t)
{
    cli_view view = view_of(t);
    cli_part part = {.table = NULL};
    cli_examples all = {.x = NULL};
    gd_tensor *rows = gd_tensor_create_arange(GD_I64, 0, (double)t->truth.y->shape[0], 1);
    int code = rows != NULL ? cli_part_take(&part, t->table, &t->columns, &t->truth, rows)
                            : cli_error(CLI_RUNTIME, "%s", gd_message());
    gd_tensor_destroy(rows);
    if (code == CLI_OK)
        code = cli_examples_make(&all, &view, &part, &t->model.encoder);
    if (code == CLI_OK)
        print_notes(t);
    if (code == CLI_OK && t->choice.kind != CLI_LINEAR_MODEL)
        code = train_finalist(t, &t->choice.network, "final-mlp", &all);
    if (code == CLI_OK && t->choice.kind != CLI_NETWORK_MODEL)
        code = train_finalist(t, &t->choice.linear, "final-logreg", &all);
    cli_examples_free(&all);
    cli_part_free(&part);
    return code;
}

/* What was trained on the one pair is the model. */
static int keep_trained(training *t)
{
    cli_choice *c = &t->choice;
    t->model.encoder = t->validation.encoders[0];
    t->validation.encoders[0] = NULL;
    print_notes(t);
    cli_finalist *f = c->kind == CLI_LINEAR_MODEL ? &c->linear : &c->network;
    t->model.network = f->network;
    f->network = (cli_network){.parameters = NULL};
    return c->kind == CLI_MEAN_OF_BOTH
               ? cli_network_blend(&t->model.network, c->linear.network.parameters)
               : CLI_OK;
}

static int64_t rows_of_training(const training *t)
{
    return t->validation.train[0].truth.y->shape[0];
}

/* Whether there is a checkpoint of the first stage should be as the options have it. */
static void warn_of_checkpoint(const training *t, const char *stage)
{
    char path[4096];
    const char *folder = t->options->checkpoint;
    if (folder == NULL)
        return;
    snprintf(path, sizeof path, "%s/%s.safetensors", folder, stage);
    bool there = access(path, F_OK) == 0;
    if (t->options->resume && !there)
        cli_warn("%s: there is no checkpoint yet; training starts from the beginning", folder);
    if (!t->options->resume && there)
        cli_warn("%s: the checkpoint of an earlier run is replaced; --resume would go on with it",
                 folder);
}

/* Finds the best recipe and trains it; an interrupted model is what there is. */
static int train_model(training *t)
{
    cli_recipe recipes[CLI_MOST_RECIPES];
    cli_view view = view_of(t);
    int count =
        cli_recipes(recipes, t->options, &t->model.target, &t->objective, rows_of_training(t));
    if (count < 0)
        return -count;
    warn_of_checkpoint(t, recipes[0].name);
    t->watch.progress = t->options->quiet ? "none" : t->options->progress;
    t->watch.identity = t->identity = identity_of(t);
    t->watch.encoders = t->validation.encoders;
    int code = cli_validation_run(&t->validation, &view, recipes, count, &t->watch, &t->choice,
                                  &t->model.network);
    if (code == CLI_INTERRUPTED) {
        t->model.encoder = t->validation.encoders[0];
        t->validation.encoders[0] = NULL;
        return code;
    }
    if (code != CLI_OK)
        return code;
    if (tells_progress(t))
        cli_announce_choice(&t->choice);
    return t->validation.count > 1 ? train_final(t) : keep_trained(t);
}

/* ---- the end ---- */

/* How the model came about: kept in it, and printed by inspect. A path that is not UTF-8 is null. */
static json_t *describe_training(const training *t, const json_t *scores)
{
    const cli_choice *c = &t->choice;
    const cli_finalist *f = c->kind == CLI_LINEAR_MODEL ? &c->linear : &c->network;
    static const char *const kinds[] = {"logreg", "mlp", "mean of logreg and mlp"};
    json_t *json =
        json_pack("{s:o?, s:I, s:I}", "table", json_string(gd_table_path(t->table)), "seed",
                  (json_int_t)t->options->seed, "rows", (json_int_t)t->truth.y->shape[0]);
    if (scores != NULL) {
        json_object_set_new(json, "model", json_string(kinds[c->kind]));
        json_object_set_new(json, "epochs", json_integer(f->epoch));
    } else {
        json_object_set_new(json, "interrupted", json_true());
    }
    json_object_set_new(json, "validation",
                        json_string(t->valid_table != NULL    ? "a table of its own"
                                    : t->validation.count > 1 ? "cross-validation"
                                                              : "a part of the rows"));
    json_object_set_new(json, "folds", json_integer(t->validation.count));
    if (scores != NULL)
        json_object_set(json, "scores", (json_t *)scores);
    return json;
}

/* Predictions of the validation rows, by models that have not seen them. */
static int predict_validation(const training *t, cli_prediction *prediction)
{
    *prediction =
        (cli_prediction){.values = cli_values_of_logits(&t->model.target, t->choice.logits)};
    return prediction->values != NULL ? CLI_OK : cli_error(CLI_RUNTIME, "%s", gd_message());
}

static int print_result(const training *t, json_t *scores, const cli_prediction *prediction)
{
    const cli_choice *c = &t->choice;
    if (t->options->json) {
        int64_t epochs = c->kind == CLI_LINEAR_MODEL ? c->linear.epoch : c->network.epoch;
        json_object_set_new(scores, "epochs", json_integer(epochs));
        json_object_set_new(scores, "seconds", json_real(cli_seconds() - t->start));
        return cli_print_json(json_incref(scores));
    }
    return t->options->quiet ? CLI_OK
                             : cli_print_score_report(&t->model, &t->validation.truth, prediction,
                                                      scores, stdout);
}

static int save(const training *t)
{
    const char *path = t->options->output;
    return path != NULL ? cli_model_save(&t->model, path) : CLI_OK;
}

/* How the rows are judged. */
static void describe_judging(const training *t, char text[256])
{
    long long rows = (long long)t->validation.truth.y->shape[0];
    if (t->valid_table != NULL)
        snprintf(text, 256, "Of %lld rows of %.150s.", rows, gd_table_path(t->valid_table));
    else if (t->validation.count > 1)
        snprintf(text, 256,
                 "Of %lld rows, each judged by a model that was trained without it: "
                 "cross-validation with %d folds.",
                 rows, t->validation.count);
    else
        snprintf(text, 256, "Of %lld rows that were kept from training.", rows);
}

static int write_report(const training *t, const json_t *scores, const cli_prediction *prediction)
{
    const cli_choice *c = &t->choice;
    const cli_finalist *f = c->kind == CLI_LINEAR_MODEL ? &c->linear : &c->network;
    char how[256];
    if (t->options->report == NULL)
        return CLI_OK;
    describe_judging(t, how);
    return cli_report_write(&(cli_report){.model = &t->model,
                                          .path = t->options->output,
                                          .table = t->table,
                                          .targets = t->columns.targets,
                                          .judged = t->validation.valid[0].table,
                                          .truth = &t->validation.truth,
                                          .prediction = prediction,
                                          .scores = scores,
                                          .how = how,
                                          .log = t->watch.history,
                                          .stage = f->recipe.name,
                                          .seen = t->validation.count > 1},
                            t->options->report);
}

static int finish(training *t)
{
    cli_prediction prediction, baseline = {.values = NULL};
    json_t *scores = NULL;
    int code = predict_validation(t, &prediction);
    if (code == CLI_OK && t->options->tune_thresholds)
        code = cli_thresholds_tune(&t->model, &t->validation.truth, &prediction);
    prediction.thresholds = t->model.thresholds;
    if (code == CLI_OK)
        code = cli_model_baseline(&t->model, prediction.values->shape[0], &baseline);
    if (code == CLI_OK) {
        scores = cli_scores(&t->model.target, &t->validation.truth, &prediction, &baseline);
        t->model.training = describe_training(t, scores);
        code = scores != NULL ? save(t) : CLI_RUNTIME;
    }
    if (code == CLI_OK)
        code = write_report(t, scores, &prediction);
    if (code == CLI_OK)
        code = print_result(t, scores, &prediction);
    json_decref(scores);
    gd_tensor_destroy(prediction.values);
    gd_tensor_destroy(baseline.values);
    return code;
}

/* What there is of a model is saved. */
static int save_interrupted(training *t)
{
    t->model.training = describe_training(t, NULL);
    int code = save(t);
    if (code == CLI_OK && t->options->output != NULL)
        cli_warn("interrupted; what was trained so far is in %s", t->options->output);
    if (code == CLI_OK && t->options->report != NULL)
        cli_warn("interrupted; there is no report");
    return code == CLI_OK ? CLI_INTERRUPTED : code;
}

/* ---- the command ---- */

/* The mean and spread of what is to be predicted: the network's unit. An exit code. */
static int set_unit(cli_target *target, const cli_truth *truth)
{
    int64_t n = truth->y->shape[0];
    double squares = 0;
    if (target->task != CLI_REGRESSION)
        return CLI_OK;
    for (int64_t i = 0; i < n; ++i) {
        double y = ((const double *)truth->y->data)[i], before = y - target->mean;
        target->mean += before / (double)(i + 1);
        squares += before * (y - target->mean);
    }
    double deviation = sqrt(squares / (double)n);
    target->deviation = deviation > 0 ? deviation : 1;
    return isfinite(deviation) ? CLI_OK
                               : cli_error(CLI_DATA,
                                           "the numbers in column \"%s\" are too large to be "
                                           "predicted: their squares are not finite",
                                           json_string_value(json_array_get(target->columns, 0)));
}

static int prepare(training *t)
{
    gd_optional threads = t->options->threads;
    gd_blas_set_threads(threads.given ? (int)threads.value : 1);
    int code = check_outputs(t);
    if (code == CLI_OK)
        code = read_tables(t);
    if (code == CLI_OK)
        code = read_targets(t);
    if (code == CLI_OK && t->truth.y->shape[0] < 2)
        code = cli_error(CLI_DATA, "%s: at least 2 rows with a target are needed",
                         gd_table_path(t->table));
    if (code == CLI_OK)
        code = cli_objective_create(&t->objective, t->options, &t->model.target, &t->truth);
    if (code == CLI_OK)
        code = set_unit(&t->model.target, &t->truth);
    if (code == CLI_OK)
        code = cli_model_set_shares(&t->model, &t->truth);
    if (code == CLI_OK)
        code = make_validation(t);
    cli_view view = view_of(t);
    return code == CLI_OK ? cli_validation_encode(&t->validation, &view) : code;
}

/* Whether all lines of the log were written; an exit code. */
static int close_log(training *t)
{
    FILE *log = t->watch.log;
    if (log == NULL)
        return CLI_OK;
    bool failed = ferror(log) != 0;
    failed |= fclose(log) != 0;
    return failed
               ? cli_error(CLI_RUNTIME, "%s: not all of the log could be written", t->options->log)
               : CLI_OK;
}

static void release(training *t)
{
    cli_choice_free(&t->choice);
    cli_validation_free(&t->validation);
    cli_objective_free(&t->objective);
    cli_truth_free(&t->truth);
    cli_columns_free(&t->columns);
    cli_model_free(&t->model);
    gd_table_destroy(t->table);
    gd_table_destroy(t->valid_table);
    json_decref(t->identity);
    json_decref(t->watch.history);
}

int cli_train(const cli_options *options)
{
    training t = {.options = options, .start = cli_seconds()};
    int code = prepare(&t);
    cli_catch_signals(true);
    if (code == CLI_OK)
        code = train_model(&t);
    cli_catch_signals(false);
    if (code == CLI_OK)
        code = finish(&t);
    else if (code == CLI_INTERRUPTED)
        code = save_interrupted(&t);
    int logged = close_log(&t);
    release(&t);
    return code == CLI_OK ? logged : code;
}
