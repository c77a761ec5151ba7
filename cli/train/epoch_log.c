/* gradus train: progress, log and messages while it trains. */
#include "cli/system/signals.h"
#include "cli/train/training.h"

#include <math.h>
#include <stdlib.h>

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
static int begin(cli_training *t, const gd_fit_event *event)
{
    if (!t->catches)
        cli_catch_signals(true);
    t->catches = true;
    cli_progress_begin(&t->progress, t->options->quiet ? "none" : t->options->progress,
                       event->stage, event->epochs, event->score_name);
    return cli_training_trace_begin(t, event);
}

static int end(cli_training *t, const gd_fit_event *event)
{
    cli_progress_end(&t->progress, event->epoch, event->patience);
    return cli_training_trace_end(t);
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
        t->code = begin(t, event);
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
        t->code = end(t, event);
        break;
    default:
        break;
    }
    return t->code == CLI_OK && cli_caught_signal() == 0;
}
