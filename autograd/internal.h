/* What the files of the tape share. */
#ifndef GRADUS_AUTOGRAD_INTERNAL_H
#define GRADUS_AUTOGRAD_INTERNAL_H

#include "autograd/arena.h"
#include "tensor/internal.h"

enum { GD__MESSAGE_SIZE = 512, GD__POOL_LISTS = 64 };

/* What gd_name has called a tensor. */
typedef struct gd__name {
    struct gd__name *next;
    const gd_tensor *tensor;
    size_t size; /* of text */
    char text[];
} gd__name;

/* A state of the tape to go back to. Marks that were set in the same state share one. */
typedef struct gd__tape_state {
    uint64_t first, last; /* the numbers of its marks */
    gd__position headers; /* the first header that a release must mark as gone */
    gd__position nodes, data, gradients;
    int node_count;
    gd__name *names;
} gd__tape_state;

/* Which memory a tensor of the tape has: until when it is there. */
typedef enum gd__source {
    GD__STEP,      /* until the reset, or a release to an earlier mark */
    GD__POOL,      /* during a plain backward, until nothing refers to it any more */
    GD__GRADIENTS, /* as long as the tensor that it is the gradient of */
} gd__source;

/* Which backward is running: none, one whose rules run as plain kernels on memory of the pool, or
 * one whose rules are recorded (gd_grad's create_graph). */
typedef enum gd__backward_mode {
    GD__NO_BACKWARD,
    GD__PLAIN_BACKWARD,
    GD__RECORDED_BACKWARD
} gd__backward_mode;

/* Most members are this step's record, memory and error. What changes how a call behaves, and who
 * sets it:
 *   recording, anomaly_mode, rng, pool, observer   by the user, with functions of their names
 *   backward                    by gd_backward and gd_grad, while they run
 *   inside_call, states_floor   by gd__enter until gd__leave, around a forward and a backward
 *   calling                     by each function of the tape and each op, for messages
 *   calling_as                  by gd_call_begin until gd_call_end, for messages
 *   telling, was_direct, unsited, rule   for what observers are told */
struct gd_tape {
    /* The first error. */
    gd_status status;
    const char *file;    /* where the call was made, which the message tells; NULL: not known yet */
    const char *calling; /* the op or function that is running */
    const char *calling_as; /* the function made of ops that the user has called; NULL: none */
    char message[GD__MESSAGE_SIZE];

    /* The record, in the order of creation, which is a topological order. */
    gd_node **record; /* [record_capacity] */
    int node_count, record_capacity;
    int stamped; /* nodes before this one have had their file and line */

    bool recording;    /* of what the user calls */
    bool inside_call;  /* a forward or unrecorded rule runs: its ops are not recorded */
    bool anomaly_mode; /* results and contributions are scanned for NaN and infinities */
    gd__backward_mode backward;
    gd_rng *rng;   /* of gd_tape_set_rng; NULL: layers use their model's */
    gd_pool *pool; /* of gd_tape_set_pool; NULL: none */

    /* Observing. */
    gd_observer observer; /* NULL: nobody observes */
    void *observer_context;
    bool telling;        /* the observer runs: what it calls has no site */
    bool was_direct;     /* the last contribution was made by grad_into */
    int unsited;         /* ops and backwards that the observer was told of since the last site */
    const gd_node *rule; /* recorded backward: whose gradient rule applies ops, */
    int rule_operand;    /* ... and for which operand */

    gd__name *names;      /* of the tape's own tensors, in the memory of nodes */
    gd__name *leaf_names; /* of others, which outlive the step */

    /* This step's memory. Headers alternate between two arenas, so that those of the step before
       can still be read, and recognised by their epoch. */
    uint64_t epoch;
    gd__arena headers[2], nodes, data;
    gd__arena gradients; /* of leaves on the tape and of gd_retain_grad */
    gd__arena scratch;   /* of the calls that are running: an op's begins where its caller's ends */

    /* The marks that can be released to, oldest first. Those before states_floor belong to the
       caller of the op or backward that is running, which may not release to them. */
    gd__tape_state *states; /* [state_capacity] */
    int state_count, state_capacity, states_floor;
    uint64_t mark_count; /* of all marks so far */
    size_t forgotten; /* headers of this step that are gone: made since a mark that was released */

    /* The pool. One of its tensors is free when nothing refers to it any more; these refer:
       `temporaries`, a node's gradient, a view. */
    gd_tensor *temporaries;                  /* made since the last gd__pool_clear */
    gd_tensor *free_tensors[GD__POOL_LISTS]; /* hashed by size */
};

/* ---- tape.c ---- */

/* The arena of this step's headers. */
static inline gd__arena *gd__tape_headers(gd_tape *tape)
{
    return &tape->headers[tape->epoch % 2];
}

/* ---- error.c ---- */

/* The error is what gd_message() says of the tensor function that has failed, without its name:
 * the tape's own function or op is named. Returns false. */
