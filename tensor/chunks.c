#include "tensor/chunks.h"

bool gd__chunks_next(gd__chunks *c)
{
    c->first += c->n;
    c->at += c->n;
    if (c->in_run && c->at == c->walk->length) {
        if (!gd__walk_next(c->walk))
            return false;
        c->at = 0;
    }
    c->in_run = true;
    int64_t left = c->walk->length - c->at;
    c->n = left < GD__CHUNK ? left : GD__CHUNK;
    return c->n > 0;
}

void *gd__chunks_data(const gd__chunks *c, int k)
{
    return c->walk->data[k] + c->at * c->walk->step[k] * c->walk->size[k];
}

static const gd__kernels *kernels_of(const gd__chunks *c)
{
    return gd__kernels_for(c->walk->size[0] == (int64_t)sizeof(float) ? GD_F32 : GD_F64);
}

static void load_bool(int64_t n, double *to, const void *from, int64_t step)
{
    const uint8_t *x = from;
    for (int64_t j = 0; j < n; ++j)
        to[j] = x[j * step] != 0;
}

void gd__chunks_load(const gd__chunks *c, int k, double values[GD__CHUNK])
{
    bool is_bool = c->walk->size[k] == 1;
    (is_bool ? load_bool : kernels_of(c)->load)(c->n, values, gd__chunks_data(c, k),
                                                c->walk->step[k]);
}

void gd__chunks_store(const gd__chunks *c, const double *values)
{
    kernels_of(c)->store(c->n, gd__chunks_data(c, 0), values);
}
