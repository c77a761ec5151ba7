/* The one place where work is cut for a pool: by its size alone, never by the number of threads.
 * So results have the same bits with any pool and with none. */
#ifndef GRADUS_TENSOR_PARALLEL_H
#define GRADUS_TENSOR_PARALLEL_H

#include "tensor/rows.h"

enum {
    GD__MOST_PARTS = 64, /* so that partial sums have a place on the stack */
    GD__GRAIN = 1 << 16, /* elements of a part, at least: fewer are done before a thread wakes */
};

/* What is called for a part: its number, from 0 on, and what is in it. */
typedef void (*gd__span_task)(void *context, int part, int64_t begin, int64_t end);
typedef void (*gd__walk_task)(void *context, int part, gd__walk *walk);
typedef void (*gd__rows_task)(void *context, int part, gd__rows *rows);

/* The functions below without the case of one part. */
int gd__cut(gd_pool *pool, int64_t count, int64_t grain, gd__span_task f, void *context);
int gd__cut_walk(gd_pool *pool, const gd__walk *walk, int64_t grain, gd__walk_task f,
                 void *context);
int gd__cut_rows(gd_pool *pool, const gd__rows *rows, int64_t grain, gd__rows_task f,
                 void *context);

/* The numbers from 0 to count - 1 in parts of at least `grain`, GD__MOST_PARTS at most. Returns how
 * many there are. Below two grains there is one part, and no other thread is asked. Parts begin at
 * multiples of 64 where the grain is one: whole cache lines. */
static inline int gd__parallel(gd_pool *pool, int64_t count, int64_t grain, gd__span_task f,
                               void *context)
{
    if (count >= 2 * grain)
        return gd__cut(pool, count, grain, f, context);
    f(context, 0, 0, count);
    return 1;
}

/* The same for all that a walk, which has just begun, goes over; each part is a walk of its own, one
 * alone is the walk itself. They are cut along the longest dimension, so that the parts one after
 * the other need not be in row-major order. */
static inline int gd__parallel_walk(gd_pool *pool, gd__walk *walk, int64_t grain, gd__walk_task f,
                                    void *context)
{
    if (walk->numel >= 2 * grain)
        return gd__cut_walk(pool, walk, grain, f, context);
    f(context, 0, walk);
    return 1;
}

/* The same for rows, whose elements the grain counts. Parts are in their order, and the numbers of
 * rows stay. */
static inline int gd__parallel_rows(gd_pool *pool, gd__rows *rows, int64_t grain, gd__rows_task f,
                                    void *context)
{
    if (rows->firsts.numel * rows->row.numel >= 2 * grain)
        return gd__cut_rows(pool, rows, grain, f, context);
    f(context, 0, rows);
    return 1;
}

#endif
