/* The kinds of lines, and those that are about no tensor. */
#include "trace/read/line.h"

#include <string.h>

static bool read_release(gd__line *line)
{
    gd__recording *r = line->r;
    int64_t from;
    if (!gd__line_integer(line, "from", 0, r->nodes.count, &from))
        return false;
    gd_recorded_event *e = gd__line_event(line, GD_RECORDED_RELEASE);
    if (e == NULL)
        return false;
    e->node = from;
    for (int64_t i = from; i < r->nodes.count; ++i) /* what was not recorded may be older */
        ((bool *)r->gone.items)[i] |= gd__node_at(r, i)->recorded;
    r->backward = r->node = r->unplaced = -1;
    return true;
}

static bool read_error(gd__line *line)
{
    const char *message;
    if (!gd__line_text(line, "message", false, &message))
        return false;
    gd_recorded_event *e = gd__line_event(line, GD_RECORDED_ERROR);
    if (e == NULL)
        return false;
    e->message = message;
    line->r->unplaced = line->r->events.count - 1;
    return true;
}

static bool read_step(gd__line *line)
{
    gd__recording *r = line->r;
    if (!gd__line_integer(line, "step", r->step + 1, r->step + 1, &r->step))
        return false;
    r->backward = r->node = r->unplaced = -1;
    return gd__line_event(line, GD_RECORDED_STEP) != NULL;
}

static bool read_stopped(gd__line *line)
{
    line->r->is_at_end = true;
    return gd__line_text(line, "why", false, &line->r->shown.stopped);
}

static bool read_source(gd__line *line)
{
    gd_recorded_source source;
    if (!gd__line_text(line, "file", false, &source.file) ||
        !gd__line_text(line, "text", false, &source.text))
        return false;
    gd_recorded_source *new = gd__array_add(&line->r->sources);
    if (new == NULL)
        return gd__line_no_memory(line);
    *new = source;
    line->r->is_at_end = true;
    return true;
}

static const struct {
    const char *name;
    bool (*read)(gd__line *line);
    bool is_end; /* may follow the end of what happened */
} kinds[] = {
    {"leaf", gd__line_leaf, false},     {"op", gd__line_op, false},
    {"place", gd__line_place, false},   {"backward", gd__line_backward, false},
    {"node", gd__line_node, false},     {"add", gd__line_add, false},
    {"update", gd__line_update, false}, {"name", gd__line_name, false},
    {"release", read_release, false},   {"error", read_error, false},
    {"step", read_step, false},         {"stopped", read_stopped, false},
    {"source", read_source, true},
};

bool gd__line_read(gd__line *line)
{
    const char *kind = gd_json_string_of(gd__line_take(line, "e"));
    for (size_t i = 0; kind != NULL && i < sizeof kinds / sizeof *kinds; ++i)
        if (strcmp(kinds[i].name, kind) == 0) {
            if (line->r->is_at_end && !kinds[i].is_end)
                return gd__line_refuse(line, "nothing happens after the end of the trace");
            return kinds[i].read(line) && gd__line_is_whole(line);
        }
    return gd__line_refuse(line, "\"e\" must be a kind of line of this version");
}
