/* gradus/trace.h - what happened on a tape, written to a file, read back, and run again.
 *
 * Purpose    A trace records every op, gradient, contribution and update of a few training steps,
 *            with the lines of your source. `gradus trace` makes a page of it, `gradus step` walks
 *            through it in a terminal. docs/trace.md has the file format.
 * Ownership  What a function returns is yours to destroy and owns what it gives out. A tape and the
 *            parameters that a trace follows stay yours and must outlive gd_trace_close.
 * Errors     A gd_status, or NULL, and a gd_message(): "run.trace:12: expected .., found ..".
 *
 *     gd_trace *trace = gd_trace_create("run.trace", NULL);
 *     gd_trace_attach(trace, tape);                 // before the first op
 *     gd_trace_watch(trace, parameters);            // optional: shows their updates, too
 *     .. train as before ..
 *     if (trace == NULL || gd_trace_close(trace) != GD_OK)  // the one place to check
 *         return fail(gd_message());
 *
 * A traced program computes the same bits as an untraced one. */
#ifndef GRADUS_TRACE_H
#define GRADUS_TRACE_H

#include <gradus/losses.h>
#include <gradus/nn.h>

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(default)

/* ---- writing ------------------------------------------------------------------------------ */

typedef struct gd_trace gd_trace;

/* Zeros are the defaults. */
typedef struct gd_trace_options {
    const char *program; /* what was traced, for titles; NULL: the file that called
                            gd_trace_create */
    const char *source;  /* the folder in which source files are found; NULL: the current one */
    int64_t steps;       /* training steps to record; 0: 3 */
    int64_t bytes;       /* the trace ends before it grows above this; 0: 64 MiB */
    int64_t full;        /* results and gradients of up to so many elements are written whole;
                            0: 4096 */
    int64_t full_leaf;   /* the same of leaves; 0: 2^18 */
} gd_trace_options;

/* Creates or replaces the file. options NULL: the defaults. NULL: GD_ERROR_IO, GD_ERROR_MEMORY,
 * GD_ERROR_ARGUMENT (path is NULL, a limit is below 0). */
gd_trace *gd_trace_create(const char *path, const gd_trace_options *options);

/* What gd_trace_create is in a program, for options that name none: its source file, whose folder
 * is not written. */
gd_trace *gd_trace_create_for(const char *program, const char *path,
                              const gd_trace_options *options);

/* Follows what happens on the tape from now on, as its observer. GD_ERROR_STATE: the trace follows
 * a tape already. This function and the next do nothing with a NULL trace, and leave the message
 * of gd_trace_create: GD_ERROR_ARGUMENT. */
gd_status gd_trace_attach(gd_trace *trace, gd_tape *tape);

/* Records how these parameters change between steps, whoever changes them, under their names.
 * Call it after the last gd_parameters_add. */
gd_status gd_trace_watch(gd_trace *trace, gd_parameters *parameters);

/* Ends the trace: appends the source files that it names and closes the file; the tape is no
 * longer observed. Returns the first error of the trace, which has ended it, such as a full disk:
 * GD_ERROR_IO, GD_ERROR_MEMORY. NULL is allowed: GD_OK. */
gd_status gd_trace_close(gd_trace *trace);

/* ---- reading ------------------------------------------------------------------------------ */

/* Elements of a tensor, as a line of the trace has them. */
typedef struct gd_recorded_values {
    gd_tensor *x;      /* contiguous, the tensor's dtype: all of it, or the window; NULL: none */
    bool whole;        /* false: x is the first rows and columns of the last two dimensions, [r,c],
                          at index 0 of the dimensions before */
    double min, max;   /* of all elements, without NaN; both NaN: there are none */
    double norm;       /* the root of the sum of squares */
    int64_t zeros;     /* how many elements are 0 */
    int64_t nonfinite; /* row-major index of the first that is infinite or NaN; -1: none */
} gd_recorded_values;

