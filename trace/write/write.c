/* A trace from its creation to its close. */
#include "trace/write/writer.h"

#include <errno.h>
#include <string.h>

static void destroy(gd_trace *t)
{
    if (t->file != NULL)
        fclose(t->file);
    gd__trace_free_text(t->path);
    gd__trace_free_text(t->source);
    gd__string *const outs[] = {&t->pending, &t->part, &t->name, &t->call, &t->arguments};
    for (size_t i = 0; i < sizeof outs / sizeof *outs; ++i)
        gd__string_free(outs[i]);
    gd__trace_free_tensors(t);
    gd__trace_free_files(t);
    gd__array_free(&t->gaps);
    gd__array_free(&t->serials);
    gd__array_free(&t->unplaced);
    gd_free(t, sizeof *t);
}

static gd_trace *refuse(gd_trace *t, gd_status status, const char *path, const char *why)
{
    gd_fail(status, "%s: %s", path != NULL ? path : "trace_create", why); /* `why` may be t's */
    if (t != NULL)
        destroy(t);
    return NULL;
}

/* The options with their defaults. */
static gd_trace_options whole(const gd_trace_options *given)
{
    gd_trace_options o = given != NULL ? *given : (gd_trace_options){.program = NULL};
    o.steps = o.steps != 0 ? o.steps : 3;
    o.bytes = o.bytes != 0 ? o.bytes : (int64_t)64 << 20;
    o.full = o.full != 0 ? o.full : 4096;
    o.full_leaf = o.full_leaf != 0 ? o.full_leaf : (int64_t)1 << 18;
    return o;
}

static void put_head(gd_trace *t, const char *program)
{
    gd__out_text(&t->pending, "{\"gradus_trace\":1");
    gd__out_member(&t->pending, "program", program);
    gd__out_text(&t->pending, ",\"full\":");
    gd__out_integer(&t->pending, t->options.full);
    gd__out_text(&t->pending, "}\n");
    if (t->pending.failed)
        gd__trace_fail_memory(t);
    else
        gd__trace_write(t, t->pending.text, t->pending.length);
    gd__string_cut(&t->pending, 0);
}

gd_trace *gd_trace_create_for(const char *program, const char *path,
                              const gd_trace_options *options)
{
    gd_trace_options o = whole(options);
    if (path == NULL)
        return refuse(NULL, GD_ERROR_ARGUMENT, path, "the path is NULL");
    if (o.steps < 0 || o.bytes < 0 || o.full < 0 || o.full_leaf < 0)
        return refuse(NULL, GD_ERROR_ARGUMENT, path, "a limit of the trace is below 0");
    gd_trace *t = gd_allocate(sizeof *t);
    if (t == NULL)
        return refuse(NULL, GD_ERROR_MEMORY, path, "no memory for a trace");
    *t = (gd_trace){.options = o,
                    .gaps.size = sizeof(gd__gap),
                    .written.size = sizeof(gd__written),
                    .files.size = sizeof(gd__file),
                    .serials.size = sizeof(int64_t),
                    .unplaced.size = sizeof(int64_t),
                    .step = 1};
    t->path = gd__trace_copy(t, path, strlen(path));
    if (o.source != NULL)
        t->source = gd__trace_copy(t, o.source, strlen(o.source));
    if (t->status != GD_OK)
        return refuse(t, GD_ERROR_MEMORY, path, t->message);
    t->file = fopen(path, "wb");
    if (t->file == NULL)
        return refuse(t, GD_ERROR_IO, path, strerror(errno));
    program = o.program != NULL ? o.program : program;
    put_head(t, program != NULL ? gd__trace_base_name(program) : "");
    return t;
}

gd_trace *(gd_trace_create)(const char *path, const gd_trace_options *options)
{
    return gd_trace_create_for(NULL, path, options);
}

gd_status gd_trace_attach(gd_trace *t, gd_tape *tape)
{
    if (t == NULL)
        return GD_ERROR_ARGUMENT;
    if (tape == NULL)
        return gd_fail(GD_ERROR_ARGUMENT, "trace_attach: the tape is NULL");
    if (t->tape != NULL)
        return gd_fail(GD_ERROR_STATE, "trace_attach: the trace follows a tape already");
    t->tape = tape;
    t->has_events = gd_tape_node_count(tape) > 0;
    for (int i = 0; i < gd_tape_node_count(tape); ++i)
        gd__trace_op(t, gd_tape_node(tape, i), NULL);
    gd_tape_observe(tape, gd__trace_observe, t);
    return GD_OK;
}

gd_status gd_trace_watch(gd_trace *t, gd_parameters *parameters)
{
    if (t == NULL)
        return GD_ERROR_ARGUMENT;
    if (parameters == NULL)
        return gd_fail(GD_ERROR_ARGUMENT, "trace_watch: parameters is NULL");
    for (int i = 0; i < gd_parameters_count(parameters); ++i)
        if (!gd__trace_watch_tensor(t, gd_parameters_at(parameters, i),
                                    gd_parameters_name(parameters, i)))
            return gd_fail(t->status, "%s: %s", t->path, t->message);
    return GD_OK;
}

gd_status gd_trace_close(gd_trace *t)
{
    if (t == NULL)
        return GD_OK;
    if (t->tape != NULL && !t->has_left)
        gd_tape_observe(t->tape, NULL, NULL);
    if (!t->has_stopped && t->tape != NULL) {
        gd__trace_names(t);
        gd__trace_updates(t);
    }
    gd__trace_flush(t);
    if (t->status == GD_ERROR_MEMORY)
        gd__trace_stop(t, t->message);
    gd__trace_sources(t);
    gd__trace_flush(t);
    if (fclose(t->file) != 0)
        gd__trace_fail(t, GD_ERROR_IO, strerror(errno));
    t->file = NULL;
    gd_status status = t->status;
    if (status != GD_OK)
        gd_fail(status, "%s: %s", t->path, t->message);
    destroy(t);
    return status;
}
