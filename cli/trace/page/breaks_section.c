/* Break it: for each break a switch, two small graphs, and where they part. */
#include "cli/report/html.h"
#include "cli/trace/graph/draw.h"
#include "cli/trace/graph/row.h"
#include "cli/trace/graph/small.h"
#include "cli/trace/page/breaks.h"

#include <inttypes.h>

static void put_figure(FILE *file, const trace_view *v, const trace_break *b, bool is_broken,
                       int64_t training)
{
    fprintf(file, "<figure><figcaption><b>%s</b><code>%s</code></figcaption>",
            is_broken ? b->title : "Truth", is_broken ? b->does : "as recorded");
    trace_draw_small(file, v, training, b, is_broken);
    fputs("</figure>\n", file);
}

/* The element of a gradient, "da[0]". */
static void put_label(FILE *file, const trace_view *v, int64_t tensor, int64_t element)
{
    const gd_recorded_tensor *t = &v->r->tensors[tensor];
    char index[TRACE_SHAPE];
    fputs("<code>d", file);
    cli_put_text(file, v->names[tensor], 0);
    fprintf(file, "%s</code>", trace_index(t->ndim, t->shape, element, index));
}

/* At which step they part, and the two numbers. */
static void put_parting(FILE *file, const trace_view *v, const trace_break *b)
{
    const gd_recorded_event *e = &v->r->events[b->first];
    const gd_tensor *broken = trace_broken_sum(b, b->first);
    trace_window w = trace_window_of(&v->r->tensors[e->tensor], &e->after);
    int64_t in_line = trace_shown_at(&w, b->element), step = v->step_of[b->first];
    char wrong[TRACE_NUMBER], right[TRACE_NUMBER];
    fprintf(file,
            "<p class=\"parting before\" data-in=\"0 %" PRId64
            "\">So far the two agree. They part at "
            "<button class=\"go\" data-go=\"%" PRId64 "\">step %" PRId64 "</button>.</p>\n",
            step, step, step);
    fprintf(file,
            "<p class=\"parting\" data-in=\"%" PRId64 " %" PRId64 "\">They first part at "
            "<button class=\"go\" data-go=\"%" PRId64 "\">step %" PRId64 "</button>: ",
            step, v->n_steps, step, step);
    put_label(file, v, e->tensor, b->element);
    fprintf(file,
            " is <span class=\"off\">%s</span>, the truth is <code data-ref=\"%" PRId64
            ".after[%" PRId64 "]\">%s</code>. %s</p>\n",
            trace_element(broken, b->element, wrong), e->line, in_line,
            trace_element(e->after.x, in_line, right), b->message);
}

void trace_put_breaks(FILE *file, const trace_view *view)
{
    trace_break breaks[TRACE_BREAKS];
    int n = trace_find_breaks(view->r, breaks);
    for (int i = 0; i < n; ++i)
        fprintf(file,
                "<button class=\"switch\" role=\"switch\" aria-checked=\"false\" "
                "data-break=\"%d\"><i></i>"
                "%s</button>\n",
                i, breaks[i].name);
    if (n == 0)
        fputs("<p class=\"note\">No break makes a difference to this tape: no gradient is a sum, "
              "and no "
              "step follows another.</p>\n",
              file);
    if (n > 0)
        fputs("<p class=\"note choose-break\">Switch one on to see both graphs, and where they "
              "part.</p>\n",
              file);
    for (int i = 0; i < n; ++i) {
        fprintf(file, "<div class=\"broken\" data-broken=\"%d\" hidden>\n<div class=\"figures\">\n",
                i);
        for (int64_t training = 0; training < view->r->steps; ++training) {
            fprintf(file, "<div class=\"pair\" data-training=\"%" PRId64 "\" hidden>\n", training);
            put_figure(file, view, &breaks[i], true, training);
            put_figure(file, view, &breaks[i], false, training);
            fputs("</div>\n", file);
        }
        fputs("</div>\n", file);
        put_parting(file, view, &breaks[i]);
        fputs("<p class=\"here\"></p>\n", file);
        fputs("</div>\n", file);
    }
    trace_free_breaks(breaks, n);
}