typedef struct gd_recorded_tensor {
    const char *name; /* as your source calls it, or gd_name; NULL: it has none */
    gd_dtype dtype;
    int ndim;
    int64_t shape[GD_MAX_DIMS], stride[GD_MAX_DIMS];
    bool wants_gradient;
    int64_t node;  /* that made it; -1: a leaf or a constant */
    int64_t event; /* that it was first written by */
} gd_recorded_tensor;

/* A call of an op. */
typedef struct gd_recorded_node {
    const char *op_name;
    const gd_op *op;   /* NULL: unknown, and cannot be run again */
    const int64_t *in; /* [n_in] ids of tensors; -1: an optional operand that was not given */
    int n_in;
    int64_t out;            /* id of a tensor */
    const void *attributes; /* as the op's functions take them; NULL: it has none */
    bool recorded;          /* on the tape: a backward may reach it */
    const char *file;       /* your source, its shortest unambiguous name; NULL: not known */
    int line;
    const char *call; /* the function that you called: "cross_entropy"; NULL: not known */
    const char *text; /* its arguments as you wrote them, without the tape: "logits, y, NULL" */
    int64_t of_node;  /* in a recorded backward: the node whose rule applied it; -1: you did */
    int of_operand;
    int64_t event; /* its GD_RECORDED_OP */
} gd_recorded_node;

typedef enum gd_recorded_kind {
    GD_RECORDED_LEAF,     /* `tensor` has `values`: it is used for the first time, or has changed */
    GD_RECORDED_OP,       /* `node` made `tensor`, with `values` */
    GD_RECORDED_BACKWARD, /* a backward begins at `tensor`, whose gradient is `values` */
    GD_RECORDED_NODE,     /* backward is at `node`; `values` is the gradient of its result */
    GD_RECORDED_ADD,      /* `node` gives, by `operand`, `gives` to the gradient of `tensor`, which
                             was `before` (x NULL: empty) and is `after` */
    GD_RECORDED_UPDATE,   /* a watched parameter, `tensor`, has new `values` */
    GD_RECORDED_RELEASE,  /* the tape was released to a mark: nodes from `node` on are gone */
    GD_RECORDED_ERROR,    /* a call was refused: `message` */
    GD_RECORDED_STEP      /* a new step begins: the tape was reset */
} gd_recorded_kind;

typedef struct gd_recorded_event {
    gd_recorded_kind kind;
    int64_t line;   /* of the trace, from 1 */
    int64_t step;   /* of training, from 1 */
    int64_t node;   /* index of a node; -1: none */
    int64_t tensor; /* id of a tensor; -1: none */
    int operand;
    gd_way way;
    unsigned summed; /* ADD: bit i: dimension i of the result of node was summed, because the
                        operand was broadcast along it */
    gd_recorded_values values, gives, before, after;
    const char *message;
    const char *file; /* BACKWARD, ERROR: your call; NULL: not known */
    int source_line;
    bool create_graph; /* BACKWARD: the gradients' own computation is recorded */
    bool is_grad;      /* BACKWARD: by gd_grad, of the tensors `inputs` [n_inputs] */
    const int64_t *inputs;
    int n_inputs;
} gd_recorded_event;

/* A file of your source. */
typedef struct gd_recorded_source {
    const char *file, *text;
} gd_recorded_source;

typedef struct gd_recording {
    const char *program;
    int64_t steps;
    const gd_recorded_event *events; /* in the order in which they happened */
    int64_t n_events;
    const gd_recorded_node *nodes; /* in the order of their calls; not renumbered by steps */
    int64_t n_nodes;
    const gd_recorded_tensor *tensors; /* by id */
    int64_t n_tensors;
    const gd_recorded_source *sources;
    int64_t n_sources;
    const char *stopped; /* why the trace ended before the program did; NULL: it did not */
    const char *damage;  /* "run.trace:12: expected .., found ..": lines from there on were not
                            read; NULL: the file is whole */
} gd_recording;

typedef struct gd_trace_read_options {
    const gd_op *const *ops; /* your own, [n_ops]; they win over the library's of the same name */
    int n_ops;
    const char *source; /* a folder: read sources from there, in place of the trace's own */
} gd_trace_read_options;

