/* Layer normalisation (Ba, Kiros and Hinton 2016): each row is given mean 0 and variance 1, then
 * scaled and moved by what is learnt. */
#include "nn/layers/norm.h"

static gd_tensor *forward(gd_tape *tape, gd_module *module, gd_tensor *x)
{
    gd__statistics s;
    return gd__normalize(tape, (gd_layer_norm_layer *)module, x, -1, &s);
}

gd_layer_norm_layer *gd_layer_norm_layer_create(gd_parameters *parameters, const char *name,
                                                int64_t size, const gd_norm_options *options)
{
    const gd_module module = {
        .kind = "LayerNorm", .name = name, .forward = forward, .parameters = parameters};
    return gd__norm_create("layer_norm_layer", &module, sizeof(gd_layer_norm_layer), size, options);
}
