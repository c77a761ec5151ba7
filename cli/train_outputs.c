/* gradus train: what is written while it trains, and whether it can be. */
#include "cli/report/page.h"
#include "cli/system/output.h"
#include "cli/system/signals.h"
#include "cli/training.h"

#include <errno.h>
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

int cli_training_check_outputs(cli_training *t)
{
    const cli_options *o = t->options;
    if (o->fit.resume && o->fit.checkpoint == NULL)
        return cli_usage_error(o, "--resume needs --checkpoint");
    int code = check_model_path(o);
    if (code == CLI_OK && o->fit.checkpoint != NULL)
        code = check_folder(o->fit.checkpoint);
    if (code != CLI_OK)
        return code;
    if (cli_check_output(o, "log", o->log) != CLI_OK)
        return CLI_USAGE;
    if (o->log != NULL && (t->log = open_log(o->log, o->fit.resume)) == NULL)
        return cli_error(CLI_RUNTIME, "%s: %s", o->log, strerror(errno));
    t->history = o->report != NULL ? gd_json_array() : NULL;
    t->announces = !o->quiet && (o->progress == NULL || strcmp(o->progress, "none") != 0);
    return cli_check_report(o);
}

/* ---- epoch after epoch ---- */

/* As a log has it: to nine digits. */
static gd_json *rounded(double value)
{
    char text[32];
    snprintf(text, sizeof text, "%.9g", value);
    return gd_json_real(strtod(text, NULL));
}

static gd_json *describe_epoch(const cli_training *t, const gd_fit_event *e)
{
    gd_json *line = gd_json_object();
    gd_json_set(line, "stage", gd_json_string(e->stage));
    gd_json_set(line, "epoch", gd_json_integer(e->epoch));
    gd_json_set(line, "train_loss", rounded(e->train_loss));
    if (!isnan(e->valid_loss))
        gd_json_set(line, "valid_loss", rounded(e->valid_loss));
    if (!isnan(e->score))
        gd_json_set(line, e->score_name, rounded(e->score));
    gd_json_set(line, "learning_rate", rounded(e->learning_rate));
    gd_json_set(line, "seconds", rounded(cli_seconds() - t->progress.start));
    return line;
}

/* Each line is written at once. */
static int write_log(cli_training *t, const gd_fit_event *event)
{
    if (t->log == NULL && t->history == NULL)
        return CLI_OK;
    gd_json *line = describe_epoch(t, event);
    char *text = gd_json_text(line, false);
    int code = text != NULL ? CLI_OK : cli_error(CLI_RUNTIME, "%s", gd_message());
    if (code == CLI_OK && t->log != NULL) {
        fprintf(t->log, "%s\n", text);
        if (fflush(t->log) != 0)
            code = cli_error(CLI_RUNTIME, "%s: the log could not be written completely",
                             t->options->log);
    }
    gd_json_text_destroy(text);
    if (t->history != NULL)
        gd_json_append(t->history, line);
    else
        gd_json_destroy(line);
    return code;
}

/* A signal ends the program at once before the first run, and from then on the training. */
static void begin(cli_training *t, const gd_fit_event *event)
{
    if (!t->catches)
        cli_catch_signals(true);
    t->catches = true;
    cli_progress_begin(&t->progress, t->options->quiet ? "none" : t->options->progress,
                       event->stage, event->epochs, event->score_name);
}

bool cli_training_watch(void *training, const gd_fit_event *event)
{
    cli_training *t = training;
    char text[CLI_MESSAGE];
    switch (event->kind) {
    case GD_FIT_NOTE:
        if (t->announces)
            cli_warn("%s", cli_in_options(text, event->message));
        break;
    case GD_FIT_WARNING:
        cli_warn("%s", cli_in_options(text, event->message));
        break;
    case GD_FIT_BEGIN:
        begin(t, event);
        break;
    case GD_FIT_EPOCH:
        cli_progress_epoch(&t->progress, event->epoch, event->train_loss, event->valid_loss,
                           event->score);
        t->code = write_log(t, event);
        break;
    case GD_FIT_SAVE:
    case GD_FIT_SAVED: /* the library's temporary file is known to itself alone */
        cli_hold_signals(event->kind == GD_FIT_SAVE);
        break;
    case GD_FIT_END:
        cli_progress_end(&t->progress, event->epoch, event->patience);
        break;
    default:
        break;
    }
    return t->code == CLI_OK && cli_caught_signal() == 0;
}
