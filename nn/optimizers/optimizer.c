/* Creating, stepping and destroying any optimiser. */
#include "nn/optimizers/optimizer.h"

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
    gd_fail(GD_ERROR_ARGUMENT, "%s: %s %g is outside [%g,%g)", optimizer, what, value, low, high);
    return false;
}

bool gd__complete_option(const char *optimizer, const char *what, gd_optional *option,
                         double by_default, double low, double high)
{
    if (!option->given && option->value != 0) {
        gd_fail(GD_ERROR_ARGUMENT, "%s: %s %g is not marked as given; write GD_SOME(%g)", optimizer,
                what, option->value, option->value);
        return false;
    }
    *option = GD_SOME(gd__given(*option, by_default));
    return gd__check_option(optimizer, what, option->value, low, high);
}

static bool is_learnt(const gd__entry *entry)
{
    return !entry->is_buffer && entry->tensor.requires_grad;
}

/* Gives the moments of a dtype their places in a slab (NULL: in none), one after the other in
 * whole cache lines. Returns how many elements they take. */
static int64_t place_moments(gd_optimizer *optimizer, gd_dtype dtype, gd_tensor *slab)
{
    int64_t used = 0;
    for (int i = 0; i < optimizer->count; ++i) {
        gd__slot *slot = &optimizer->slots[i];
        const gd_tensor *x = slot->parameter;
        for (int k = 0; k < GD__MOMENTS && x->dtype == dtype; ++k) {
            if (optimizer->moment[k] == NULL)
                continue;
            slot->moment[k] = gd__view_of(x);
            if (slab != NULL) {
                slot->moment[k].root = slab;
                slot->moment[k].data = gd__slab_at(slab, used);
            }
            used += gd__whole_lines(dtype, gd_tensor_numel(x));
        }
    }
    return used;
}

static bool make_moments(gd_optimizer *optimizer)
{
    for (int dtype = 0; dtype < GD__SLABS; ++dtype) {
        int64_t needed = place_moments(optimizer, (gd_dtype)dtype, NULL);
        if (needed == 0)
            continue;
        optimizer->slab[dtype] = gd_tensor_create((gd_dtype)dtype, GD_DIMS(needed));
        if (optimizer->slab[dtype] == NULL)
            return false;
        place_moments(optimizer, (gd_dtype)dtype, optimizer->slab[dtype]);
    }
    return true;
}

gd_optimizer *gd__optimizer_create(const gd_optimizer *template, gd_parameters *parameters,
                                   double weight_decay)
{
    if (parameters == NULL)
        return gd__fail_null("%s: the list of parameters is NULL", template->name);
    int count = 0;
    for (const gd__entry *entry = parameters->first; entry != NULL; entry = entry->next)
        count += is_learnt(entry);
    gd_optimizer *optimizer = gd_allocate(size_for(count));
    if (optimizer == NULL)
        return gd__fail_memory("%s: no memory", template->name);
    *optimizer = *template;
    optimizer->count = count;
    gd__slot *slot = optimizer->slots;
    for (gd__entry *entry = parameters->first; entry != NULL; entry = entry->next)
        if (is_learnt(entry))
            *slot++ = (gd__slot){.parameter = &entry->tensor,
                                 .name = entry->name,
                                 .rate_factor = 1,
                                 .weight_decay = weight_decay};
    if (make_moments(optimizer))
        return optimizer;
    gd_optimizer_destroy(optimizer);
    return NULL;
}

void gd_optimizer_destroy(gd_optimizer *optimizer)
{
    if (optimizer == NULL)
        return;
    for (int i = 0; i < GD__SLABS; ++i)
        gd_tensor_destroy(optimizer->slab[i]);
    for (int i = 0; i < GD__STATES; ++i)
        gd_tensor_destroy(optimizer->state[i]);
    gd_free(optimizer, size_for(optimizer->count));
}

void gd_optimizer_zero_grad(gd_optimizer *optimizer)
{
    for (int i = 0; optimizer != NULL && i < optimizer->count; ++i)
        optimizer->slots[i].parameter->grad = NULL;
}

gd_status gd_optimizer_step(gd_optimizer *optimizer)
{
    if (optimizer == NULL || optimizer->update == NULL)
        return gd_fail(GD_ERROR_ARGUMENT, "optimizer_step: %s",
                       optimizer == NULL ? "the optimizer is NULL"
                                         : "lbfgs needs gd_lbfgs_step, and a closure");
    for (int i = 0; i < optimizer->count; ++i) {
        gd__slot *slot = &optimizer->slots[i];
        gd_tensor *x = slot->parameter;
        if (x->grad == NULL)
            continue;
        gd__step step = {
            .optimizer = optimizer,
            .x = x->data,
            .gradient = x->grad->data,
            .moment = {slot->moment[0].data, slot->moment[1].data, slot->moment[2].data},
            .number = (double)++slot->steps,
            .rate = optimizer->learning_rate * slot->rate_factor,
            .weight_decay = slot->weight_decay,
            .kernels = gd__optimizer_kernels_for(x->dtype)};
        gd__parallel(optimizer->pool, gd_tensor_numel(x), GD__GRAIN, optimizer->update, &step);
        gd_tensor_modified(x);
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
        return gd_fail(GD_ERROR_ARGUMENT, "set_learning_rate: the optimizer is NULL");
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
        return gd_fail(GD_ERROR_ARGUMENT, "set_group: an optimizer other than lbfgs, a pattern and "
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
               : gd_fail(GD_ERROR_ARGUMENT, "set_group: no parameter's name fits \"%s\"", pattern);
}
