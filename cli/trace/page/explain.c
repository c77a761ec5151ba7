#include "cli/trace/page/explain.h"
#include "cli/system/memory.h"
#include "cli/trace/graph/row.h"
#include "cli/trace/page/data.h"

#include <ctype.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* An element of what an OP made, or an ADD or a BACKWARD gave. */
typedef struct question {
    int64_t event, element;
} question;

typedef struct asking {
    FILE *file;
    const trace_view *v;
    question *queue; /* the nearest first */
    size_t n, room;
    question *known; /* [places]: a hash table of those that are in the queue; event -1: free */
    size_t places;
    gd_replay
        *replay; /* for elements that the trace does not have; NULL: not made, or impossible */
    bool has_tried;
    long bytes; /* that may still be written */
} asking;

enum { MOST_BYTES = 640000 };

/* ---- what there is to explain ---- */

static size_t place_of(const asking *a, question q)
{
    size_t place = ((size_t)q.event * 2654435761u + (size_t)q.element * 40503u) & (a->places - 1);
    while (a->known[place].event >= 0 &&
           (a->known[place].event != q.event || a->known[place].element != q.element))
        place = (place + 1) & (a->places - 1);
    return place;
}

static void make_places(asking *a, size_t places)
{
    free(a->known);
    a->places = places;
    a->known = cli_malloc(places * sizeof *a->known);
    for (size_t i = 0; i < places; ++i)
        a->known[i].event = -1;
    for (size_t i = 0; i < a->n; ++i)
        a->known[place_of(a, a->queue[i])] = a->queue[i];
}

static void ask(asking *a, question q)
{
    size_t place = place_of(a, q);
    if (a->known[place].event >= 0)
        return;
    if (a->n == a->room) {
        a->room = 2 * a->room + 1024;
        a->queue = cli_realloc(a->queue, a->room * sizeof *a->queue);
    }
    a->queue[a->n++] = a->known[place] = q;
    if (4 * a->n > a->places)
        make_places(a, 2 * a->places);
}

static bool is_explained(const gd_recorded_event *e)
{
    return e->kind == GD_RECORDED_OP || e->kind == GD_RECORDED_ADD;
}

static void ask_what_is_shown(asking *a)
{
    const gd_recording *r = a->v->r;
    for (int64_t i = 0; i < r->n_events; ++i) {
        const gd_recorded_event *e = &r->events[i];
        if (!is_explained(e))
            continue;
        trace_window w = trace_window_of(
            &r->tensors[e->tensor],
            trace_values(e, e->kind == GD_RECORDED_ADD ? TRACE_GIVES : TRACE_VALUES));
        for (int64_t k = 0; k < w.rows * w.columns; ++k)
            ask(a, (question){i, k / w.columns * w.at[1] + k % w.columns});
    }
}

/* What an element that was read was made of. */
static void ask_of(asking *a, const gd_read *read)
{
    const gd_recorded_event *e = &a->v->r->events[read->event];
    if (!read->is_gradient && e->kind == GD_RECORDED_OP)
        ask(a, (question){read->event, read->element});
    int64_t sum = read->is_gradient ? trace_sum_at(a->v, read->tensor, read->event) : -1;
    for (int64_t i = sum >= 0 ? a->v->sums[sum].first : -1; i >= 0 && i <= read->event;
         i = a->v->next[i])
        if (is_explained(&a->v->r->events[i]))
            ask(a, (question){i, read->element});
}

/* ---- a formula's numbers ---- */

/* Where an element stands in the trace, with its text there; false: it does not. */
static bool find_element(const asking *a, int64_t event, trace_field field, int64_t tensor,
                         int64_t element, char text[TRACE_NUMBER], char ref[ROW_REF])
{
    const gd_recorded_event *e = &a->v->r->events[event];
    const gd_recorded_tensor *t = &a->v->r->tensors[tensor];
    const gd_recorded_values *values = trace_values(e, field);
    int64_t last = t->ndim > 0 ? t->shape[t->ndim - 1] : 1, at = element;
    if (values->x == NULL || last == 0)
        return false;
    if (!values->whole) {
        int64_t row = at / last, column = at % last;
        if (row >= values->x->shape[0] || column >= values->x->shape[1])
            return false;
        at = row * values->x->shape[1] + column;
    }
    trace_element(values->x, at, text);
    snprintf(ref, ROW_REF, "%" PRId64 ".%s[%" PRId64 "]", e->line, trace_field_name(e, field), at);
    return true;
}

