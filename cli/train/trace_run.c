/* gradus train --trace: the first steps of a run. */
#include "cli/cli.h"
#include "cli/train/training.h"

int cli_training_trace_begin(cli_training *t, const gd_fit_event *event)
{
    if (t->options->trace == NULL || t->code != CLI_OK)
        return t->code;
    char program[128];
    snprintf(program, sizeof program, "gradus train, %s", event->stage);
    t->trace = gd_trace_create(t->options->trace, &(gd_trace_options){.program = program});
    gd_status status = gd_trace_attach(t->trace, event->tape);
    if (status == GD_OK)
        status = gd_trace_watch(t->trace, event->parameters);
    return status == GD_OK ? CLI_OK : cli_error(CLI_RUNTIME, "%s", gd_message());
}

int cli_training_trace_end(cli_training *t)
{
    gd_status status = gd_trace_close(t->trace);
    t->trace = NULL;
    if (t->code != CLI_OK)
        return t->code;
    return status == GD_OK ? CLI_OK : cli_error(CLI_RUNTIME, "%s", gd_message());
}
