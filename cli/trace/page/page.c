#include "cli/trace/page/page.h"
#include "cli/report/html.h"
#include "cli/system/memory.h"
#include "cli/trace/graph/draw.h"
#include "cli/trace/page/breaks.h"
#include "cli/trace/page/data.h"
#include "cli/trace/page/files.h"
#include "cli/trace/page/story.h"

#include <inttypes.h>
#include <stdlib.h>

/* Nothing but what stands in the page may be shown or run, whatever a trace's texts are. */
static const char head[] =
    "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
    "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
    "style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:; base-uri 'none'; "
    "form-action 'none'\">\n"
    "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
    "<meta name=\"color-scheme\" content=\"light dark\">\n<link rel=\"icon\" href=\"data:,\">\n";

/* Sections: a heading with what it is about now, a help text behind the question mark. */
static void open_section(FILE *file, const char *id, const char *title, const char *help)
{
    fprintf(
        file,
        "<section id=\"%s\" aria-labelledby=\"%s-h\">\n<div class=\"head\"><h2 id=\"%s-h\" "
        "tabindex=\"-1\">%s</h2>"
        "<button class=\"ask\" aria-expanded=\"false\" aria-controls=\"%s-help\" "
        "aria-label=\"Explain: %s\">?</button><span class=\"about\" id=\"%s-about\"></span></div>\n"
        "<p class=\"help\" id=\"%s-help\" hidden>%s</p>\n",
        id, id, id, title, id, title, id, id, help);
}

static void put_panel(FILE *file, const char *id, const char *title, const char *help)
{
    open_section(file, id, title, help);
    fprintf(file, "<div class=\"body\" id=\"%s-body\"></div>\n</section>\n", id);
}

/* What to know of a training step first, with a link to the step of the tape where it is. */
static void put_lead(FILE *file, const trace_view *v, int64_t training)
{
    int64_t event;
    size_t size = (size_t)gd_recording_lead(v->r, training + 1, NULL, 0, &event) + 1;
    char *lead = cli_malloc(size);
    gd_recording_lead(v->r, training + 1, lead, size, NULL);
    fprintf(file, "<p class=\"lead\" data-training=\"%" PRId64 "\" hidden>", training);
    cli_put_text(file, lead, 0);
    if (event >= 0 && v->step_of[event] >= 0)
        fprintf(file, " <button class=\"go\" data-go=\"%" PRId64 "\">step %" PRId64 "</button>",
                v->step_of[event], v->step_of[event]);
    fputs("</p>\n", file);
    free(lead);
}

static const char sections[] =
    "<nav aria-label=\"Sections\"><button data-to=\"story\">Story</button> "
    "<button data-to=\"graph\">Graph</button> <button data-to=\"source\">Source</button> "
    "<button data-to=\"formula\">Formula</button> <button data-to=\"gradient\">Gradient</button> "
    "<button data-to=\"why\">Why?</button> <button data-to=\"proof\">Proof</button> "
    "<button data-to=\"break\">Break it</button></nav>\n";

static void put_header(FILE *file, const trace_view *v)
{
    const gd_recording *r = v->r;
    fputs("<header>\n<h1>", file);
    cli_put_text(file, r->program, 0);
    fprintf(file, "</h1>\n<p class=\"meta\">the recorded tape of %" PRId64 " training step%s</p>\n",
            r->steps, r->steps == 1 ? "" : "s");
    for (int64_t i = 0; i < r->steps; ++i)
        put_lead(file, v, i);
    int64_t event = trace_first_nonfinite(v), lost = event < 0 ? -1 : v->step_of[event];
    int64_t training = lost < 0 ? 0 : trace_training_step(v, lost);
    if (training > 0)
        fprintf(
            file,
            "<p class=\"notice\"><b>Not all numbers are finite:</b> the first that is not comes "
            "in training step %" PRId64 ", at <button class=\"go\" data-go=\"%" PRId64
            "\">step %" PRId64 "</button>.</p>\n",
            training + 1, lost, lost);
    if (r->damage != NULL) {
        fputs("<p class=\"notice\"><b>The trace is damaged.</b> Shown is what comes before: ",
              file);
        cli_put_text(file, r->damage, 0);
        fputs("</p>\n", file);
    }
    if (r->stopped != NULL) {
        fputs("<p class=\"notice end\">The trace ends before the program did: ", file);
        cli_put_text(file, r->stopped, 0);
        fputs(".</p>\n", file);
    }
    fputs("<div class=\"wide-scroll totals\" id=\"totals\"></div>\n", file);
    fputs(sections, file);
    fputs("</header>\n", file);
}

