#include "tensor/groups.h"

gd__groups gd__groups_begin(const gd_tensor *y, const gd_tensor *x)
{
    gd_tensor kept = *x, reduced = *x;
    for (int i = 0; i < x->ndim; ++i)
        if (y->shape[i] == 1)
            kept.shape[i] = 1;
        else
            reduced.shape[i] = 1;
    return (gd__groups){.kernels = gd__kernels_for(x->dtype),
                        .x_size = (int64_t)gd_dtype_size(x->dtype),
                        .y_size = (int64_t)gd_dtype_size(y->dtype),
                        .results = gd__walk_begin(2, (const gd_tensor *[]){y, &kept}),
                        .whole = gd__walk_begin(1, (const gd_tensor *[]){&reduced})};
}

bool gd__groups_next(gd__groups *g)
{
    if (g->started && ++g->at == g->results.length) {
        if (!gd__walk_next(&g->results))
            return false;
        g->at = 0;
    }
    g->started = true;
    return g->results.length > 0;
}

void gd__group_rewind(gd__groups *g)
{
    g->members = g->whole;
    g->members.data[0] = g->results.data[1] + g->at * g->results.step[1] * g->x_size;
    g->member = 0;
    g->at_end = g->whole.length == 0;
}

int64_t gd__group_read(gd__groups *g, double values[GD__CHUNK])
{
    if (g->at_end)
        return 0;
    gd__walk *w = &g->members;
    int64_t left = w->length - g->member, n = left < GD__CHUNK ? left : GD__CHUNK;
    g->kernels->load(n, values, w->data[0] + g->member * w->step[0] * g->x_size, w->step[0]);
    g->member += n;
    if (g->member == w->length) {
        g->member = 0;
        g->at_end = !gd__walk_next(w);
    }
    return n;
}

void *gd__group_result(const gd__groups *g)
{
    return g->results.data[0] + g->at * g->y_size;
}