/* Reads a trace. The file is not trusted: a line that cannot be is the end of the recording, and
 * `damage` says why. NULL: GD_ERROR_IO, GD_ERROR_FORMAT (the first line is not a trace's),
 * GD_ERROR_MEMORY. */
gd_recording *gd_trace_read(const char *path, const gd_trace_read_options *options);
void gd_recording_destroy(gd_recording *recording); /* NULL is allowed */

/* ---- running it again --------------------------------------------------------------------- */

/* What a replayed backward does wrong, on purpose. */
typedef enum gd_break {
    GD_BREAK_NOTHING,
    GD_BREAK_ACCUMULATION, /* a contribution overwrites the sum instead of being added */
    GD_BREAK_ZERO_GRAD,    /* gradients of leaves are not emptied between steps: of all steps */
    GD_BREAK_PASS_THROUGH  /* by the rules of both ops, in the trace's dtype: sigmoid, then BCE */
} gd_break;

typedef struct gd_replay_options {
    int64_t step; /* which; 0: all, one after another */
    bool float64; /* in float64; false: in the trace's own dtypes, which gives the same bits on
                       the same machine */
    gd_break broken;
    size_t bytes; /* GD_ERROR_MEMORY where it needs more than about this; 0: 1 GiB */
} gd_replay_options;

typedef struct gd_replay gd_replay;

/* Applies every recorded op again and goes the recorded way backward, by the ops' gradient rules.
 * In float64 every contribution is made by its rule; bool and integer results are held fixed at
 * what was recorded. NULL: GD_ERROR_VALUE (an op is unknown, a leaf or a root's gradient was not
 * written whole, an op gives another shape than recorded), GD_ERROR_MEMORY, or an op's own error.
 * A gradient that is left of a step that is not replayed, and was not written whole, counts as
 * empty. The recording must outlive the replay. */
gd_replay *gd_trace_replay(const gd_recording *recording, const gd_replay_options *options);
void gd_replay_destroy(gd_replay *replay); /* NULL is allowed */

/* What event `i` wrote, in the replay: of LEAF, OP and UPDATE the value, of BACKWARD and NODE the
 * gradient, of ADD what was given, and the sum after it. The replay's; NULL: it was not run. */
const gd_tensor *gd_replay_value(const gd_replay *replay, int64_t i);
const gd_tensor *gd_replay_after(const gd_replay *replay, int64_t i);

/* ---- proof -------------------------------------------------------------------------------- */

typedef enum gd_verdict {
    GD_UNCHECKED, /* cannot be: `message` says why */
    GD_RIGHT,     /* green */
    GD_WRONG,     /* red: the rule is wrong */
    GD_ROUNDED    /* amber: the rule is right, the dtype lost digits */
} gd_verdict;

/* One gradient, three times: recorded; by the rules in float64; by central differences of the
 * program in float64, without any rule. Or the value that an op gave, recorded and in float64. */
typedef struct gd_proof {
    int64_t event; /* the last ADD (or the BACKWARD) of this gradient, which is complete; of a
                        value its OP */
    int64_t tensor;
    int64_t element; /* row-major, of a value the one that is off the most; -1: of a large tensor
                        the derivative along one random direction */
    double recorded;
    double rule;           /* in float64: by the gradient rules; of a value by forward */
    double difference;     /* NaN: of a value, or not to be had */
    double error, allowed; /* |rule - difference| and 1e-6 (1 + |difference|) */
    /* |recorded - rule| in terms of the largest number that went into the sum or the op, and what
     * rounding explains: 4 (8 n + k) u. An element comes by way of n ops, which round about 8 times
     * each, and of sums of up to k terms, k the longest dimension; the way back is as long. u is
     * half a unit in the last place: 2^-24, or 2^-53 where all is float64. */
    double rounding, allowed_rounding;
    bool at_kink; /* one-sided differences part: the rule must lie between them */
    gd_verdict verdict;
    const char *message; /* NULL: there is nothing to say */
} gd_proof;

