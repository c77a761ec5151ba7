/* Reading a trace: start at gd_trace_read, at the end. */
#include "trace/read/line.h"

#include <string.h>

/* The file's name without its folder, as messages and pages show it. */
static const char *base_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash != NULL ? slash + 1 : path;
}

static bool read_head(gd__line *line)
{
    int64_t version, full;
    gd__recording *r = line->r;
    if (gd_json_get(line->json, "gradus_trace") == NULL)
        return gd__line_refuse(line, "this is no trace of Gradus");
    return gd__line_integer(line, "gradus_trace", 1, 1, &version) &&
           gd__line_text(line, "program", false, &r->shown.program) &&
           gd__line_integer(line, "full", 0, INT64_MAX, &full) && gd__line_is_whole(line);
}

/* Takes back what a line that was refused has added. */
static void forget_since(gd__recording *r, const gd__recording *before)
{
    for (int64_t i = before->events.count; i < r->events.count; ++i)
        gd__event_free(gd__event_at(r, i));
    r->events.count = before->events.count;
    r->nodes.count = before->nodes.count;
    r->gone.count = before->gone.count;
    r->tensors.count = before->tensors.count;
    r->sources.count = before->sources.count;
    r->step = before->step;
    r->shown.stopped = before->shown.stopped;
}

static bool read_line(gd__recording *r, int64_t number, const char *bytes, size_t size)
{
    char name[512];
    snprintf(name, sizeof name, "%s:%lld", r->name, (long long)number);
    gd_json *json = gd_json_parse(name, bytes, size);
    gd__recording before = *r;
    gd__line line = {.r = r, .json = json, .number = number};
    bool ok = json != NULL && (number == 1 ? read_head(&line) : gd__line_read(&line));
    if (!ok)
        forget_since(r, &before);
    gd_json_destroy(json);
    return ok;
}

/* Reads lines until one cannot be. False: nothing can be made of the file. */
static bool read_lines(gd__recording *r, const char *bytes, size_t size)
{
    const char *at = bytes, *end = bytes + size;
    int64_t number = 0;
    while (at < end || number == 0) {
        const char *newline = at < end ? memchr(at, '\n', (size_t)(end - at)) : NULL;
        size_t length = (size_t)((newline != NULL ? newline : end) - at);
        if (!read_line(r, ++number, at, length)) {
            const char *message = gd_message();
            bool is_damage = number > 1 && gd_message_status() != GD_ERROR_MEMORY;
            r->shown.damage = is_damage ? gd__recording_text(r, message, strlen(message)) : NULL;
            return r->shown.damage != NULL;
        }
        at = newline != NULL ? newline + 1 : end;
    }
    return true;
}

static void show(gd__recording *r)
{
    gd_recording *shown = &r->shown;
    shown->steps = r->step;
    shown->events = r->events.items;
    shown->n_events = r->events.count;
    shown->nodes = r->nodes.items;
    shown->n_nodes = r->nodes.count;
    shown->tensors = r->tensors.items;
    shown->n_tensors = r->tensors.count;
    shown->sources = r->sources.items;
    shown->n_sources = r->sources.count;
}

gd_recording *gd__recording_of(const char *path, const char *bytes, size_t size,
                               const gd_trace_read_options *options)
{
    gd__recording *r = gd_allocate(sizeof *r);
    if (r == NULL) {
        gd_fail(GD_ERROR_MEMORY, "%s: no memory to read the trace", path);
        return NULL;
    }
    *r = (gd__recording){.events = {.size = sizeof(gd_recorded_event)},
                         .nodes = {.size = sizeof(gd_recorded_node)},
                         .gone = {.size = sizeof(bool)},
                         .tensors = {.size = sizeof(gd_recorded_tensor)},
                         .sources = {.size = sizeof(gd_recorded_source)},
                         .name = base_name(path),
                         .options = options,
                         .step = 1,
                         .backward = -1,
                         .node = -1,
                         .unplaced = -1};
    if (!read_lines(r, bytes, size)) {
        gd__recording_free(r);
        return NULL;
    }
    show(r);
    return &r->shown;
}

gd_recording *gd_trace_read(const char *path, const gd_trace_read_options *options)
{
    gd__file_text text = {.bytes = NULL};
    if (path == NULL) {
        gd_fail(GD_ERROR_ARGUMENT, "trace_read: the path is NULL");
        return NULL;
    }
    if (!gd__file_text_read(path, &text))
        return NULL;
    gd_recording *recording = gd__recording_of(path, text.bytes, text.size, options);
    gd_free(text.bytes, text.room);
    bool ok = recording == NULL || options == NULL || options->source == NULL ||
              gd__recording_read_sources((gd__recording *)recording);
    if (ok)
        return recording;
    gd_recording_destroy(recording);
    return NULL;
}

void gd_recording_destroy(gd_recording *recording)
{
    if (recording != NULL)
        gd__recording_free((gd__recording *)recording);
}
