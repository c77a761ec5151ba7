/* Gradient clipping: a step that would be too long is made shorter. */
#include "nn/parameters.h"
#include "tensor/chunks.h"

#include <math.h>

/* All gradients that are not empty, as doubles, chunk after chunk. */
typedef struct gradients {
    const gd__entry *next;
    gd_tensor *gradient; /* that is read; NULL: none yet */
    gd__walk walk;
    gd__chunks chunks; /* of the walk over `gradient` */
    double values[GD__CHUNK];
} gradients;

static bool next_chunk(gradients *g)
{
    while (g->gradient == NULL || !gd__chunks_next(&g->chunks)) {
        if (g->next == NULL)
            return false;
        const gd__entry *entry = g->next;
        g->next = entry->next;
        g->gradient = entry->is_buffer ? entry->buffer->grad : entry->tensor.grad;
        if (g->gradient == NULL)
            continue;
        g->walk = gd__walk_begin(1, (const gd_tensor *[]){g->gradient});
        g->chunks = gd__chunks_begin(&g->walk);
    }
    gd__chunks_load(&g->chunks, 0, g->values);
    return true;
}

static void store(gradients *g)
{
    gd__chunks_store(&g->chunks, g->values);
    gd_tensor_modified(g->gradient);
}

/* The largest of the absolute values; NaN where there is one. */
static double largest_of(const gd_parameters *parameters)
{
    double largest = 0;
    for (gradients g = {.next = parameters->first}; next_chunk(&g);)
        for (int64_t j = 0; j < g.chunks.n; ++j) {
            double size = fabs(g.values[j]);
            largest = size > largest || isnan(size) ? size : largest;
        }
    return largest;
}

/* The length of all gradients as one vector, times scale. */
static double scaled_norm(const gd_parameters *parameters, double scale)
{
    gd__exact_sum sum = {0, 0};
    for (gradients g = {.next = parameters->first}; next_chunk(&g);) {
        for (int64_t j = 0; j < g.chunks.n; ++j) {
            double x = g.values[j] * scale;
            g.values[j] = x * x;
        }
        gd__exact_sum_add(&sum,
                          gd__kernels_for(g.gradient->dtype)->sum_chunk(g.chunks.n, g.values));
    }
    return sqrt(gd__exact_sum_value(sum));
}

gd_status gd_clip_grad_norm(gd_parameters *parameters, double max_norm, double *norm_out)
{
    if (parameters == NULL || !(max_norm > 0))
        return gd_fail(GD_ERROR_ARGUMENT, "clip_grad_norm: %s",
                       parameters == NULL ? "the list is NULL" : "max_norm is not above 0");
    double largest = largest_of(parameters), scale = 1, scaled = largest;
    if (isfinite(largest) && largest > 0) {
        scale = gd__scale_for(largest);
        scaled = scaled_norm(parameters, scale);
    }
    double norm = scaled / scale;
    if (norm_out != NULL)
        *norm_out = norm;
    if (!isfinite(norm))
        return gd_fail(GD_ERROR_VALUE, "clip_grad_norm: the norm of the gradients is %g", norm);
    for (gradients g = {.next = parameters->first}; norm > max_norm && next_chunk(&g);) {
        for (int64_t j = 0; j < g.chunks.n; ++j)
            g.values[j] = g.values[j] * scale * (max_norm / scaled);
        store(&g);
    }
    return GD_OK;
}

gd_status gd_clip_grad_value(gd_parameters *parameters, double most)
{
    if (parameters == NULL || !(most >= 0))
        return gd_fail(GD_ERROR_ARGUMENT, "clip_grad_value: %s",
                       parameters == NULL ? "the list is NULL" : "the bound is below 0");
    for (gradients g = {.next = parameters->first}; next_chunk(&g);) {
        bool clipped = false;
        for (int64_t j = 0; j < g.chunks.n; ++j) {
            double x = g.values[j];
            clipped |= fabs(x) > most;
            g.values[j] = x > most ? most : x < -most ? -most : x;
        }
        if (clipped)
            store(&g);
    }
    return GD_OK;
}