/* ---- scrubber ---- */

static const char scrubber[] =
    "<div class=\"control\">\n"
    "<button id=\"back\" aria-label=\"Previous step\" title=\"Previous step (left arrow)\"><svg "
    "viewBox=\"0 0 12 12\" aria-hidden=\"true\"><path d=\"M9 1v10L2 6z\"/></svg></button>\n"
    "<button id=\"play\" title=\"Play or pause (space)\"><svg viewBox=\"0 0 12 12\" "
    "aria-hidden=\"true\"><path class=\"start\" d=\"M2 1v10l9-5z\"/><path class=\"pause\" "
    "d=\"M2 1h3v10H2zM7 1h3v10H7z\"/></svg><span>Play</span></button>\n"
    "<button id=\"next\" aria-label=\"Next step\" title=\"Next step (right arrow)\"><svg "
    "viewBox=\"0 0 12 12\" aria-hidden=\"true\"><path d=\"M3 "
    "1v10l7-5z\"/></svg></button>\n</div>\n";

static bool is_backward(const trace_view *v, int64_t step)
{
    const gd_recorded_event *e = &v->r->events[v->steps[step].first];
    return e->kind == GD_RECORDED_BACKWARD || e->kind == GD_RECORDED_NODE ||
           e->kind == GD_RECORDED_ADD ||
           (e->kind == GD_RECORDED_OP && v->r->nodes[e->node].of_node >= 0);
}

/* A few characters for a step, "×", "→a". */
static char *tick_of(const trace_view *v, int64_t step)
{
    const gd_recorded_event *e = &v->r->events[v->steps[step].first];
    const char *op = e->node >= 0 ? v->r->nodes[e->node].op_name : "", *symbol = trace_symbol(op);
    cli_bytes text = {0};
    if (e->kind == GD_RECORDED_ADD || e->kind == GD_RECORDED_UPDATE)
        cli_bytes_print(&text, "→%s", v->names[e->tensor]);
    else if (e->kind == GD_RECORDED_LEAF)
        cli_bytes_print(&text, "%s",
                        v->steps[step].last > v->steps[step].first ? "leaves"
                                                                   : v->names[e->tensor]);
    else
        cli_bytes_print(&text, "%s",
                        e->kind == GD_RECORDED_BACKWARD ? "∂"
                        : symbol[0] != '\0'             ? symbol
                                                        : op);
    return text.data;
}

/* Labels that would cover the one before them are left out: in a track of so many pixels,
 * the least that there are. */
enum { WIDE_TRACK = 576, CHOOSER_TRACK = 336, NARROW_TRACK = 300, LABELLED = 16, FIRST_MANY = 40 };

static double label_width(const char *label)
{
    return 7.3 * cli_characters(label) + 8;
}

/* Whether a label at a place fits behind the one that ends at *end, which is moved on. */
static bool fits(double at, const char *label, double *end)
{
    double half = label_width(label) / 2;
    bool is_free = at - half >= *end;
    if (is_free)
        *end = at + half;
    return is_free;
}

static void put_track(FILE *file, const trace_view *v, int64_t training)
{
    int64_t from = v->from[training], until = v->from[training + 1];
    double last = until - from > 1 ? (double)(until - from - 1) : 1;
    double wide_end = -100, narrow_end = -100;
    fprintf(file,
            "<div class=\"ticks%s\" data-training=\"%" PRId64 "\" aria-hidden=\"true\" hidden>",
            until - from > FIRST_MANY ? " many" : "", training);
    for (int64_t i = from; i < until; ++i) {
        double at = (double)(i - from) / last, before = (double)(i - from - 1) / last;
        const char *way = is_backward(v, i) ? "bwd" : "fwd";
        if (i > from)
            fprintf(file,
                    "<i class=\"rail %s\" data-s=\"%" PRId64 "\" style=\"--p:%.4f;--w:%.4f\"></i>",
                    way, i, before, at - before);
        fprintf(file, "<i class=\"tick %s\" data-s=\"%" PRId64 "\" style=\"--p:%.4f\"></i>", way, i,
                at);
        if (until - from > LABELLED)
            continue;
        char *label = tick_of(v, i);
        bool is_wide = fits(at * (v->r->steps > 1 ? CHOOSER_TRACK : WIDE_TRACK), label, &wide_end),
             is_narrow = fits(at * NARROW_TRACK, label, &narrow_end);
        fprintf(file, "<i class=\"label %s%s\" data-s=\"%" PRId64 "\" style=\"--p:%.4f\">",
                is_wide ? "" : "no-wide ", is_narrow ? "" : "no-narrow", i, at);
        cli_put_text(file, label, 12);
        fputs("</i>", file);
        free(label);
    }
    fputs("</div>\n", file);
}

