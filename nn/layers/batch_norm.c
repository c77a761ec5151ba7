/* Batch normalisation (Ioffe and Szegedy 2015): each column with mean 0 and variance 1 over the batch, then
 * scaled and moved by what is learnt. */
#include "nn/layers/norm.h"

/* r = (1 - momentum) r + momentum value, value being factor v unit^power, for each column. Not recorded: it is no part of the
 * model's function. */
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

static gd_tensor *forward_training(gd_tape *tape, gd_batch_norm_layer *layer, gd_tensor *x)
{
    char text[GD__SHAPE_TEXT];
    double rows = x->ndim == 2 ? (double)x->shape[0] : 0;
    if (rows < 2) {
        gd_tape_fail(tape, GD_ERROR_SHAPE, "x %s: in training it must be [N,D] with N above 1",
                     gd__shape_text(text, x->ndim, x->shape));
        return NULL;
    }
    gd__statistics s;
    gd_tensor *y = gd__normalize(tape, x, 0, layer->eps, &s);
    y = gd__affine(tape, y, layer->weight, layer->bias);
    if (y == NULL)
        return NULL;
    follow(layer->running_mean, layer->momentum, s.mean, s.unit, 1, 1);
    follow(layer->running_var, layer->momentum, s.variance, s.unit, 2,
           rows / (rows - 1)); /* of a sample */
    ++*(int64_t *)layer->num_batches_tracked->data;
    gd_tensor_modified(layer->num_batches_tracked);
    return y;
}

static gd_tensor *forward(gd_tape *tape, gd_module *module, gd_tensor *x)
{
    gd_batch_norm_layer *layer = (gd_batch_norm_layer *)module;
    if (!gd__check_operand(tape, x, layer->weight))
        return NULL;
    if (gd_module_is_training(module))
        return gd__may_train(tape, module) ? forward_training(tape, layer, x) : NULL;
    gd_tensor *y = gd__normalize_by(tape, x, layer->running_mean, layer->running_var, layer->eps);
    return gd__affine(tape, y, layer->weight, layer->bias);
}

static bool add_statistics(gd_batch_norm_layer *layer, int64_t size, gd_dtype dtype)
{
    gd_module *module = &layer->module;
    layer->running_mean = gd_module_add_buffer(module, "running_mean", dtype, GD_DIMS(size));
    if (layer->running_mean == NULL)
        return false;
    layer->running_var = gd_module_add_buffer(module, "running_var", dtype, GD_DIMS(size));
    if (layer->running_var == NULL || gd_tensor_fill(layer->running_var, 1) != GD_OK)
        return false;
    layer->num_batches_tracked =
        gd_module_add_buffer(module, "num_batches_tracked", GD_I64, 0, NULL);
    return layer->num_batches_tracked != NULL;
}

gd_batch_norm_layer *gd_batch_norm_layer_create(gd_parameters *parameters, const char *name,
                                                int64_t size, const gd_norm_options *options)
{
    gd__norm norm;
    if (!gd__check_norm("batch_norm_layer", size, options, &norm))
        return NULL;
    gd__progress before = gd__parameters_progress(parameters);
    gd_batch_norm_layer *layer =
        gd_module_create(parameters, sizeof *layer, "BatchNorm1d", name, forward);
    if (layer == NULL)
        return NULL;
    layer->eps = norm.eps;
    layer->momentum = norm.momentum;
    return gd__add_affine(&layer->module, size, norm.dtype, &layer->weight, &layer->bias) &&
                   add_statistics(layer, size, norm.dtype)
               ? layer
               : gd__parameters_go_back(parameters, &before);
}
