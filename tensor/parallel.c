#include "tensor/parallel.h"

enum { LINE = 64 };

typedef struct cut {
    int64_t count, parts;
    int64_t unit; /* parts begin at multiples of it */
    gd__span_task f;
    void *context;
} cut;

static int64_t begin_of(const cut *c, int64_t part)
{
    int64_t units = (c->count + c->unit - 1) / c->unit;
    return part < c->parts ? units * part / c->parts * c->unit : c->count;
}

static void run_part(void *context, int64_t part)
{
    const cut *c = context;
    c->f(c->context, (int)part, begin_of(c, part), begin_of(c, part + 1));
}

int gd__cut(gd_pool *pool, int64_t count, int64_t grain, gd__span_task f, void *context)
{
    int64_t parts = count / grain;
    cut c = {.count = count,
             .parts = parts < GD__MOST_PARTS ? parts : GD__MOST_PARTS,
             .unit = grain % LINE == 0 ? LINE : 1,
             .f = f,
             .context = context};
    gd_pool_run(pool, c.parts, run_part, &c);
    return (int)c.parts;
}

typedef struct walk_cut {
    const gd__walk *walk;
    int dim;
    gd__walk_task f;
    void *context;
} walk_cut;

static void run_walk(void *context, int part, int64_t begin, int64_t end)
{
    const walk_cut *c = context;
    gd__walk w = *c->walk;
    w.numel = w.numel / w.shape[c->dim] * (end - begin);
    w.shape[c->dim] = end - begin;
    if (c->dim == 0)
        w.length = end - begin;
    for (int k = 0; k < w.n; ++k)
        w.data[k] += begin * w.stride[k][c->dim];
    c->f(c->context, part, &w);
}

int gd__cut_walk(gd_pool *pool, const gd__walk *walk, int64_t grain, gd__walk_task f, void *context)
{
    walk_cut c = {walk, 0, f, context};
    for (int i = 1; i < walk->ndim; ++i)
        if (walk->shape[i] > walk->shape[c.dim])
            c.dim = i;
    int64_t longest = walk->shape[c.dim], around = walk->numel / longest;
    return gd__parallel(pool, longest, (grain + around - 1) / around, run_walk, &c);
}

typedef struct rows_cut {
    const gd__rows *rows;
    gd__rows_task f;
    void *context;
} rows_cut;

static void run_rows(void *context, int part, int64_t begin, int64_t end)
{
    const rows_cut *c = context;
    gd__rows rows = gd__rows_between(c->rows, begin, end);
    c->f(c->context, part, &rows);
}

int gd__cut_rows(gd_pool *pool, const gd__rows *rows, int64_t grain, gd__rows_task f, void *context)
{
    rows_cut c = {rows, f, context};
    int64_t of_row = rows->row.numel;
    return gd__parallel(pool, rows->firsts.numel, (grain + of_row - 1) / of_row, run_rows, &c);
}
