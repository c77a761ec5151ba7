#include "tensor/chunks.h"

gd__chunks gd__chunks_begin(int n, const gd_tensor *const *tensors)
{
    gd__chunks c = {.walk = gd__walk_begin(n, tensors),
                    .kernels = gd__kernels_for(tensors[0]->dtype),
                    .size = (int64_t)gd_dtype_size(tensors[0]->dtype)};
    for (int k = 0; k < n; ++k)
        c.is_bool[k] = tensors[k]->dtype == GD_BOOL;
    return c;
}

void *gd__chunks_data(const gd__chunks *c, int k)
{
    return c->walk.data[k] + c->at * c->walk.step[k] * (c->is_bool[k] ? 1 : c->size);
}

gd_dtype gd__chunks_dtype(const gd__chunks *c)
{
    return c->size == (int64_t)sizeof(float) ? GD_F32 : GD_F64;
}

static void load_bool(int64_t n, double *to, const void *from, int64_t step)
{
    const uint8_t *x = from;
    for (int64_t j = 0; j < n; ++j)
        to[j] = x[j * step] != 0;
}

bool gd__chunks_advance(gd__chunks *c)
{
    c->first += c->n;
    c->at += c->n;
    if (c->in_run && c->at == c->walk.length) {
        if (!gd__walk_next(&c->walk))
            return false;
        c->at = 0;
    }
    c->in_run = true;
    int64_t left = c->walk.length - c->at;
    c->n = left < GD__CHUNK ? left : GD__CHUNK;
    return c->n > 0;
}

void gd__chunks_load(const gd__chunks *c, int k, double *values)
{
    (c->is_bool[k] ? load_bool : c->kernels->load)(c->n, values, gd__chunks_data(c, k),
                                                   c->walk.step[k]);
}

bool gd__chunks_next(gd__chunks *c, double (*values)[GD__CHUNK])
{
    bool more = gd__chunks_advance(c);
    for (int k = 0; more && k < c->walk.n; ++k)
        gd__chunks_load(c, k, values[k]);
    return more;
}

void gd__chunks_store(const gd__chunks *c, const double *values)
{
    c->kernels->store(c->n, gd__chunks_data(c, 0), values);
}
