/* gradus trace: a page, or a picture, of a trace. */
#include "cli/cli.h"
#include "cli/files/output.h"
#include "cli/trace/graph/draw.h"
#include "cli/trace/page/page.h"

#include <inttypes.h>
#include <string.h>

static int write_trace(const gd_recording *recording, const cli_options *o)
{
    trace_view view;
    cli_output output;
    int code = CLI_OK;
    trace_view_create(&view, recording);
    int64_t step = o->svg.given ? (int64_t)o->svg.value : 0;
    if (view.n_steps == 0)
        code = cli_error(CLI_DATA, "%s: no event was recorded", o->operands[0]);
    else if (step >= view.n_steps)
        code = cli_usage_error(o, "--svg %" PRId64 ": the steps of %s are 0 to %" PRId64, step,
                               o->operands[0], view.n_steps - 1);
    else if (!cli_output_open(&output, o->output))
        code = CLI_RUNTIME;
    else {
        if (o->svg.given)
            trace_draw_step(output.file, &view, step);
        else
            trace_put_page(output.file, &view);
        code = cli_output_finish(&output);
    }
    trace_view_destroy(&view);
    return code;
}

int cli_trace(const cli_options *options)
{
    int code = cli_check_output(options, "output", options->output);
    if (code != CLI_OK)
        return code;
    gd_recording *recording =
        gd_trace_read(options->operands[0], &(gd_trace_read_options){.source = options->source});
    if (recording == NULL)
        return cli_check(gd_message_status());
    if (recording->damage != NULL)
        cli_warn("%s", recording->damage);
    code = write_trace(recording, options);
    gd_recording_destroy(recording);
    return code;
}
