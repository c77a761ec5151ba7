#include "bench/draw.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

void *must(void *result)
{
    if (result == NULL) {
        fprintf(stderr, "bench: %s\n", gd_message());
        exit(1);
    }
    return result;
}

gd_tensor *draw_normal(int ndim, const int64_t *shape, uint64_t seed)
{
    gd_rng rng = {.key = seed};
    gd_tensor *x = must(gd_tensor_create(GD_F32, ndim, shape));
    gd_tensor_normal(x, &rng, 0, 1);
    return x;
}

gd_tensor *draw_labels(int64_t rows, int64_t columns, uint64_t seed)
{
    gd_rng rng = {.key = seed};
    gd_tensor *y = must(gd_tensor_create(GD_F32, GD_DIMS(rows, columns)));
    gd_tensor_uniform(y, &rng, 0, 1);
    for (int64_t i = 0; i < rows * columns; ++i)
        ((float *)y->data)[i] = ((float *)y->data)[i] < 0.3f;
    return y;
}

gd_tensor *draw_classes(int64_t rows, int64_t count, uint64_t seed)
{
    gd_rng rng = {.key = seed};
    gd_tensor *u = must(gd_tensor_create(GD_F32, GD_DIMS(rows)));
    gd_tensor *y = must(gd_tensor_create(GD_I64, GD_DIMS(rows)));
    gd_tensor_uniform(u, &rng, 0, (double)count);
    for (int64_t i = 0; i < rows; ++i)
        ((int64_t *)y->data)[i] = (int64_t)((const float *)u->data)[i];
    gd_tensor_destroy(u);
    return y;
}

gd_tensor *draw_mask(int ndim, const int64_t *shape, uint64_t seed)
{
    gd_tensor *x = draw_normal(ndim, shape, seed);
    gd_tensor *mask = must(gd_tensor_create(GD_BOOL, ndim, shape));
    for (int64_t i = 0; i < gd_tensor_numel(x); ++i)
        ((uint8_t *)mask->data)[i] = ((const float *)x->data)[i] < 0;
    gd_tensor_destroy(x);
    return mask;
}

void draw_layer(gd_tensor *weight, gd_tensor *bias, int i)
{
    gd_rng rng = {.key = (uint64_t)i};
    double bound = 1 / sqrt((double)weight->shape[1]);
    gd_tensor_uniform(weight, &rng, -bound, bound);
    gd_tensor_uniform(bias, &rng, -bound, bound);
}

gd_tensor *draw_batch(int64_t batch, int64_t features, int i)
{
    gd_rng rng = {.key = 100 + (uint64_t)i};
    gd_tensor *x = must(gd_tensor_create(GD_F32, GD_DIMS(batch, features)));
    gd_tensor_uniform(x, &rng, 0, 1);
    return x;
}