/* The text of what was read, and where it stands in the trace; "": it does not. */
static void find_read(const asking *a, const gd_read *read, char text[TRACE_NUMBER],
                      char ref[ROW_REF])
{
    ref[0] = '\0';
    if (!find_element(a, read->event, TRACE_VALUES, read->tensor, read->element, text, ref))
        trace_number(read->value, a->v->r->tensors[read->tensor].dtype, text);
}

typedef struct formula {
    asking *a;
    const gd_explanation *x;
    bool *is_met;
    cli_bytes plain; /* text that is no element */
    bool is_first;
} formula;

static void put_plain(formula *f)
{
    if (f->plain.size == 0)
        return;
    cli_bytes_add(&f->plain, "", 1);
    fputs(f->is_first ? "" : ",", f->a->file);
    trace_put_string(f->a->file, f->plain.data);
    f->is_first = false;
    f->plain.size = 0;
}

static void put_read(formula *f, int64_t i)
{
    const gd_read *read = &f->x->reads[i];
    char text[TRACE_NUMBER], ref[ROW_REF];
    find_read(f->a, read, text, ref);
    bool has_brackets = text[0] == '-' && f->plain.size > 0 && /* a sign behind a sign */
                        f->plain.data[f->plain.size - 1] == '-';
    cli_bytes_print(&f->plain, has_brackets ? "(" : "");
    put_plain(f);
    fprintf(f->a->file, "%s[\"%s\",\"%s\",%" PRId64 ",%d,%" PRId64 ",%" PRId64 "]",
            f->is_first ? "" : ",", text, ref, read->tensor, read->is_gradient, read->element,
            f->a->v->step_of[read->event]);
    cli_bytes_print(&f->plain, has_brackets ? ")" : "");
    f->is_first = false;
    f->is_met[i] = true;
    ask_of(f->a, read);
}

/* The length of a name with its index, "train.x[0,2]", or of a function's name, at s. */
static size_t name_length(const char *s)
{
    size_t n = 0;
    while (isalnum((unsigned char)s[n]) || s[n] == '_' || s[n] == '.' ||
           (s[n] == '-' && s[n + 1] == '>') || (n > 0 && s[n] == '>' && s[n - 1] == '-'))
        ++n;
    if (n > 0 && s[n] == '[')
        n += strcspn(s + n, "]") + 1;
    return n;
}

/* The length of a number, "-2.1", "inf" or "true", at s; 0: there is none. */
static size_t number_length(const char *s, double *number)
{
    static const char *const words[] = {"false", "true"};
    for (int i = 0; i < 2; ++i)
        if (strncmp(s, words[i], strlen(words[i])) == 0) {
            *number = i;
            return strlen(words[i]);
        }
    char *end;
    *number = strtod(s, &end);
    return (size_t)(end - s);
}

/* A number of a formula has six digits at most. */
static bool is_rounded(double exact, double number)
{
    char text[TRACE_NUMBER];
    snprintf(text, sizeof text, "%.6g", exact);
    double rounded = strtod(text, NULL);
    return rounded == number || (isnan(rounded) && isnan(number));
}

/* The element that a name means which has this value; of several the first that was not met. */
static int64_t find_named(const formula *f, const char *name, size_t n, double value)
{
    int64_t found = -1;
    size_t bare = strcspn(name, "[");
    for (int64_t i = 0; i < f->x->n_reads; ++i) {
        const gd_read *read = &f->x->reads[i];
        const char *called = read->is_gradient ? "dy" : f->a->v->names[read->tensor];
        bool is_it =
            strncmp(called, name, bare < n ? bare : n) == 0 && is_rounded(read->value, value);
        if (is_it && (found < 0 || (f->is_met[found] && !f->is_met[i])))
            found = i;
    }
    return found;
}

