/* A layer of weights: x W^T + b. */
#include "nn/parameters.h"

#include <math.h>

static gd_tensor *forward(gd_tape *tape, gd_module *module, gd_tensor *x)
{
    gd_linear_layer *layer = (gd_linear_layer *)module;
    return gd_linear(tape, x, layer->weight, layer->bias);
}

gd_linear_layer *gd_linear_layer_create(gd_parameters *parameters, const char *name, int64_t in,
                                        int64_t out, const gd_linear_options *options)
{
    gd_linear_options o = options != NULL ? *options : (gd_linear_options){.no_bias = false};
    if (in < 1 || out < 1)
        return gd__fail_null("linear_layer: \"%s\": its sizes must be positive",
                             name != NULL ? name : "");
    gd__progress before = gd__parameters_progress(parameters);
    gd_linear_layer *layer = gd_module_create(parameters, sizeof *layer, "Linear", name, forward);
    if (layer == NULL)
        return NULL;
    layer->weight = gd_module_add_parameter(&layer->module, "weight", o.dtype, GD_DIMS(out, in));
    if (layer->weight != NULL && !o.no_bias)
        layer->bias = gd_module_add_parameter(&layer->module, "bias", o.dtype, GD_DIMS(out));
    if (layer->weight == NULL || (layer->bias == NULL && !o.no_bias))
        return gd__parameters_go_back(parameters, &before);
    double bound = 1 / sqrt((double)in);
    gd_tensor_uniform(layer->weight, gd_parameters_rng(parameters), -bound, bound);
    if (layer->bias != NULL)
        gd_tensor_uniform(layer->bias, gd_parameters_rng(parameters), -bound, bound);
    return layer;
}
