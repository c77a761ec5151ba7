/* What the files of the tape share. */
#ifndef GRADUS_AUTOGRAD_INTERNAL_H
#define GRADUS_AUTOGRAD_INTERNAL_H

#include "autograd/arena.h"
#include "tensor/internal.h"

enum {
    GD__MESSAGE_SIZE = 512,
    GD__POOL_LISTS = 64 /* of free tensors, hashed by size */
};

/* What gd_name has called a tensor. */
typedef struct gd__name {
    struct gd__name *next;
    const gd_tensor *tensor;
    size_t size; /* of text */
    char text[];
} gd__name;

/* A state of the tape to go back to. Marks that were set in the same state share one. */
typedef struct gd__place {
    uint64_t first, last; /* numbers of its marks */
    gd__position
        headers; /* those before it are not forgotten, nor are some after it forgotten already */
    gd__position nodes, data, gradients;
    int node_count;
    gd__name *names;
} gd__place;

struct gd_tape {
    /* The first error. */
    gd_status status;
    const char
        *file; /* where it was made, which is then part of the message; NULL: not known yet */
    const char
        *calling; /* the op or function that is running, for the message; "": it names that */
    const char *calling_as; /* ... the function that the user called, made of ops; NULL: none */
    char message[GD__MESSAGE_SIZE];

    /* The record, in the order of creation, which is a topological order. */
    gd_node **record; /* [record_capacity] */
    int node_count, record_capacity;
    int stamped; /* nodes before this one have had their file and line */
    bool recording;
    bool anomaly_mode; /* what is computed is scanned for NaN and infinities */
    bool in_backward;  /* ... but contributions instead of results: ops run as parts of rules */

    gd_rng *rng; /* of gd_tape_set_rng; NULL: layers use their model's */

    /* Observing. */
    gd_observer observer; /* NULL: nobody observes */
    void *observer_context;
    bool telling;        /* the observer runs: what it calls has no place */
    bool inside_call;    /* a forward runs: the ops it applies are parts of its op */
    bool was_direct;     /* the last contribution was made by grad_into */
    int unplaced;        /* ops that the observer was told of since the last place */
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

    /* The marks that can be released to, oldest first. An op that is running, or a backward, may
     * not release to those before places_floor: they are its caller's. */
    gd__place *places; /* [place_capacity] */
    int place_count, place_capacity, places_floor;
    uint64_t mark_count; /* of all marks so far */
    size_t forgotten;    /* headers of this step, made since a mark that was released */

    /* The gradient pool: during a backward that is not recorded, tensors come from lists of free
       ones of the same size. A tensor counts what refers to it: `temporaries`, a node's gradient,
       its views. */
    bool pooling;
    gd_tensor *temporaries; /* made since the last gd__pool_clear */
    gd_tensor *free_tensors[GD__POOL_LISTS];
};

/* ---- tape.c ---- */

gd__arena *gd__tape_headers(gd_tape *tape); /* of this step */

/* Puts the place of the forward call in the error, unless it has one. */
void gd__tape_fail_at(gd_tape *tape, const gd_node *node);

/* x may be used with this tape now: it is there, of this step if it is a tape's, and float if it
 * requires a gradient. */
static inline bool gd__tape_is_alive(const gd_tape *tape, const gd_tensor *x)
{
    return x != NULL && x->ndim >= 0 &&
           (x->tape == NULL ||
            (x->tape == tape && x->epoch == tape->epoch &&
             (x->root == NULL || x->root->tape == NULL || x->root->epoch == tape->epoch))) &&
           (!x->requires_grad || gd_dtype_is_float(x->dtype));
}

/* ---- observe.c ---- */

void gd__tell(gd_tape *tape, gd_event event); /* where there is an observer */
void gd__tell_op(gd_tape *tape, const gd_node *node);
void gd__tell_place(gd_tape *tape, bool is_error, const char *file, int line, const char *text);
void gd__forget_leaf_names(gd_tape *tape);

/* ---- mark.c ---- */

/* Where the tape is, and going back there: what was made since then is gone. */
gd__place gd__tape_place(const gd_tape *tape);
void gd__tape_forget_since(gd_tape *tape, gd__place *place);

/* Around what may set marks of its own: begins, and ends by dropping these. */
static inline int gd__tape_begin_marks(gd_tape *tape)
{
    int floor = tape->places_floor;
    tape->places_floor = tape->place_count;
    return floor;
}

static inline void gd__tape_end_marks(gd_tape *tape, int floor)
{
    tape->place_count = tape->places_floor;
    tape->places_floor = floor;
}

/* ---- check.c ---- */

/* What messages call operand i of a call: its name, or where it has none "operand 1", which is
 * written to the buffer. */
enum { GD__NAME_SIZE = 48 };
const char *gd__operand_name(const gd_node *node, int i, char buffer[GD__NAME_SIZE]);

/* Gives out the shape that in[0..n-1] broadcast to (NULL: left out; one is there). Returns how many
 * of them fit together: n, if all. */
int gd__broadcast(gd_tensor *out, gd_tensor *const *in, int n);

/* ---- apply.c ---- */

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

/* A new tensor with memory (not written) of like's dtype and shape. NULL and the tape's error if
 * there is none, or the shape is impossible. */
gd_tensor *gd__tape_new(gd_tape *tape, const gd_tensor *like);

/* Memory for the gradient of `owner`, a tensor of the tape. It is there as long as its owner: a
 * release to a mark that was set after the owner was made does not take it back. */
gd_tensor *gd__tape_new_gradient(gd_tape *tape, gd_tensor *owner);

/* A header on the tape for `view`. */
gd_tensor *gd__tape_view(gd_tape *tape, const gd_tensor *view);

void gd__pool_retain(gd_tensor *x);
void gd__pool_release(gd_tape *tape, gd_tensor *x);
void gd__pool_clear(gd_tape *tape); /* releases all temporaries */

#endif
