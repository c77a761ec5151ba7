#include "cli/trace/story.h"
#include "cli/report/html.h"

#include <stdlib.h>

void trace_print_title(cli_bytes *text, const trace_view *view, int64_t step)
{
    const gd_recording *r = view->r;
    const gd_recorded_event *e = &r->events[view->steps[step].first];
    bool are_several = view->steps[step].last > view->steps[step].first;
    const char *name = e->tensor >= 0 ? view->names[e->tensor] : "";
    const char *op = e->node >= 0 ? r->nodes[e->node].op_name : "";
    switch (e->kind) {
    case GD_RECORDED_LEAF:
        cli_bytes_print(text, are_several ? "leaves" : "leaf");
        break;
    case GD_RECORDED_OP:
        cli_bytes_print(text, "%s, %s", op,
                        r->nodes[e->node].of_node >= 0 ? "in a rule" : "forward");
        break;
    case GD_RECORDED_BACKWARD:
        cli_bytes_print(text, "start of %s", e->is_grad ? "grad" : "backward");
        break;
    case GD_RECORDED_NODE:
        cli_bytes_print(text, "gradient of %s’s result", op);
        break;
    case GD_RECORDED_ADD:
        cli_bytes_print(text, "%s gives %s", op, name);
        break;
    case GD_RECORDED_UPDATE:
        cli_bytes_print(text, "%s changes", name);
        break;
    default:
        cli_bytes_print(text, "%s", e->kind == GD_RECORDED_ERROR ? "error" : "release");
        break;
    }
}

void trace_put_sentence(FILE *file, const trace_view *view, int64_t step)
{
    cli_bytes text = {0};
    trace_print_title(&text, view, step);
    cli_put_text(file, text.data, 0);
    free(text.data);
}
