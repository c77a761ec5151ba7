/* What the files of a replay share. */
#ifndef GRADUS_TRACE_REPLAY_H
#define GRADUS_TRACE_REPLAY_H

#include "trace/read/recording.h"

struct gd_replay {
    const gd_recording *recording;
    gd_replay_options options;
    gd_tape *tape; /* of all steps */

    const gd_tensor **values, **after; /* [n_events]: what gd_replay_value and _after return */
    const gd_node **nodes;             /* [n_nodes]: on the tape; NULL: not recorded, or not run */
    gd_tensor **now;                   /* [n_tensors]: each tensor's value; NULL: none yet */
    const gd_recorded_event **latest;  /* [n_tensors]: that wrote a leaf last; NULL: none */

    /* [n_tensors]: gradients so far, by gd_backward, and by the gd_grad that runs. */
    const gd_tensor **sums, **asked;
    const gd_recorded_event *backward; /* that runs; NULL: none */

    gd__array owned, headers; /* gd_tensor *: of leaves and roots' gradients; views of these */
    size_t bytes;             /* of these */
};

/* ---- replay_forward.c: false after a message ---- */

/* Takes what a LEAF or UPDATE wrote last as the leaf's value from now on. */
bool gd__replay_leaf(gd_replay *r, int64_t tensor);

/* Applies an op. */
bool gd__replay_op(gd_replay *r, int64_t event);

/* Applies the op of a node to operands [n_in]. NULL: no memory, or refused: the tape's error. */
gd_tensor *gd__replay_apply(gd_replay *r, gd_tape *tape, int64_t node, gd_tensor *const *operands);

/* The values of a line in the dtype of the replay, contiguous. NULL after a message. */
gd_tensor *gd__replay_tensor(gd_replay *r, const gd_recorded_values *values, const char *what);

/* "node 3 (mul, tiny.c:5)", into buffer. */
enum { GD__NODE_TEXT = 256 };
const char *gd__node_text(const gd_recording *recording, int64_t node, char buffer[GD__NODE_TEXT]);

/* ---- replay_backward.c ---- */

bool gd__replay_backward(gd_replay *r, int64_t event);
bool gd__replay_node(gd_replay *r, int64_t event);
bool gd__replay_add(gd_replay *r, int64_t event);

/* The dtype that a recorded one has in the replay. */
static inline gd_dtype gd__replay_dtype(const gd_replay *r, gd_dtype dtype)
{
    return r->options.float64 && dtype == GD_F32 ? GD_F64 : dtype;
}

#endif
