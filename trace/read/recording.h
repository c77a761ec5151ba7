/* A recording as its reader builds it. */
#ifndef GRADUS_TRACE_RECORDING_H
#define GRADUS_TRACE_RECORDING_H

#include <gradus/json.h>
#include <gradus/trace.h>

typedef struct gd__array {
    void *items;
    int64_t count, room;
    size_t size; /* of an item */
} gd__array;

typedef struct gd__block gd__block;

typedef struct gd__recording {
    gd_recording shown; /* first: a pointer to it is one to the whole */
    gd__array events, nodes, tensors, sources;
    gd__array gone;    /* bool of each node: the tape was released to a mark before it */
    gd__block *blocks; /* texts and lists */
    const char *name;  /* of the file, without its folder */
    const gd_trace_read_options *options;

    /* Where the reader is. */
    int64_t step;     /* from 1 */
    int64_t backward; /* event of the backward that runs; -1: none */
    int64_t node;     /* that the backward is at; -1: none */
    int64_t unplaced; /* event of a backward or an error that waits for its place; -1: none */
    bool is_at_end;   /* after "stopped" or "source" nothing can happen */
} gd__recording;

/* ---- recording.c: NULL where there is no memory; no message is written ---- */

/* Lives as long as the recording. */
void *gd__recording_take(gd__recording *r, size_t size);
char *gd__recording_text(gd__recording *r, const char *text, size_t length);
void gd__recording_free(gd__recording *r);
void gd__event_free(gd_recorded_event *e); /* its tensors */

/* A new last item, all zeros. */
void *gd__array_add(gd__array *array);
void gd__array_free(gd__array *array);

static inline gd_recorded_event *gd__event_at(const gd__recording *r, int64_t i)
{
    return (gd_recorded_event *)r->events.items + i;
}

static inline gd_recorded_node *gd__node_at(const gd__recording *r, int64_t i)
{
    return (gd_recorded_node *)r->nodes.items + i;
}

static inline bool gd__is_gone(const gd__recording *r, int64_t node)
{
    return ((const bool *)r->gone.items)[node];
}

static inline gd_recorded_tensor *gd__tensor_at(const gd__recording *r, int64_t i)
{
    return (gd_recorded_tensor *)r->tensors.items + i;
}

/* ---- read.c ---- */

/* gd_trace_read of a file's bytes; `path` and `options` must live as long as the recording. */
gd_recording *gd__recording_of(const char *path, const char *bytes, size_t size,
                               const gd_trace_read_options *options);

/* ---- read_files.c ---- */

typedef struct gd__file_text {
    char *bytes;
    size_t size, room; /* room: to free them, gd_free(bytes, room) */
} gd__file_text;

/* All bytes of a regular file. False, with a message: GD_ERROR_IO, GD_ERROR_MEMORY. */
bool gd__file_text_read(const char *path, gd__file_text *text);

/* Reads the files that places name from the folder options->source. False: no memory. */
bool gd__recording_read_sources(gd__recording *r);

/* ---- operand_names.c, in trace/ ---- */

/* The call of the last of `nodes` names its operands. False: no memory. */
bool gd__name_operands(gd__recording *r, const gd_recorded_node *node);

/* The first argument of a call names the tensor. False: no memory. */
bool gd__name_first(gd__recording *r, int64_t tensor, const char *text);

#endif
