/* Gradient clipping: a step that would be too long is made shorter. */
#include "tensor/chunks.h"

#include <gradus/nn.h>

#include <math.h>

/* All gradients that are not empty, as doubles, chunk after chunk. */
typedef struct gradients {
    const gd_parameters *parameters;
    int next;
    bool started; /* in the one before `next` */
    gd__chunks chunks;
    double values[1][GD__CHUNK];
} gradients;

static bool next_chunk(gradients *g)
{
    while (!g->started || !gd__chunks_next(&g->chunks, g->values)) {
        if (g->next == gd_parameters_count(g->parameters))
            return false;
        const gd_tensor *gradient = gd_parameters_at(g->parameters, g->next++)->grad;
        g->started = gradient != NULL;
        if (g->started)
            g->chunks = gd__chunks_begin(1, &gradient);
    }
    return true;
}

gd_status gd_clip_grad_norm(gd_parameters *parameters, double max_norm, double *norm_out)
{
    double high = 0, low = 0;
    if (parameters == NULL || !(max_norm > 0))
        return gd__fail(GD_ERROR_ARGUMENT, "clip_grad_norm: %s",
                        parameters == NULL ? "the list is NULL" : "max_norm is not above 0");
    for (gradients g = {.parameters = parameters}; next_chunk(&g);) {
        for (int64_t j = 0; j < g.chunks.n; ++j)
            g.values[0][j] *= g.values[0][j];
        gd__two_sum(&high, &low, g.chunks.kernels->sum_chunk(g.chunks.n, g.values[0]));
    }
    double norm = sqrt(gd__sum_value(high, low));
    if (norm_out != NULL)
        *norm_out = norm;
    if (!isfinite(norm))
        return gd__fail(GD_ERROR_VALUE, "clip_grad_norm: the norm of the gradients is %g", norm);
    for (gradients g = {.parameters = parameters}; norm > max_norm && next_chunk(&g);) {
        for (int64_t j = 0; j < g.chunks.n; ++j)
            g.values[0][j] *= max_norm / norm;
        gd__chunks_store(&g.chunks, g.values[0]);
    }
    return GD_OK;
}

gd_status gd_clip_grad_value(gd_parameters *parameters, double most)
{
    if (parameters == NULL || !(most >= 0))
        return gd__fail(GD_ERROR_ARGUMENT, "clip_grad_value: %s",
                        parameters == NULL ? "the list is NULL" : "the bound is below 0");
    for (gradients g = {.parameters = parameters}; next_chunk(&g);) {
        for (int64_t j = 0; j < g.chunks.n; ++j) {
            double x = g.values[0][j];
            g.values[0][j] = x > most ? most : x < -most ? -most : x;
        }
        gd__chunks_store(&g.chunks, g.values[0]);
    }
    return GD_OK;
}
