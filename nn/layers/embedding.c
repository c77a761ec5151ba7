/* A learnt row for each of a number of things: words, categories. */
#include "nn/parameters.h"

static gd_tensor *forward(gd_tape *tape, gd_module *module, gd_tensor *x)
{
    return gd_embedding(tape, ((gd_embedding_layer *)module)->weight, x);
}

gd_embedding_layer *gd_embedding_layer_create(gd_parameters *parameters, const char *name,
                                              int64_t count, int64_t size, gd_dtype dtype)
{
    if (count < 1 || size < 1)
        return gd__fail_null("embedding_layer: \"%s\": its sizes must be positive",
                             name != NULL ? name : "");
    gd__progress before = gd__parameters_progress(parameters);
    gd_embedding_layer *layer =
        gd_module_create(parameters, sizeof *layer, "Embedding", name, forward);
    if (layer == NULL)
        return NULL;
    layer->weight = gd_module_add_parameter(&layer->module, "weight", dtype, GD_DIMS(count, size));
    if (layer->weight == NULL)
        return gd__parameters_go_back(parameters, &before);
    gd_tensor_normal(layer->weight, gd_parameters_rng(parameters), 0, 1);
    return layer;
}
