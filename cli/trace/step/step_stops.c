/* watch, break, continue: going on until something happens. */
#include "cli/cli.h"
#include "cli/system/memory.h"
#include "cli/system/print.h"
#include "cli/trace/step/step.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static void add_stop(step_session *s, step_stop stop)
{
    if (s->n_stops == STEP_STOPS) {
        step_refuse(s, "There are %d stops already; delete forgets them.", STEP_STOPS);
        free(stop.text);
        return;
    }
    s->stops[s->n_stops++] = stop;
}

void step_watch(step_session *s, const char *name)
{
    bool is_there = false;
    for (int64_t t = 0; t < s->r->n_tensors; ++t)
        is_there |= strcmp(s->view.names[t], name) == 0;
    if (!is_there) {
        step_refuse(s, "watch takes the name of a tensor; there is no \"%s\"", name);
        return;
    }
    add_stop(s, (step_stop){.kind = STEP_WATCH, .text = cli_strdup(name)});
    cli_print(stdout, "continue stops where the gradient of %s changes", name);
    putchar('\n');
}

void step_break(step_session *s, const char *where)
{
    const char *colon = strrchr(where, ':'), *number = colon != NULL ? colon + 1 : where;
    char *end;
    if (strcmp(where, "nan") == 0) {
        add_stop(s, (step_stop){.kind = STEP_NONFINITE});
        printf("continue stops where a number is infinite or NaN\n");
        return;
    }
    errno = 0;
    long line = strtol(number, &end, 10);
    if (errno != 0 || end == number || *end != '\0' || line < 1 || line > 1000000000) {
        step_refuse(s, "break takes a line, FILE:LINE or nan, not \"%s\"", where);
        return;
    }
    char *file = colon != NULL ? cli_strdup(where) : NULL;
    if (file != NULL)
        file[colon - where] = '\0';
    add_stop(s, (step_stop){.kind = STEP_LINE, .text = file, .line = (int)line});
    cli_print(stdout, "continue stops at %s%s%ld", file != NULL ? file : "line ",
              file != NULL ? ":" : "", line);
    putchar('\n');
}

void step_delete(step_session *s)
{
    while (s->n_stops > 0)
        free(s->stops[--s->n_stops].text);
}

static bool is_nonfinite(const gd_recorded_event *e)
{
    const gd_recorded_values *v = e->kind == GD_RECORDED_ADD ? &e->after : &e->values;
    return v->x != NULL && v->nonfinite >= 0;
}

static bool stops_at(const step_session *s, const step_stop *stop, int64_t event)
{
    const gd_recorded_event *e = &s->r->events[event];
    const char *file = e->node >= 0 ? s->r->nodes[e->node].file : e->file;
    int line = e->node >= 0 ? s->r->nodes[e->node].line : e->source_line;
    bool adds = e->kind == GD_RECORDED_ADD || e->kind == GD_RECORDED_BACKWARD;
    switch (stop->kind) {
    case STEP_WATCH:
        return adds && e->tensor >= 0 && strcmp(s->view.names[e->tensor], stop->text) == 0;
    case STEP_NONFINITE:
        return is_nonfinite(e);
    default:
        return line == stop->line &&
               (stop->text == NULL || (file != NULL && strcmp(file, stop->text) == 0));
    }
}

void step_continue(step_session *s)
{
    int64_t last = s->view.n_steps - 1;
    bool found = false;
    while (!found && s->at < last && !step_is_interrupted(false)) {
        ++s->at;
        for (int64_t i = s->view.steps[s->at].first; i <= s->view.steps[s->at].last; ++i)
            for (int k = 0; k < s->n_stops; ++k)
                found |= stops_at(s, &s->stops[k], i);
    }
    if (!found && s->at == last)
        printf("This is the last step.\n");
    step_show(s);
}
