#include "cli/trace/page/story.h"
#include "cli/report/html.h"

#include <stdlib.h>
#include <string.h>

void trace_print_title(cli_bytes *text, const trace_view *view, int64_t step)
{
    const gd_recording *r = view->r;
    const gd_recorded_event *e = &r->events[view->steps[step].first];
    bool are_several = view->steps[step].last > view->steps[step].first;
    const char *name = e->tensor >= 0 ? view->names[e->tensor] : "";
    const char *op = e->node >= 0 ? view->calls[e->node] : "";
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

/* ---- sentences ---- */

/* Several leaves in one sentence. */
static void print_leaves(cli_bytes *text, const trace_view *v, const trace_step *step)
{
    for (int64_t i = step->first; i <= step->last; ++i)
        cli_bytes_print(text, "%s%s",
                        i == step->first  ? ""
                        : i == step->last ? " and "
                                          : ", ",
                        v->names[v->r->events[i].tensor]);
    cli_bytes_print(text, " are leaves.");
}

static char *sentence_of(const trace_view *v, int64_t step)
{
    const trace_step *s = &v->steps[step];
    cli_bytes text = {0};
    if (s->last > s->first) {
        print_leaves(&text, v, s);
        return text.data;
    }
    size_t size = (size_t)gd_recording_tell(v->r, s->first, NULL, 0) + 1;
    char *said = cli_malloc(size);
    gd_recording_tell(v->r, s->first, said, size);
    return said;
}

void trace_put_sentence(FILE *file, const trace_view *view, int64_t step)
{
    char *said = sentence_of(view, step), *from = said, *at;
    while ((at = strstr(from, "-inf")) != NULL) { /* a line must not end behind its sign */
        *at = '\0';
        cli_put_text(file, from, 0);
        fputs("<span class=\"nb\">-inf</span>", file);
        from = at + strlen("-inf");
    }
    cli_put_text(file, from, 0);
    free(said);
}
