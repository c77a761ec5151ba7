/* Noise in training, nothing in evaluation. */
#include "nn/parameters.h"

static gd_tensor *forward(gd_tape *tape, gd_module *module, gd_tensor *x)
{
    double p = ((gd_dropout_layer *)module)->p;
    if (!gd_module_is_training(module) || p == 0)
        return x;
    gd_rng *rng = gd_tape_rng(tape);
    if (rng == NULL && gd__may_train(tape, module))
        rng = gd_parameters_rng(module->parameters);
    return rng != NULL ? gd_dropout(tape, x, p, rng) : NULL;
}

gd_dropout_layer *gd_dropout_layer_create(gd_parameters *parameters, const char *name, double p)
{
    if (!(p >= 0 && p <= 1))
        return gd__fail_null("dropout_layer: the probability %g is outside [0,1]", p);
    gd_dropout_layer *layer = gd_module_create(parameters, sizeof *layer, "Dropout", name, forward);
    if (layer != NULL)
        layer->p = p;
    return layer;
}
