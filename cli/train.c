/* gradus train: from a table to a model. To read from the end: cli_train, then `prepare`. */
#include "cli/cli.h"
#include "cli/commands/announce.h"
#include "cli/report/page.h"
#include "cli/system/signals.h"
#include "cli/training.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- before anything is read ---- */

/* A model is replaced in one step, which neither a pipe nor a device can be. */
static int check_model_path(const cli_options *o)
{
    struct stat status;
    if (o->output == NULL) {
        cli_warn("no --output: the model will be scored but not saved");
        return CLI_OK;
    }
    if (strcmp(o->output, "-") == 0)
        return cli_usage_error(o, "--output takes a file name; standard output is for the scores");
    if (cli_check_output(o, "output", o->output) != CLI_OK)
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

/* A run that was killed may have left a part of its last line: away with it. */
static bool drop_torn_line(FILE *file, off_t size)
{
    off_t end = size;
    while (end > 0 && fseeko(file, end - 1, SEEK_SET) == 0 && fgetc(file) != '\n')
        --end;
    return (end == size || ftruncate(fileno(file), end) == 0) && fseeko(file, 0, SEEK_END) == 0;
}

/* NULL: errno says why. */
static FILE *open_log(const char *path, bool resume)
{
    struct stat status;
    bool goes_on = resume && stat(path, &status) == 0 && S_ISREG(status.st_mode);
    FILE *file = fopen(path, goes_on ? "a+" : resume ? "a" : "w");
    if (file != NULL && goes_on && !drop_torn_line(file, status.st_size)) {
        fclose(file);
        return NULL;
    }
    return file;
}

/* Everything that is to be written can be. */
static int check_outputs(cli_training *t)
{
    const cli_options *o = t->options;
    if (o->resume && o->checkpoint == NULL)
        return cli_usage_error(o, "--resume needs --checkpoint");
    int code = check_model_path(o);
    if (code == CLI_OK && o->checkpoint != NULL)
        code = check_folder(o->checkpoint);
    if (code != CLI_OK)
        return code;
    if (cli_check_output(o, "log", o->log) != CLI_OK)
        return CLI_USAGE;
    t->watch.log_path = o->log;
    if (o->log != NULL && (t->watch.log = open_log(o->log, o->resume)) == NULL)
        return cli_error(CLI_RUNTIME, "%s: %s", o->log, strerror(errno));
    if ((code = cli_check_report(o)) != CLI_OK)
        return code;
    t->watch.history = o->report != NULL ? gd__json_array() : NULL;
    t->watch.progress = o->quiet ? "none" : o->progress;
    t->announces = strcmp(t->watch.progress, "none") != 0;
    t->watch.checkpoint = o->checkpoint;
    t->resume = o->resume;
    t->watch.resume = &t->resume;
    return CLI_OK;
}

/* ---- reading ---- */

/* The columns whose texts are needed as they stand: ids, categories, groups, words. Freed by the caller. */
static char *verbatim_list(const cli_options *o)
{
    const char *const lists[] = {o->id, o->categorical, o->group, o->text};
    size_t size = 1;
    for (int i = 0; i < 4; ++i)
        size += lists[i] != NULL ? strlen(lists[i]) + 1 : 0;
    char *list = cli_calloc(size, 1);
    for (int i = 0; list != NULL && i < 4; ++i)
        if (lists[i] != NULL) {
            strcat(list, list[0] != '\0' ? "," : "");
            strcat(list, lists[i]);
        }
    return list;
}

/* A row of weight 0 is as if it were absent. */
static int drop_weightless(cli_training *t)
{
    const char *name = t->options->weight;
    int column = name != NULL ? cli_choose_column(t->table, "weight", name) : -1;
    if (name == NULL || column < 0)
        return name == NULL ? CLI_OK : CLI_DATA;
    int code = cli_drop_weightless(&t->table, column);
    if (code == CLI_OK && t->valid_table != NULL)
        code = cli_drop_weightless(&t->valid_table,
                                   gd_table_find(t->valid_table, gd_table_name(t->table, column)));
    return code;
}

static int read_tables(cli_training *t)
{
    int code;
    const char *missing = t->options->missing;
    if (missing != NULL && !gd__is_utf8(missing))
        return cli_usage_error(t->options, "--missing takes text in UTF-8");
    t->model.missing = missing != NULL ? gd__json_string(missing) : NULL;
    char *list = verbatim_list(t->options);
    const char *verbatim = list != NULL && list[0] != '\0' ? list : NULL;
    t->table = cli_read_table(t->options, t->options->operands[0], verbatim, &code);
    if (t->table != NULL && gd_table_rows(t->table) == 0)
        code = cli_error(CLI_DATA, "%s: there is no row", gd_table_path(t->table));
    else if (t->table != NULL)
        code = cli_model_set_reading(&t->model, t->options, t->table);
    if (code == CLI_OK && t->options->valid != NULL)
        t->valid_table =
            cli_model_read_table(&t->model, t->options, t->options->valid, verbatim, &code);
    free(list);
    return code == CLI_OK ? drop_weightless(t) : code;
}

static int read_targets(cli_training *t)
{
    int code = cli_columns_choose(&t->columns, t->options, t->table);
    if (code == CLI_OK)
        code = cli_target_find(&t->model.target, t->table, t->columns.targets,
                               t->columns.categorical, t->options->task);
    if (code == CLI_OK)
        code = cli_truth_read(&t->truth, &t->model.target, t->table);
    if (code == CLI_OK)
        code = cli_weights_check(&t->columns, t->table, t->truth.rows);
    int64_t left_out = code == CLI_OK ? gd_table_rows(t->table) - t->truth.y->shape[0] : 0;
    if (left_out > 0)
        cli_warn("%s: %" PRId64 " rows without a target are left out", gd_table_path(t->table),
                 left_out);
    if (code == CLI_OK)
        cli_warn_of_classes(&t->model.target, t->table);
    if (code == CLI_OK && t->announces)
        cli_announce_target(&t->model.target, t->table, &t->columns, t->truth.y->shape[0]);
    t->model.ids = gd__json_array();
    for (int j = 0; code == CLI_OK && j < gd_table_columns(t->table); ++j)
        if (t->columns.ids[j])
            gd__json_append(t->model.ids, gd__json_string(gd_table_name(t->table, j)));
    return code;
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
                                           gd__json_string_of(gd__json_at(target->columns, 0)));
}

