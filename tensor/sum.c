/* Sums over any dimensions.
 *
 * Many sums are cut into groups of sums. A few sums of much are cut along their rows: each part has
 * sums of its own, which are then added in the order of the parts. */
#include "tensor/kernels.h"
#include "tensor/parallel.h"

enum {
    SIDE_BY_SIDE = 256,  /* sums at a time */
    PARTIAL_SUMS = 2048, /* of all parts: 32 KiB on the stack */
};

typedef struct sums {
    gd_pool *pool;
    const gd__kernels *kernels;
    gd__walk row; /* over the elements of the first row */
    double divisor;
    bool accumulate;
} sums;

/* Sums whose rows begin at elements that lie side by side, so that memory is read in its order. */
typedef struct group {
    const gd__kernels *kernels;
    int64_t n;
    double high[PARTIAL_SUMS], low[PARTIAL_SUMS]; /* [parts][n] */
} group;

static void sum_part_of_rows(void *context, int part, gd__walk *w)
{
    group *g = context;
    double *high = g->high + part * g->n, *low = g->low + part * g->n;
    gd__exact_sum one = {0, 0};
    for (int64_t j = 0; j < g->n; ++j)
        high[j] = low[j] = 0;
    do
        if (g->n == 1)
            g->kernels->sum_run(w->length, w->data[0], w->step[0], &one);
        else
            for (int64_t i = 0; i < w->length; ++i)
                g->kernels->sum_side_by_side(g->n, w->data[0] + i * w->step[0] * w->size[0], high,
                                             low);
    while (gd__walk_next(w));
    if (g->n == 1) {
        *high = one.high;
        *low = one.low;
    }
}

/* Writes the n sums over the rows that begin at `from` and at the n - 1 elements behind it. */
static void write_group(const sums *s, int64_t n, char *from, char *to)
{
    group g;
    double value[SIDE_BY_SIDE], old[SIDE_BY_SIDE];
    gd__walk w = s->row;
    int64_t least = (w.numel * n + PARTIAL_SUMS - 1) / PARTIAL_SUMS, grain = GD__GRAIN / n;
    w.data[0] = from;
    g.kernels = s->kernels;
    g.n = n;
    int parts = gd__parallel_walk(s->pool, &w, grain > least ? grain : least, sum_part_of_rows, &g);
    for (int64_t j = 0; j < n; ++j) {
        gd__exact_sum sum = {g.high[j], g.low[j]};
        for (int part = 1; part < parts; ++part)
            gd__exact_sum_join(&sum, (gd__exact_sum){g.high[part * n + j], g.low[part * n + j]});
        value[j] = gd__exact_sum_value(sum) / s->divisor;
    }
    if (s->accumulate)
        s->kernels->load(n, old, to, 1);
    for (int64_t j = 0; s->accumulate && j < n; ++j)
        value[j] += old[j];
    s->kernels->store(n, to, value);
}

/* w goes over the first elements of the rows, and over their sums. */
static void write_sums(void *context, int part, gd__walk *w)
{
    const sums *s = context;
    (void)part;
    do
        for (int64_t j = 0, n; j < w->length; j += n) {
            int64_t left = w->length - j;
            n = w->step[0] != 1 ? 1 : left < SIDE_BY_SIDE ? left : SIDE_BY_SIDE;
            write_group(s, n, w->data[0] + j * w->step[0] * w->size[0],
                        w->data[1] + j * w->size[1]);
        }
    while (gd__walk_next(w));
}

void gd__sum_into(gd_pool *pool, gd_tensor *y, const gd_tensor *x, double divisor, bool accumulate)
{
    const gd_tensor *tensors[] = {x, y};
    unsigned dims = 0; /* those that are summed over */
    for (int i = 0; i < x->ndim; ++i)
        if (y->shape[i] == 1)
            dims |= 1u << i;
    gd__walk firsts = gd__walk_along(2, tensors, ~dims);
    sums s = {pool, gd__kernels_for(x->dtype), gd__walk_along(1, tensors, dims), divisor,
              accumulate};
    int64_t length = s.row.numel, grain = length > 0 ? GD__GRAIN / length : GD__GRAIN;
    int64_t least = firsts.step[0] == 1 ? SIDE_BY_SIDE / 2 : 1;
    if (firsts.numel > 0)
        gd__parallel_walk(pool, &firsts, grain > least ? grain : least, write_sums, &s);
}
