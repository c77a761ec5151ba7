/* Layer normalisation (Ba, Kiros and Hinton 2016): each row with mean 0 and variance 1, then scaled and
 * moved by what is learnt. */
#include "nn/layers/norm.h"

static gd_tensor *forward(gd_tape *tape, gd_module *module, gd_tensor *x)
{
    gd_layer_norm_layer *layer = (gd_layer_norm_layer *)module;
    gd__statistics s;
    if (!gd__check_operand(tape, x, layer->weight))
        return NULL;
    gd_tensor *y = gd__normalize(tape, x, x->ndim - 1, layer->eps, &s);
    return gd__affine(tape, y, layer->weight, layer->bias);
}

gd_layer_norm_layer *gd_layer_norm_layer_create(gd_parameters *parameters, const char *name,
                                                int64_t size, const gd_norm_options *options)
{
    gd__norm norm;
    if (!gd__check_norm("layer_norm_layer", size, options, &norm))
        return NULL;
    gd__progress before = gd__parameters_progress(parameters);
    gd_layer_norm_layer *layer =
        gd_module_create(parameters, sizeof *layer, "LayerNorm", name, forward);
    if (layer == NULL)
        return NULL;
    layer->eps = norm.eps;
    return gd__add_affine(&layer->module, size, norm.dtype, &layer->weight, &layer->bias)
               ? layer
               : gd__parameters_go_back(parameters, &before);
}