static int prepare(cli_training *t)
{
    gd_optional threads = t->options->threads;
    if (gd_blas_set_threads(threads.given ? (int)threads.value : 1) != GD_OK)
        return cli_error(CLI_RUNTIME, "%s", gd_message());
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
        code = cli_training_deal_rows(t);
    return code == CLI_OK ? cli_validation_encode(&t->validation, &t->view) : code;
}

/* Each line was written, or has failed, when it came. */
static void close_log(cli_training *t)
{
    if (t->watch.log != NULL)
        fclose(t->watch.log);
}

static void release(cli_training *t)
{
    cli_choice_free(&t->choice);
    cli_validation_free(&t->validation);
    cli_objective_free(&t->objective);
    cli_truth_free(&t->truth);
    cli_columns_free(&t->columns);
    cli_model_free(&t->model);
    gd_table_destroy(t->table);
    gd_table_destroy(t->valid_table);
    gd__json_destroy(t->identity);
    gd__json_destroy(t->watch.history);
}

int cli_train(const cli_options *options)
{
    cli_training t = {.options = options, .start = cli_seconds()};
    t.view = (cli_view){options, &t.columns, &t.model.target, &t.objective};
    int code = prepare(&t);
    cli_catch_signals(true);
    if (code == CLI_OK)
        code = cli_training_run(&t);
    cli_catch_signals(false);
    if (code == CLI_OK)
        code = cli_training_finish(&t);
    else if (code == CLI_INTERRUPTED)
        code = cli_training_save_interrupted(&t);
    close_log(&t);
    release(&t);
    if (code == CLI_INTERRUPTED)
        return CLI_SIGNALLED + cli_caught_signal();
    return code;
}
