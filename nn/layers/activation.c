/* A function of each element, as a layer. */
#include "nn/parameters.h"

static gd_tensor *forward(gd_tape *tape, gd_module *module, gd_tensor *x)
{
    return ((gd_activation_layer *)module)->function(tape, x);
}

/* What the summary calls it. */
static const char *kind_of(gd_activation function)
{
    static const struct {
        gd_activation function;
        const char *kind;
    } known[] = {{gd_relu, "ReLU"}, {gd_sigmoid, "Sigmoid"},   {gd_tanh, "Tanh"},
                 {gd_silu, "SiLU"}, {gd_softplus, "Softplus"}, {gd_gelu, "GELU"}};
    for (size_t i = 0; i < sizeof known / sizeof *known; ++i)
        if (known[i].function == function)
            return known[i].kind;
    return "Activation";
}

gd_activation_layer *gd_activation_layer_create(gd_parameters *parameters, const char *name,
                                                gd_activation function)
{
    if (function == NULL)
        return gd__fail_null("activation_layer: the function is NULL");
    gd_activation_layer *layer =
        gd_module_create(parameters, sizeof *layer, kind_of(function), name, forward);
    if (layer != NULL)
        layer->function = function;
    return layer;
}
