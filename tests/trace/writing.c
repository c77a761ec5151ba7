#include "writing.h"

#include "../cmocka_all.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char path[64];

int writing_setup(void **state)
{
    strcpy(path, "/tmp/gradus-trace-XXXXXX");
    int file = mkstemp(path);
    if (file >= 0)
        close(file);
    *state = gd_tape_create();
    return *state == NULL || file < 0;
}

int writing_teardown(void **state)
{
    gd_tape_destroy(*state);
    return unlink(path);
}

const char *writing_path(void)
{
    return path;
}

gd_trace *trace_of(gd_tape *tape, const gd_trace_options *options)
{
    gd_trace *trace = gd_trace_create(path, options);
    if (trace == NULL)
        fail_msg("%s", gd_message());
    assert_int_equal(gd_trace_attach(trace, tape), GD_OK);
    return trace;
}

gd_recording *recording_of_closed(gd_trace *trace)
{
    if (gd_trace_close(trace) != GD_OK)
        fail_msg("%s", gd_message());
    gd_recording *r = gd_trace_read(path, NULL);
    if (r == NULL)
        fail_msg("%s", gd_message());
    if (r->damage != NULL)
        fail_msg("%s", r->damage);
    return r;
}

char *contents(const char *name)
{
    FILE *file = fopen(name, "rb");
    assert_non_null(file);
    fseek(file, 0, SEEK_END);
    size_t size = (size_t)ftell(file);
    rewind(file);
    char *text = malloc(size + 1);
    assert_non_null(text);
    assert_int_equal(fread(text, 1, size, file), size);
    fclose(file);
    text[size] = '\0';
    return text;
}

const char *line_of(const char *text, const char *beginning, int i)
{
    static char line[4096];
    size_t length = strlen(beginning);
    for (const char *at = text; *at != '\0'; at += strcspn(at, "\n") + 1) {
        if (strncmp(at, beginning, length) != 0 || i-- > 0)
            continue;
        snprintf(line, sizeof line, "%.*s", (int)strcspn(at, "\n"), at);
        return line;
    }
    return NULL;
}

const gd_recorded_event *event_of(const gd_recording *r, gd_recorded_kind kind, int i)
{
    for (int64_t k = 0; k < r->n_events; ++k)
        if (r->events[k].kind == kind && i-- == 0)
            return &r->events[k];
    fail_msg("there is no such event");
    return NULL;
}