/* Of every complete gradient of a step, and of the value of every op, those of a recorded backward
 * too, in the order of events; yours to gd_proofs_destroy. Elements of tensors of at most
 * `elements` (0: 64) each have a proof. Larger tensors have one of a direction, and so has a result
 * that many calls depend on. Errors are gd_trace_replay's. */
gd_status gd_trace_prove(const gd_recording *recording, int64_t step, int64_t elements,
                         gd_proof **proofs, int64_t *count);
void gd_proofs_destroy(gd_proof *proofs); /* NULL is allowed */

/* ---- story, and formulas with numbers ----------------------------------------------------- */

/* The row-major index of the first element that is infinite or NaN, of what the event wrote: its
 * values, of ADD the sum after it; -1: all are finite, or it wrote none. */
int64_t gd_recorded_nonfinite(const gd_recorded_event *event);

/* A call by its op: "mul", or "mul2" for the second in a training step. Like snprintf. */
int gd_recording_call_name(const gd_recording *recording, int64_t node, char *buffer, size_t size);

/* The tensor's name; else that of the call that made it; the number that it is, "0.5"; or
 * "leaf 3". Like snprintf. */
int gd_recording_name(const gd_recording *recording, int64_t tensor, char *buffer, size_t size);

/* Event `i` as a sentence: "mul gives a [2.1, -0.9], the first of two." Like snprintf. */
int gd_recording_tell(const gd_recording *recording, int64_t i, char *buffer, size_t size);

/* The sentence to read before the story of a step: "a is used twice, in lines 4 and 5; its
 * gradient is a sum of two, one from each use." Like snprintf. *event: where to look, the event that made the number or
 * completed the sum; -1: nowhere in particular. NULL: not asked for. */
int gd_recording_lead(const gd_recording *recording, int64_t step, char *buffer, size_t size,
                      int64_t *event);

/* An element that a formula has read. */
typedef struct gd_read {
    int64_t tensor;
    bool is_gradient; /* of its gradient */
    int64_t element;  /* row-major */
    double value;
    double share;  /* |term| of the sum in which it stands; INFINITY: in no sum */
    int64_t event; /* that wrote it: a NODE if it is of a gradient, else a LEAF, OP or UPDATE */
} gd_read;

/* How an element came to be. */
typedef struct gd_explanation {
    double value;      /* by the formula, not as recorded */
    const char *names; /* "dy[0] * s[0]" */
    const char
        *numbers; /* "1 * 2.1"; of a sum with more than 6 terms the first and the largest 3 */
    const gd_read *reads; /* [n_reads], each once */
    int64_t n_reads;
} gd_explanation;

/* Of an OP: element `element` of its result. Of an ADD: of what it gives. Of a BACKWARD: of the
 * gradient that it begins with. The numbers are the replay's; NULL: as they were recorded. NULL
 * and gd_message(): there are no numbers. GD_ERROR_FORMAT: the op has no formula of an element, or
 * one that makes no sense. GD_ERROR_VALUE: an element that it reads was not recorded.
 * GD_ERROR_ARGUMENT: another event, or there is no such element. GD_ERROR_MEMORY. */
gd_explanation *gd_recording_explain(const gd_recording *recording, const gd_replay *replay,
                                     int64_t event, int64_t element);
void gd_explanation_destroy(gd_explanation *shown); /* NULL is allowed */

/* Why a gradient has its value: the events, each an ADD or a BACKWARD, whose contributions are its
 * sum, in the order in which they happened. `event` tells which gradient, and until when: an ADD,
 * that of its tensor; a NODE, that of the node's result; a BACKWARD, that of its root. Writes the
 * first `size` of them and returns how many there are; 0: another event. gd_recording_explain of
 * each tells what it was made of, down to the leaves. */
int64_t gd_recording_contributions(const gd_recording *recording, int64_t event, int64_t *events,
                                   int64_t size);

#if !defined(GD_NO_SITES) && !defined(GD_BUILDING)
#define gd_trace_create(...) gd_trace_create_for(__FILE__, __VA_ARGS__)
#endif

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif
#endif
