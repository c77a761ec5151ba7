/* What the files of nn/ share: the inside of a gd_parameters, and of what is registered there. */
#ifndef GRADUS_NN_PARAMETERS_H
#define GRADUS_NN_PARAMETERS_H

#include "tensor/internal.h"

#include <gradus/nn.h>

#include <stdatomic.h>

/* A parameter, or a buffer: something that a layer keeps without learning it. */
typedef struct gd__entry {
    struct gd__entry *next;
    gd_tensor tensor, gradient; /* of a parameter: views of its slab, from `offset` on */
    int64_t offset;             /* elements */
    gd_tensor *buffer;          /* of a buffer; it owns its memory */
    const gd_module *owner;     /* the module that has made it; NULL: you */
    bool is_buffer;
    char name[]; /* with its closing 0 */
} gd__entry;

enum { GD__SLABS = GD_F64 + 1 }; /* one for each float dtype */

/* Elements that a tensor takes in a slab: whole cache lines. */
static inline int64_t gd__whole_lines(gd_dtype dtype, int64_t numel)
{
    int64_t line = GD__ALIGNMENT / (int64_t)gd_dtype_size(dtype);
    return (numel + line - 1) / line * line;
}

static inline void *gd__slab_at(const gd_tensor *slab, int64_t offset)
{
    return (char *)slab->data + (size_t)offset * gd_dtype_size(slab->dtype);
}

typedef struct gd__slab {
    gd_tensor *values, *gradients; /* [capacity]; NULL: none yet */
} gd__slab;

/* How far a list has come. A _create function that fails halfway goes back to where it began:
 * entries, modules and numbers drawn are as before. */
typedef struct gd__progress {
    gd__entry **end; /* where the next entry goes */
    int count;       /* of entries */
    int64_t used[GD__SLABS];
    gd_module *modules; /* the last one made first */
    gd_rng rng;
} gd__progress;

struct gd_parameters {
    gd__entry *first; /* in order of adding */
    gd__slab slabs[GD__SLABS];
    gd__progress now;
    bool training;
    _Atomic(const void *) trainer; /* the thread that trains it; NULL: none has begun to */
    /* Told of each forward before (y NULL) and after it; NULL: nobody asks. */
    void (*watch)(void *watcher, const gd_module *module, const gd_tensor *y);
    void *watcher;
};

/* gd_parameters_add, or gd_parameters_add_buffer, for a module (NULL: for you). */
gd_tensor *gd__parameters_add(gd_parameters *parameters, const char *name, const gd_module *owner,
                              bool is_buffer, gd_dtype dtype, int ndim, const int64_t *shape);

/* Makes the calling thread the one that trains the module's list: the one that changes what the
 * list keeps from step to step, its stream and running statistics. False and the tape's error
 * where another thread does. */
bool gd__may_train(gd_tape *tape, const gd_module *module);

gd__progress gd__parameters_progress(const gd_parameters *parameters); /* NULL is allowed */
void *gd__parameters_go_back(gd_parameters *parameters, const gd__progress *to); /* always NULL */

#endif