/* The names and the numbers of a formula differ where an element is read: "dy[0] - b[1]", and
 * "1 + 2" for a b[1] of -2, or "1 - (-2)". Elements become parts of their own, with the text that
 * the trace has for them. */
static void put_numbers(formula *f)
{
    const char *name = f->x->names, *s = f->x->numbers;
    while (*s != '\0') {
        size_t n = name_length(name);
        bool is_word = n > 0 && !isdigit((unsigned char)*name) && strncmp(name, s, n) != 0;
        if (!is_word) {
            bool is_flipped = (*name == '+' && *s == '-') || (*name == '-' && *s == '+');
            size_t same = n > 0 && strncmp(name, s, n) == 0 ? n : 1;
            cli_bytes_add(&f->plain, is_flipped ? name : s, same);
            name += *name != '\0' ? same : 0;
            s += same;
            continue;
        }
        bool has_parenthesis = *s == '(';
        double value;
        size_t length = number_length(s + has_parenthesis, &value);
        if (length == 0) { /* no formula that is known here */
            cli_bytes_add(&f->plain, s, strlen(s));
            break;
        }
        int64_t i = find_named(f, name, n, value);
        if (i < 0)
            i = find_named(f, name, n, -value);
        if (i >= 0)
            put_read(f, i);
        else
            cli_bytes_add(&f->plain, s + has_parenthesis, length);
        s += length + 2 * (size_t)has_parenthesis;
        name += n;
    }
    put_plain(f);
}

/* ---- all ---- */

static gd_explanation *explain(asking *a, question q)
{
    gd_explanation *x = gd_recording_explain(a->v->r, NULL, q.event, q.element);
    if (x != NULL || gd_message_status() != GD_ERROR_VALUE)
        return x;
    if (!a->has_tried)
        a->replay = gd_trace_replay(a->v->r, &(gd_replay_options){.step = 0});
    a->has_tried = true;
    return a->replay != NULL ? gd_recording_explain(a->v->r, a->replay, q.event, q.element) : NULL;
}

static void put_explanation(asking *a, question q, bool is_first)
{
    gd_explanation *x = explain(a, q);
    int64_t line = a->v->r->events[q.event].line;
    if (x == NULL) {
        a->bytes -= fprintf(a->file, "%s\"%" PRId64 ".%" PRId64 "\":%d", is_first ? "" : ",\n",
                            line, q.element, gd_message_status() == GD_ERROR_FORMAT ? 1 : 2);
        return;
    }
    formula f = {.a = a,
                 .x = x,
                 .is_met = cli_calloc((size_t)x->n_reads + 1, sizeof(bool)),
                 .is_first = true};
    fprintf(a->file, "%s\"%" PRId64 ".%" PRId64 "\":[", is_first ? "" : ",\n", line, q.element);
    trace_put_string(a->file, x->names);
    fputs(",[", a->file);
    put_numbers(&f);
    const gd_recorded_event *e = &a->v->r->events[q.event];
    trace_field field = e->kind == GD_RECORDED_ADD ? TRACE_GIVES : TRACE_VALUES;
    char text[TRACE_NUMBER], ref[ROW_REF] = "";
    if (!find_element(a, q.event, field, e->tensor, q.element, text, ref))
        trace_number(x->value, a->v->r->tensors[e->tensor].dtype, text);
    fprintf(a->file, "],\"%s\",\"%s\"]", text, ref);
    a->bytes -= (long)(strlen(x->names) + 3 * strlen(x->numbers) + 32);
    free(f.plain.data);
    free(f.is_met);
    gd_explanation_destroy(x);
}

void trace_put_explanations(FILE *file, const trace_view *view)
{
    asking a = {.file = file, .v = view, .bytes = MOST_BYTES};
    make_places(&a, 4096);
    ask_what_is_shown(&a);
    fputs("\"why\":{", file);
    for (size_t i = 0; i < a.n && a.bytes > 0; ++i)
        put_explanation(&a, a.queue[i], i == 0);
    fputs("},\n", file);
    gd_replay_destroy(a.replay);
    free(a.queue);
    free(a.known);
}
