/* Stochastic gradient descent. */
#include "tensor/kernels.h"

#include <gradus/nn.h>

typedef struct slot {
    gd_tensor *parameter;
    gd_tensor *velocity; /* NULL without momentum */
} slot;

struct gd_optimizer {
    gd_sgd_options options;
    int count;
    slot slots[];
};

static size_t size_for(int count)
{
    return sizeof(gd_optimizer) + (size_t)count * sizeof(slot);
}

static bool check_options(const gd_sgd_options *o)
{
    /* Written so that NaN is refused. */
    bool allowed =
        o->learning_rate >= 0 && o->momentum >= 0 && o->momentum < 1 && o->weight_decay >= 0;
    if (!allowed)
        gd__fail(GD_ERROR_ARGUMENT,
                 "sgd: learning_rate %g, momentum %g, weight_decay %g: none may be negative, "
                 "momentum must be below 1",
                 o->learning_rate, o->momentum, o->weight_decay);
    return allowed;
}

gd_optimizer *gd_sgd_create(gd_parameters *parameters, const gd_sgd_options *options)
{
    gd_sgd_options chosen = options != NULL ? *options : (gd_sgd_options){.learning_rate = 0};
    if (parameters == NULL)
        return gd__fail_null("sgd: the list of parameters is NULL");
    if (!check_options(&chosen))
        return NULL;
    if (chosen.learning_rate == 0)
        chosen.learning_rate = 0.001;
    int count = gd_parameters_count(parameters);
    gd_optimizer *optimizer = gd__allocate(size_for(count));
    if (optimizer == NULL)
        return gd__fail_null("sgd: no memory");
    *optimizer = (gd_optimizer){.options = chosen, .count = count};
    for (int i = 0; i < count; ++i)
        optimizer->slots[i] = (slot){gd_parameters_at(parameters, i), NULL};
    for (int i = 0; chosen.momentum > 0 && i < count; ++i) {
        const gd_tensor *x = optimizer->slots[i].parameter;
        optimizer->slots[i].velocity = gd_tensor_create(x->dtype, x->ndim, x->shape);
        if (optimizer->slots[i].velocity == NULL) {
            gd_optimizer_destroy(optimizer);
            return NULL;
        }
    }
    return optimizer;
}

void gd_optimizer_destroy(gd_optimizer *optimizer)
{
    if (optimizer == NULL)
        return;
    for (int i = 0; i < optimizer->count; ++i)
        gd_tensor_destroy(optimizer->slots[i].velocity);
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
    const gd_sgd_options *o = &optimizer->options;
    for (int i = 0; i < optimizer->count; ++i) {
        gd_tensor *x = optimizer->slots[i].parameter, *v = optimizer->slots[i].velocity;
        if (x->grad == NULL)
            continue;
        gd__kernels_for(x->dtype)->sgd(gd_tensor_numel(x), x->data, x->grad->data,
                                       v != NULL ? v->data : NULL, o->learning_rate, o->momentum,
                                       o->weight_decay);
        gd_tensor_modified(x);
    }
    return GD_OK;
}
