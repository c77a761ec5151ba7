/* Creating, stepping and destroying any optimiser. */
#include "nn/optimizer.h"

static size_t size_for(int count)
{
    return sizeof(gd_optimizer) + (size_t)count * sizeof(gd__slot);
}

bool gd__check_option(const char *optimizer, const char *what, double value, double low,
                      double high)
{
    if (value >= low && value < high)
        return true;
    gd__fail(GD_ERROR_ARGUMENT, "%s: %s %g is outside [%g,%g)", optimizer, what, value, low, high);
    return false;
}

static bool make_moments(gd__slot *slot, const bool keeps[GD__MOMENTS])
{
    const gd_tensor *x = slot->parameter;
    for (int k = 0; k < GD__MOMENTS; ++k)
        if (keeps[k] && (slot->moment[k] = gd_tensor_create(x->dtype, x->ndim, x->shape)) == NULL)
            return false;
    return true;
}

gd_optimizer *gd__optimizer_create(const char *name, gd_parameters *parameters,
                                   const bool keeps[GD__MOMENTS],
                                   void (*update)(const gd_optimizer *, const gd__slot *))
{
    if (parameters == NULL)
        return gd__fail_null("%s: the list of parameters is NULL", name);
    int count = gd_parameters_count(parameters);
    gd_optimizer *optimizer = gd__allocate(size_for(count));
    if (optimizer == NULL)
        return gd__fail_null("%s: no memory", name);
    *optimizer = (gd_optimizer){.name = name, .update = update, .count = count};
    for (int i = 0; i < count; ++i)
        optimizer->slots[i] = (gd__slot){.parameter = gd_parameters_at(parameters, i)};
    for (int i = 0; i < count; ++i)
        if (!make_moments(&optimizer->slots[i], keeps)) {
            gd_optimizer_destroy(optimizer);
            return NULL;
        }
    return optimizer;
}

void gd_optimizer_destroy(gd_optimizer *optimizer)
{
    if (optimizer == NULL)
        return;
    for (int i = 0; i < optimizer->count; ++i)
        for (int k = 0; k < GD__MOMENTS; ++k)
            gd_tensor_destroy(optimizer->slots[i].moment[k]);
    gd__free(optimizer, size_for(optimizer->count));
}

void gd_optimizer_zero_grad(gd_optimizer *optimizer)
{
    for (int i = 0; optimizer != NULL && i < optimizer->count; ++i)
        optimizer->slots[i].parameter->grad = NULL;
}

gd_status gd_optimizer_step(gd_optimizer *optimizer)
{
    if (optimizer == NULL)
        return gd__fail(GD_ERROR_ARGUMENT, "optimizer_step: the optimizer is NULL");
    for (int i = 0; i < optimizer->count; ++i) {
        gd__slot *slot = &optimizer->slots[i];
        if (slot->parameter->grad == NULL)
            continue;
        ++slot->steps;
        optimizer->update(optimizer, slot);
        gd_tensor_modified(slot->parameter);
    }
    return GD_OK;
}
