/* Stochastic gradient descent, with momentum (Polyak 1964) and Nesterov's (Sutskever et al. 2013).
 *
 * With the gradient g and weight decay d, g' = g + d x. The velocity adds gradients up, old ones fading:
 *     v = momentum v + (1 - dampening) g',   the first one v = g',
 *     x = x - rate v,   or for Nesterov x - rate (g' + momentum v), a look ahead. */
#include "nn/kernels.h"
#include "nn/optimizer.h"

#include <math.h>

enum { VELOCITY };

static void update(const gd_optimizer *optimizer, const gd__slot *slot)
{
    const gd_sgd_options *o = &optimizer->options.sgd;
    gd_tensor *x = slot->parameter;
    gd__optimizer_kernels_for(x->dtype)->sgd(
        gd_tensor_numel(x), x->data, x->grad->data, slot->moment[VELOCITY].data,
        &(gd__sgd){.rate = gd__rate(optimizer, slot),
                   .momentum = o->momentum,
                   .decay = slot->weight_decay,
                   .share = slot->steps == 1 ? 1 : 1 - o->dampening,
                   .nesterov = o->nesterov});
}

/* Fills in the default; false and a gd_message() where an option is not allowed. */
static bool complete(gd_sgd_options *o)
{
    const double any = (double)INFINITY;
    if (!gd__complete_option("sgd", "learning_rate", &o->learning_rate, 0.001, 0, any) ||
        !gd__check_option("sgd", "momentum", o->momentum, 0, 1) ||
        !gd__check_option("sgd", "dampening", o->dampening, 0, 1) ||
        !gd__check_option("sgd", "weight_decay", o->weight_decay, 0, any))
        return false;
    bool allowed = !o->nesterov || (o->momentum > 0 && o->dampening == 0);
    if (!allowed)
        gd__fail(GD_ERROR_ARGUMENT, "sgd: nesterov needs momentum, and no dampening");
    return allowed;
}

gd_optimizer *gd_sgd_create(gd_parameters *parameters, const gd_sgd_options *options)
{
    gd_sgd_options o = options != NULL ? *options : (gd_sgd_options){.momentum = 0};
    if (!complete(&o))
        return NULL;
    const char *const moment[GD__MOMENTS] = {o.momentum > 0 ? "momentum_buffer" : NULL};
    gd_optimizer *sgd = gd__optimizer_create("sgd", parameters, o.learning_rate.value,
                                             o.weight_decay, moment, update);
    if (sgd != NULL)
        sgd->options.sgd = o;
    return sgd;
}
