/* Creating, stepping and destroying any optimiser. */
#include "nn/optimizer.h"

#include <fnmatch.h>
#include <math.h>

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

bool gd__complete_option(const char *optimizer, const char *what, gd_optional *option,
                         double by_default, double low, double high)
{
    if (!option->given && option->value != 0) {
        gd__fail(GD_ERROR_ARGUMENT, "%s: %s %g is not marked as given; write GD_SOME(%g)",
                 optimizer, what, option->value, option->value);
        return false;
    }
    *option = GD_SOME(gd__given(*option, by_default));
    return gd__check_option(optimizer, what, option->value, low, high);
}

static bool is_learnt(const gd__entry *entry)
{
    return !entry->is_buffer && entry->tensor.requires_grad;
}

/* Elements that a parameter takes in a slab of moments: whole cache lines. */
static int64_t room_for(const gd_tensor *parameter)
{
    int64_t line = GD__ALIGNMENT / (int64_t)gd_dtype_size(parameter->dtype);
    return (gd_tensor_numel(parameter) + line - 1) / line * line;
}

/* One slab for each dtype holds all moments of all its parameters. */
static bool make_slabs(gd_optimizer *optimizer)
{
    int64_t needed[GD__SLABS] = {0};
    int kept = 0;
    for (int k = 0; k < GD__MOMENTS; ++k)
        kept += optimizer->moment[k] != NULL;
    for (int i = 0; i < optimizer->count; ++i) {
        const gd_tensor *parameter = optimizer->slots[i].parameter;
        needed[parameter->dtype] += kept * room_for(parameter);
    }
    for (int dtype = 0; dtype < GD__SLABS; ++dtype) {
        if (needed[dtype] == 0)
            continue;
        optimizer->slab[dtype] = gd_tensor_create((gd_dtype)dtype, GD_DIMS(needed[dtype]));
        if (optimizer->slab[dtype] == NULL)
            return false;
    }
    return true;
}

static void place_moments(gd_optimizer *optimizer)
{
    int64_t used[GD__SLABS] = {0};
    for (int i = 0; i < optimizer->count; ++i) {
        gd__slot *slot = &optimizer->slots[i];
        gd_tensor *x = slot->parameter, *slab = optimizer->slab[x->dtype];
        for (int k = 0; k < GD__MOMENTS; ++k) {
            if (optimizer->moment[k] == NULL)
                continue;
            slot->moment[k] = gd__view_of(x);
            if (slab == NULL) /* no parameter has any elements */
                continue;
            slot->moment[k].root = slab;
            slot->moment[k].data =
                (char *)slab->data + (size_t)used[x->dtype] * gd_dtype_size(x->dtype);
            used[x->dtype] += room_for(x);
        }
    }
}

gd_optimizer *gd__optimizer_create(const char *name, gd_parameters *parameters,
                                   double learning_rate, double weight_decay,
                                   const char *const moment[GD__MOMENTS],
                                   void (*update)(const gd_optimizer *, const gd__slot *))
{
    if (parameters == NULL)
        return gd__fail_null("%s: the list of parameters is NULL", name);
    int count = 0;
    for (const gd__entry *entry = parameters->first; entry != NULL; entry = entry->next)
        count += is_learnt(entry);
    gd_optimizer *optimizer = gd__allocate(size_for(count));
    if (optimizer == NULL)
        return gd__fail_memory("%s: no memory", name);
    *optimizer = (gd_optimizer){
        .name = name, .update = update, .learning_rate = learning_rate, .count = count};
    for (int k = 0; k < GD__MOMENTS; ++k)
        optimizer->moment[k] = moment[k];
    gd__slot *slot = optimizer->slots;
    for (gd__entry *entry = parameters->first; entry != NULL; entry = entry->next)
        if (is_learnt(entry))
            *slot++ = (gd__slot){.parameter = &entry->tensor,
                                 .name = entry->name,
                                 .rate_factor = 1,
                                 .weight_decay = weight_decay};
    if (!make_slabs(optimizer)) {
        gd_optimizer_destroy(optimizer);
        return NULL;
    }
    place_moments(optimizer);
    return optimizer;
}

void gd_optimizer_destroy(gd_optimizer *optimizer)
{
    if (optimizer == NULL)
        return;
    if (optimizer->update == NULL)
        gd__lbfgs_destroy(optimizer->options.lbfgs);
    for (int i = 0; i < GD__SLABS; ++i)
        gd_tensor_destroy(optimizer->slab[i]);
    gd__free(optimizer, size_for(optimizer->count));
}

void gd_optimizer_zero_grad(gd_optimizer *optimizer)
{
    for (int i = 0; optimizer != NULL && i < optimizer->count; ++i)
        optimizer->slots[i].parameter->grad = NULL;
}

gd_status gd_optimizer_step(gd_optimizer *optimizer)
{
    if (optimizer == NULL || optimizer->update == NULL)
        return gd__fail(GD_ERROR_ARGUMENT, "optimizer_step: %s",
                        optimizer == NULL ? "the optimizer is NULL"
                                          : "lbfgs needs gd_lbfgs_step, and a closure");
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

double gd_optimizer_learning_rate(const gd_optimizer *optimizer)
{
    return optimizer != NULL ? optimizer->learning_rate : (double)NAN;
}

gd_status gd_optimizer_set_learning_rate(gd_optimizer *optimizer, double learning_rate)
{
    if (optimizer == NULL)
        return gd__fail(GD_ERROR_ARGUMENT, "set_learning_rate: the optimizer is NULL");
    if (!gd__check_option(optimizer->name, "learning_rate", learning_rate, 0, (double)INFINITY))
        return GD_ERROR_ARGUMENT;
    optimizer->learning_rate = learning_rate;
    return GD_OK;
}

gd_status gd_optimizer_set_group(gd_optimizer *optimizer, const char *pattern,
                                 const gd_group_options *options)
{
    const double any = (double)INFINITY;
    if (optimizer == NULL || optimizer->update == NULL || pattern == NULL || options == NULL)
        return gd__fail(GD_ERROR_ARGUMENT,
                        "set_group: an optimizer other than lbfgs, a pattern and "
                        "options are needed");
    gd_optional factor = options->rate_factor, decay = options->weight_decay;
    if ((factor.given && !gd__check_option("set_group", "rate_factor", factor.value, 0, any)) ||
        (decay.given && !gd__check_option("set_group", "weight_decay", decay.value, 0, any)))
        return GD_ERROR_ARGUMENT;
    int found = 0;
    for (int i = 0; i < optimizer->count; ++i) {
        gd__slot *slot = &optimizer->slots[i];
        if (fnmatch(pattern, slot->name, 0) != 0)
            continue;
        ++found;
        slot->rate_factor = factor.given ? factor.value : slot->rate_factor;
        slot->weight_decay = decay.given ? decay.value : slot->weight_decay;
    }
    return found > 0
               ? GD_OK
               : gd__fail(GD_ERROR_ARGUMENT, "set_group: no parameter's name fits \"%s\"", pattern);
}
