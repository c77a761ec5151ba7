/* What a step looks like in the terminal. */
#include "cli/cli.h"
#include "cli/system/print.h"
#include "cli/trace/page/source.h"
#include "cli/trace/step/step.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

enum { ELEMENTS = 3, AROUND = 5 };

/* ---- paragraphs ---- */

/* How many bytes of the text fit into `width` columns: up to a blank, if there is one. */
static size_t fitting(const char *text, int width)
{
    size_t length = 0, blank = 0;
    for (int columns = 0; text[length] != '\0' && columns < width; ++columns) {
        char shown[CLI_SHOWN];
        blank = text[length] == ' ' ? length : blank;
        length += cli_shown(text + length, shown);
    }
    return text[length] == '\0' || text[length] == ' ' || blank == 0 ? length : blank;
}

void step_put(int indent, const char *format, ...)
{
    char text[STEP_TEXT];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    int margin = indent;
    for (const char *rest = text; *rest != '\0'; margin = indent + 4) {
        int room = STEP_WIDTH - margin > 20 ? STEP_WIDTH - margin : 20;
        size_t length = fitting(rest, room);
        cli_print(stdout, "%*s%.*s", margin, "", (int)length, rest);
        putchar('\n');
        rest += length;
        rest += strspn(rest, " ");
    }
}

/* ---- names and numbers ---- */

void step_element_name(const step_session *s, int64_t tensor, int64_t element, bool gradient,
                       char *text, size_t size)
{
    const gd_recorded_tensor *t = &s->r->tensors[tensor];
    int64_t index[GD_MAX_DIMS];
    int length = snprintf(text, size, "%s%s", gradient ? "d" : "", s->view.names[tensor]);
    for (int k = t->ndim - 1; k >= 0; --k) {
        index[k] = element % t->shape[k];
        element /= t->shape[k];
    }
    for (int k = 0; k < t->ndim && length > 0 && (size_t)length < size; ++k)
        length += snprintf(text + length, size - (size_t)length, "%s%" PRId64 "%s",
                           k == 0 ? "[" : ",", index[k], k == t->ndim - 1 ? "]" : "");
}

void step_place(const step_session *s, int64_t event, char *text, size_t size)
{
    const gd_recorded_event *e = &s->r->events[event];
    const char *file = e->node >= 0 ? s->r->nodes[e->node].file : e->file;
    int line = e->node >= 0 ? s->r->nodes[e->node].line : e->source_line;
    snprintf(text, size, "%s", "");
    if (file != NULL && line > 0)
        snprintf(text, size, "%s:%d", file, line);
}

/* ---- the step ---- */

/* "da[0] = dy[0] * s[0] = 1 * 2.1 = 2.1" for the first elements. */
static void show_formulas(step_session *s, int64_t event)
{
    const gd_recorded_event *e = &s->r->events[event];
    bool has_formula = e->kind == GD_RECORDED_OP || e->kind == GD_RECORDED_ADD;
    int64_t numel = has_formula;
    for (int k = 0; has_formula && k < s->r->tensors[e->tensor].ndim; ++k)
        numel *= s->r->tensors[e->tensor].shape[k];
    for (int64_t i = 0; i < numel && i < ELEMENTS; ++i) {
        char name[200], number[GD_NUMBER_TEXT];
        gd_explanation *x = step_explain(s, event, i);
        if (x == NULL)
            return;
        snprintf(number, sizeof number, "%.6g", x->value);
        step_element_name(s, e->tensor, i, e->kind == GD_RECORDED_ADD, name, sizeof name);
        bool is_number = strcmp(x->numbers, number) == 0;
        step_put(2, "%s = %s = %s%s%s", name, x->names, x->numbers, is_number ? "" : " = ",
                 is_number ? "" : number);
        gd_explanation_destroy(x);
    }
    if (numel > ELEMENTS)
        step_put(2, ".. %" PRId64 " more elements", numel - ELEMENTS);
}

static const char *source_line(const char *text, int line, int *length)
{
    for (; text != NULL && line > 1; --line) {
        text = strchr(text, '\n');
        text += text != NULL;
    }
    *length = text != NULL ? (int)strcspn(text, "\n") : 0;
    return text;
}

/* Lines first to last of a source, those of the statement with a mark. */
static void show_source(const step_session *s, const trace_spot *spot, int first, int last)
{
    const char *text = s->r->sources[spot->source].text;
    for (int line = first; line <= last; ++line) {
        int length;
        const char *at = source_line(text, line, &length);
        if (at == NULL || *at == '\0')
            return;
        char copy[STEP_WIDTH + 1];
        int room = STEP_WIDTH - 8;
        snprintf(copy, sizeof copy, "%.*s%s", length <= room ? length : room - 2, at,
                 length <= room ? "" : "..");
        bool marked = line >= spot->first && line <= spot->last;
        cli_print(stdout, "%c%5d  %s", marked ? '>' : ' ', line, copy);
        putchar('\n');
    }
}

void step_list(const step_session *s)
{
    trace_spot spot = trace_spot_of(s->r, s->view.steps[s->at].first);
    if (spot.source < 0)
        printf("The source of this step is not in the trace.\n");
    else
        show_source(s, &spot, spot.first > AROUND ? spot.first - AROUND : 1, spot.last + AROUND);
}

static const char *phase_of(const gd_recording *r, int64_t event)
{
    for (; event >= 0; --event) {
        const gd_recorded_event *e = &r->events[event];
        if (e->kind == GD_RECORDED_STEP || e->kind == GD_RECORDED_LEAF)
            return "forward";
        if (e->kind == GD_RECORDED_OP && r->nodes[e->node].of_node < 0)
            return "forward";
        if (e->kind == GD_RECORDED_BACKWARD)
            return "backward";
        if (e->kind == GD_RECORDED_UPDATE)
            return "update";
    }
    return "forward";
}

void step_show(step_session *s)
{
    const trace_step *step = &s->view.steps[s->at];
    char place[200], head[200];
    int64_t training = trace_training_step(&s->view, s->at);
    step_place(s, step->first, place, sizeof place);
    int length = snprintf(head, sizeof head, "step %" PRId64 " of %" PRId64 ", %s", s->at,
                          s->view.n_steps - 1, phase_of(s->r, step->first));
    if (s->r->steps > 1)
        length += snprintf(head + length, sizeof head - (size_t)length,
                           ", training step %" PRId64 " of %" PRId64, training + 1, s->r->steps);
    int gap = STEP_WIDTH - length - cli_text_width(place);
    cli_print(stdout, "%s%*s%s", head, place[0] == '\0' ? 0 : gap > 0 ? gap : 1, "", place);
    putchar('\n');
    for (int64_t i = step->first; i <= step->last; ++i) {
        char sentence[STEP_TEXT];
        gd_recording_tell(s->r, i, sentence, sizeof sentence);
        step_put(0, "%s", sentence);
    }
    trace_spot spot = trace_spot_of(s->r, step->first);
    if (spot.source >= 0 && place[0] != '\0')
        show_source(s, &spot, spot.first, spot.last);
    if (step->first == step->last)
        show_formulas(s, step->first);
}