bool gd__tape_fail_as_said(gd_tape *tape, gd_status status);

/* Puts the site of the forward call in the error, unless it has one. */
void gd__tape_fail_at(gd_tape *tape, const gd_node *node);

/* x may be used with this tape now: it is there, of this step if it is a tape's, and float if it
 * requires a gradient. gd_check_operand has the same conditions one by one, with messages. */
static inline bool gd__tape_is_alive(const gd_tape *tape, const gd_tensor *x)
{
    return x != NULL && x->ndim >= 0 &&
           (x->tape == NULL ||
            (x->tape == tape && x->epoch == tape->epoch &&
             (x->root == NULL || x->root->tape == NULL || x->root->epoch == tape->epoch))) &&
           (!x->requires_grad || gd__is_float(x->dtype));
}

/* ---- record.c ---- */

void gd__forget_leaf_names(gd_tape *tape);

/* ---- observe.c: to be called where there is an observer ---- */

void gd__tell(gd_tape *tape, gd_event event);
void gd__tell_op(gd_tape *tape, const gd_node *node);
void gd__tell_backward(gd_tape *tape, gd_event event);
void gd__tell_site(gd_tape *tape, bool is_error, const char *file, int line, const char *text);

/* ---- mark.c ---- */

/* Where the tape is, and going back there: what was made since then is gone. */
gd__tape_state gd__tape_now(gd_tape *tape);
void gd__tape_forget_since(gd_tape *tape, gd__tape_state *state);

/* ---- check.c ---- */

/* What messages call operand i of a call: its name, or where it has none "operand 1", which is
 * written to the buffer. */
enum { GD__NAME_SIZE = 48 };
const char *gd__operand_name(const gd_node *node, int i, char buffer[GD__NAME_SIZE]);

/* Whether x's shape broadcasts to whole's. */
bool gd__broadcasts_to(const gd_tensor *x, const gd_tensor *whole);

/* The numbers from low to high, or these two alone. */
typedef struct gd__range {
    double low, high;
    bool only_ends;
} gd__range;

/* The number, in row-major order, of the first element of x (float) that is not in the range, and
 * its value; -1: all are. NaN is in none. */
int64_t gd__find_outside(const gd_tensor *x, gd__range range, double *value);

/* ---- apply.c ---- */

/* Around a function of an op, or a whole backward: what it leaves on the tape beside its result is
 * taken back. */
typedef struct gd__scope {
    gd__position scratch;
    int states_floor;
    bool inside_call;
} gd__scope;

static inline gd__scope gd__enter(gd_tape *tape, bool inside_call)
{
    gd__scope scope = {gd__arena_position(&tape->scratch), tape->states_floor, tape->inside_call};
    tape->states_floor = tape->state_count;
    tape->inside_call = inside_call;
    return scope;
}

static inline void gd__leave(gd_tape *tape, gd__scope scope)
{
    gd__arena_rewind(&tape->scratch, scope.scratch);
    tape->state_count = tape->states_floor;
    tape->states_floor = scope.states_floor;
    tape->inside_call = scope.inside_call;
}

/* Whether calls are recorded now. */
static inline bool gd__is_recording(const gd_tape *tape)
{
    return !tape->inside_call && tape->recording;
}

/* The recorded call that made x; NULL: x is a leaf or a constant. */
static inline gd_node *gd__recorded_node(const gd_tensor *x)
{
    return x->node != NULL && x->node->number >= 0 ? x->node : NULL;
}

/* ---- anomaly.c ---- */

/* For anomaly mode. false: node's result has an element that is NaN or infinite, and the tape has
 * the error. */
bool gd__scan_result(gd_tape *tape, const gd_node *node);

/* The same for what node contributes to operand i (of i's shape), or the sum of that with the
 * contributions of others. */
bool gd__scan_gradient(gd_tape *tape, const gd_node *node, int i, const gd_tensor *gradient,
                       bool is_sum);

/* Whether no element is NaN or infinite. */
bool gd__is_finite(const gd_tensor *x);

/* ---- new.c ---- */

/* A contiguous tensor, not written, of like's dtype and shape; or a header for `view`. NULL and
 * the tape's error if there is no memory, or the shape is impossible. */
gd_tensor *gd__new_tensor(gd_tape *tape, gd__source source, const gd_tensor *like);
gd_tensor *gd__new_view(gd_tape *tape, gd__source source, const gd_tensor *view);

/* A tensor for the gradient of `owner`, a tensor of the tape. */
gd_tensor *gd__new_gradient(gd_tape *tape, gd_tensor *owner);

/* Where results of ops have their memory. */
static inline gd__source gd__source_of_results(const gd_tape *tape)
{
    return tape->backward == GD__PLAIN_BACKWARD ? GD__POOL : GD__STEP;
}

void gd__pool_retain(gd_tensor *x);
void gd__pool_release(gd_tape *tape, gd_tensor *x);
void gd__pool_clear(gd_tape *tape); /* releases all temporaries */

#endif
