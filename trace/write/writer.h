/* A trace that is being written. */
#ifndef GRADUS_TRACE_WRITER_H
#define GRADUS_TRACE_WRITER_H

#include "trace/read/recording.h"
#include "trace/write/write_values.h"

#include <stdio.h>

/* A tensor that has been written, or is watched. */
typedef struct gd__written {
    const gd_tensor *x;
    int64_t id;    /* -1: it is watched and was not used yet */
    char *name;    /* NULL: not known yet */
    bool is_leaf;  /* the rest is of leaves alone */
    bool is_tapes; /* it is gone after the step */
    bool is_watched, wants_gradient;
    gd_dtype dtype;
    int ndim;
    int64_t shape[GD_MAX_DIMS], stride[GD_MAX_DIMS];
    gd__hash hash;
} gd__written;

/* Where the name of a leaf belongs in the pending lines, once a place has told it. */
typedef struct gd__gap {
    size_t at;
    int64_t written; /* the leaf: its index */
    const gd_op *op;
    int operand;
} gd__gap;

/* A source file: as the compiler calls it, and in the trace. */
typedef struct gd__file {
    char *path, *name;
} gd__file;

struct gd_trace {
    FILE *file;
    char *path;               /* for messages */
    char *source;             /* of the options; or NULL */
    gd_trace_options options; /* without zeros */
    gd_status status;         /* the first error; it ends the trace */
    char message[256];
    gd_tape *tape;    /* that it follows; NULL: none */
    bool has_left;    /* it no longer is its observer */
    bool has_stopped; /* the rest is not recorded */
    bool is_broken;   /* the file cannot be written */
    int64_t bytes;    /* that were written */

    gd__string pending;         /* lines since the last flush */
    gd__string part;            /* of the contribution under way: gives and before */
    gd__string call, arguments; /* of the place that has come; or empty */
    gd__string name;
    gd__array gaps; /* gd__gap */

    gd__array written; /* gd__written */
    int64_t *slots;    /* [n_slots], hashed by x: index in `written` + 1; 0: free */
    size_t n_slots;
    gd__array files;        /* gd__file */
    int64_t tensors, nodes; /* ids and serials so far */
    gd__array serials;      /* int64_t: of recorded nodes, by their numbers on the tape */
    gd__array unplaced;     /* int64_t: serials of calls that wait for their place */
    bool waits;             /* a backward, or an error, does */
    bool is_given;          /* what the contribution under way gives is known */

    int64_t step, trained;         /* steps so far; those with a backward */
    bool has_events, has_backward; /* this step */
    bool was_reset;                /* the next event begins a new step */
};

/* ---- write_lines.c ---- */

void gd__trace_fail(gd_trace *t, gd_status status, const char *why);
void gd__trace_fail_memory(gd_trace *t);

void gd__trace_write(gd_trace *t, const char *bytes, size_t n);

/* Ends the trace before the program ends: writes the line that says why. */
void gd__trace_stop(gd_trace *t, const char *why);

/* Writes the pending lines, with the names of their leaves. */
void gd__trace_flush(gd_trace *t);

void *gd__trace_add(gd_trace *t, gd__array *array); /* gd__array_add; NULL: the trace has failed */

static inline gd__written *gd__written_at(const gd_trace *t, int64_t i)
{
    return (gd__written *)t->written.items + i;
}

char *gd__trace_copy(gd_trace *t, const char *text, size_t length); /* NULL: no memory */
void gd__trace_free_text(char *text);                               /* NULL is allowed */

/* ---- write_events.c ---- */

void gd__trace_observe(void *context, const gd_event *event); /* a gd_observer */

/* A call, as the record has it; `event` NULL: it was made before the trace was attached. */
void gd__trace_op(gd_trace *t, const gd_node *node, const gd_event *event);

/* ---- write_tensors.c ---- */

/* Writes x, if it is new or has changed. `op` has it as an operand; or NULL. */
void gd__trace_tensor(gd_trace *t, const gd_tensor *x, const gd_op *op, int operand);

int64_t gd__trace_id(const gd_trace *t, const gd_tensor *x); /* -1: it was not written */

/* A result of a call: its new id. */
int64_t gd__trace_result(gd_trace *t, const gd_tensor *x);

bool gd__trace_watch_tensor(gd_trace *t, const gd_tensor *x, const char *name);
void gd__trace_updates(gd_trace *t);     /* of watched tensors that have changed */
void gd__trace_names(gd_trace *t);       /* of results that gd_name has named */
void gd__trace_forget_step(gd_trace *t); /* the tape's own tensors are gone */
void gd__trace_free_tensors(gd_trace *t);

/* ---- write_attributes.c ---- */

/* ,"attr":{"dims":[0],"keepdim":true}; nothing where all fields are left out. */
void gd__write_attributes(gd__string *out, const gd_op *op, const void *attributes);

/* ---- write_sources.c ---- */

/* What the trace calls a source file: as much of the end of its path as no other has. */
const char *gd__trace_file(gd_trace *t, const char *path);
const char *gd__trace_base_name(const char *path);

/* Appends the files that places have named. */
void gd__trace_sources(gd_trace *t);
void gd__trace_free_files(gd_trace *t);

#endif