static void put_scrubber(FILE *file, const trace_view *v)
{
    fputs("<section id=\"scrub\" aria-label=\"Scrubber\">\n", file);
    fputs(scrubber, file);
    if (v->r->steps > 1) {
        fputs("<div class=\"choose\" role=\"group\" aria-label=\"Training step\"><span>Training "
              "step</span>",
              file);
        for (int64_t i = 0; i < v->r->steps; ++i)
            fprintf(file,
                    "<button data-training=\"%" PRId64 "\" aria-pressed=\"false\">%" PRId64
                    "</button>",
                    i, i + 1);
        fputs("</div>\n", file);
    }
    fputs("<p class=\"position\"><b id=\"position\"></b><span id=\"phase\"></span></p>\n<div "
          "class=\"track\">",
          file);
    for (int64_t i = 0; i < v->r->steps; ++i)
        put_track(file, v, i);
    fputs("<input id=\"range\" type=\"range\" min=\"0\" max=\"1\" value=\"0\" aria-label=\"Step of "
          "the "
          "tape\" title=\"Drag, or use the arrow keys, Home and End\"></div>\n</section>\n",
          file);
}

/* ---- story ---- */

static const char *phase_of(const trace_view *v, int64_t step)
{
    const gd_recorded_event *e = &v->r->events[v->steps[step].first];
    return e->kind == GD_RECORDED_UPDATE ? "Update" : is_backward(v, step) ? "Backward" : "Forward";
}

static void put_story(FILE *file, const trace_view *v)
{
    open_section(
        file, "story", "Story",
        "What the program did, one sentence for each event on its tape. Choose a sentence to "
        "go to that step.");
    for (int64_t training = 0; training < v->r->steps; ++training) {
        const char *phase = "";
        fprintf(file, "<ol class=\"list\" data-training=\"%" PRId64 "\" hidden>\n", training);
        for (int64_t i = v->from[training]; i < v->from[training + 1]; ++i) {
            const char *way = is_backward(v, i) ? "bwd" : "fwd";
            if (phase != phase_of(v, i))
                fprintf(file, "<li class=\"phase %s\">%s</li>\n", way, phase_of(v, i));
            phase = phase_of(v, i);
            fprintf(file,
                    "<li class=\"%s\" data-s=\"%" PRId64
                    "\" data-phase=\"%s\"><button tabindex=\"-1\">"
                    "<span class=\"k\">%" PRId64
                    "</span><span class=\"dot\"></span><span class=\"said\">",
                    way, i, phase, i);
            trace_put_sentence(file, v, i);
            fputs("</span></button></li>\n", file);
        }
        fputs("</ol>\n", file);
    }
    fputs("</section>\n", file);
}

/* ---- graph and source ---- */

static const char legend[] = "<ul class=\"legend\" aria-label=\"Legend\">\n"
                             "<li><svg viewBox=\"0 0 28 10\" aria-hidden=\"true\"><path "
                             "class=\"l-f\" d=\"M0 5H28\"/></svg>value</li>\n"
                             "<li><svg viewBox=\"0 0 28 10\" aria-hidden=\"true\"><path "
                             "class=\"l-b\" d=\"M0 5H28\"/></svg>gradient</li>\n"
                             "<li><svg viewBox=\"0 0 28 10\" aria-hidden=\"true\"><path "
                             "class=\"l-n\" d=\"M0 5H28\"/></svg>this step</li>\n"
                             "<li><svg viewBox=\"0 0 28 10\" aria-hidden=\"true\"><path "
                             "class=\"l-g\" d=\"M1 5H28\"/></svg>not yet</li>\n"
                             "</ul>\n";

