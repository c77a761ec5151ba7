/* Batch normalisation (Ioffe and Szegedy 2015): each column is given mean 0 and variance 1 over
 * the batch, then scaled and moved by what is learnt. */
#include "nn/layers/norm.h"

#include <stddef.h>

_Static_assert(offsetof(gd_batch_norm_layer, eps) == offsetof(gd_layer_norm_layer, eps),
               "norm.c sees a batch norm as the layer norm that it begins with");

/* r = (1 - momentum) r + momentum value for each column, with value = factor v unit^power. It is
 * not recorded, as it is no part of the model's function. */
static void follow(gd_tensor *running, double momentum, const gd_tensor *v, const gd_tensor *unit,
                   int power, double factor)
{
    const double *values = v->data, *units = unit != NULL ? unit->data : NULL;
    for (int64_t j = 0; j < running->shape[0]; ++j) {
        double r = gd__float_at(running->dtype, running->data, j), value = values[j] * factor;
        for (int k = 0; units != NULL && k < power; ++k)
            value *= units[j];
        gd__set_float_at(running->dtype, running->data, j, (1 - momentum) * r + momentum * value);
    }
    gd_tensor_modified(running);
}

static gd_tensor *train(gd_tape *tape, gd_batch_norm_layer *layer, gd_tensor *x)
{
    char text[GD__SHAPE_TEXT];
    double rows = x->ndim == 2 ? (double)x->shape[0] : 0;
    gd__statistics s;
    gd_tensor *y = NULL;
    if (x->ndim != 2 || rows < 2)
        gd_tape_fail(tape, GD_ERROR_SHAPE, "x %s: in training it must be [N,D] with N above 1",
                     gd__shape_text(text, x->ndim, x->shape));
    else
        y = gd__normalize(tape, (gd_layer_norm_layer *)layer, x, 0, &s);
    if (y == NULL)
        return NULL;
    double of_a_sample = rows / (rows - 1);
    follow(layer->running_mean, layer->momentum, s.mean, s.unit, 1, 1);
    follow(layer->running_var, layer->momentum, s.variance, s.unit, 2, of_a_sample);
    ++*(int64_t *)layer->num_batches_tracked->data;
    gd_tensor_modified(layer->num_batches_tracked);
    return y;
}

static gd_tensor *forward(gd_tape *tape, gd_module *module, gd_tensor *x)
{
    gd_batch_norm_layer *layer = (gd_batch_norm_layer *)module;
    if (gd_module_is_training(module))
        return gd__may_train(tape, module) ? train(tape, layer, x) : NULL;
    return gd__normalize_by(tape, (gd_layer_norm_layer *)layer, x, layer->running_mean,
                            layer->running_var);
}

gd_batch_norm_layer *gd_batch_norm_layer_create(gd_parameters *parameters, const char *name,
                                                int64_t size, const gd_norm_options *options)
{
    const gd_module like = {
        .kind = "BatchNorm1d", .name = name, .forward = forward, .parameters = parameters};
    gd__progress before = gd__parameters_progress(parameters);
    gd_batch_norm_layer *layer =
        gd__norm_create("batch_norm_layer", &like, sizeof *layer, size, options);
    if (layer == NULL)
        return NULL;
    gd_module *module = &layer->module;
    gd_dtype dtype = layer->weight->dtype;
    layer->momentum = options != NULL ? gd__given(options->momentum, 0.1) : 0.1;
    layer->running_mean = gd_module_add_buffer(module, "running_mean", dtype, GD_DIMS(size));
    if (layer->running_mean != NULL)
        layer->running_var = gd_module_add_buffer(module, "running_var", dtype, GD_DIMS(size));
    if (layer->running_var != NULL)
        layer->num_batches_tracked =
            gd_module_add_buffer(module, "num_batches_tracked", GD_I64, 0, NULL);
    if (layer->num_batches_tracked == NULL)
        return gd__parameters_go_back(parameters, &before);
    gd_tensor_fill(layer->running_var, 1);
    return layer;
}