static void put_graph(FILE *file, const trace_view *v)
{
    open_section(
        file, "graph", "Graph",
        "Leaves are square, ops are rounded. Each box shows its value and, in the dashed frame, "
        "its gradient; of large tensors the least and the greatest element. Choose a number to "
        "ask why it is so.");
    for (int64_t i = 0; i < v->r->steps; ++i)
        for (int way = 0; way < 2; ++way)
            trace_draw(file, v, i, (trace_way)way);
    fputs(legend, file);
    fputs("<p class=\"caption\" id=\"caption\"></p>\n</section>\n", file);
}

static void put_source(FILE *file, const gd_recording *r, const trace_view *v,
                       const trace_spot *spots)
{
    open_section(
        file, "source", "Source",
        "Your program, with the whole statement of this step lit and its call underlined. Below "
        "it, what the library's own source says of the op.");
    trace_put_sources(file, r, spots, v->n_steps);
    fputs("<p class=\"note\" id=\"changed\" hidden></p>\n<div class=\"excerpt\"><p class=\"sub\" "
          "id=\"block\" hidden><b></b>"
          "<span></span></p>\n",
          file);
    trace_put_blocks(file, r);
    fputs("</div>\n</section>\n", file);
}

void trace_put_page(FILE *file, const trace_view *view)
{
    const gd_recording *r = view->r;
    trace_spot *spots = cli_malloc((size_t)view->n_steps * sizeof *spots);
    for (int64_t i = 0; i < view->n_steps; ++i)
        spots[i] = trace_spot_of(r, view->steps[i].first);
    fputs(head, file);
    fputs("<title>", file);
    cli_put_text(file, r->program, 0);
    fputs(": the recorded tape</title>\n<style>\n", file);
    trace_put_lines(file, trace_graph_css);
    trace_put_lines(file, trace_page_css);
    trace_put_lines(file, trace_canvas_css);
    fputs("</style>\n</head>\n<body>\n<svg width=\"0\" height=\"0\" style=\"position:absolute\" "
          "aria-hidden=\"true\">",
          file);
    trace_draw_arrows(file);
    fputs("</svg>\n<main class=\"page\" id=\"page\">\n", file);
    put_header(file, view);
    fputs("<div class=\"column first\">\n", file);
    put_story(file, view);
    put_source(file, r, view, spots);
    put_panel(
        file, "proof", "Proof",
        "The recorded number is computed again in float64 by the same rules, and a gradient once "
        "more without any rule: by a central difference of the program, run again.");
    fputs("</div>\n", file);
    put_scrubber(file, view);
    fputs("<div class=\"column second\">\n", file);
    put_graph(file, view);
    put_panel(
        file, "formula", "Formula",
        "What the step computes, with its numbers. dy is the gradient that has reached the op’s "
        "result. Choose an element to follow it.");
    put_panel(
        file, "gradient", "Gradient",
        "Every use of a tensor contributes to its gradient. The contributions are added, in the "
        "order in which backward reaches the uses.");
    put_panel(
        file, "why", "Why?",
        "Where this number came from: each line is a term, with the op and the line of source "
        "that made it, down to the leaves.");
    fputs("</div>\n", file);
    open_section(
        file, "break", "Break it",
        "The same backward with one thing done wrong, beside the true one, kept at the same step. "
        "Values and updates stay as they were recorded: only gradients are computed again. "
        "Only the breaks that make a difference to this tape are listed.");
    trace_put_breaks(file, view);
    fputs(
        "</section>\n<footer><kbd>←</kbd> <kbd>→</kbd> step &ensp; <kbd>Home</kbd> <kbd>End</kbd> "
        "first, last "
        "&ensp; <kbd>Space</kbd> play &ensp; <kbd>Tab</kbd> then <kbd>Enter</kbd> explain, ask "
        "why</footer>\n<p class=\"hidden\" aria-live=\"polite\" id=\"live\"></p>\n</main>\n"
        "<script type=\"application/json\" id=\"data\">",
        file);
    trace_put_data(file, view, spots);
    fputs("</script>\n<script>\n", file);
    trace_put_lines(file, trace_graph_js);
    trace_put_lines(file, trace_page_js);
    fputs("</script>\n</body>\n</html>\n", file);
    free(spots);
}
