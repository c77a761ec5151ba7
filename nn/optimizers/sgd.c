/* Stochastic gradient descent, with momentum (Polyak 1964) and Nesterov's (Sutskever et al. 2013).
 *
 * With the gradient g and weight decay d, g' = g + d x. The velocity adds gradients up, old ones
 * fading:
 *     v = momentum v + (1 - dampening) g',   the first one v = g',
 *     x = x - rate v,   or for Nesterov x - rate (g' + momentum v), a look ahead. */
#include "nn/optimizers/optimizer.h"

#include <math.h>

static void update(void *context, int part, int64_t begin, int64_t end)
{
    const gd__step *step = context;
    const gd_sgd_options *o = &step->optimizer->options.sgd;
    (void)part;
    step->kernels->sgd(step, begin, end,
                       &(gd__sgd){.momentum = o->momentum,
                                  .share = step->number == 1 ? 1 : 1 - o->dampening,
                                  .nesterov = o->nesterov});
}

gd_optimizer *gd_sgd_create(gd_parameters *parameters, const gd_sgd_options *options)
{
    const double any = (double)INFINITY;
    gd_sgd_options o = options != NULL ? *options : (gd_sgd_options){.momentum = 0};
    if (!gd__complete_option("sgd", "learning_rate", &o.learning_rate, 0.001, 0, any) ||
        !gd__check_option("sgd", "momentum", o.momentum, 0, 1) ||
        !gd__check_option("sgd", "dampening", o.dampening, 0, 1) ||
        !gd__check_option("sgd", "weight_decay", o.weight_decay, 0, any))
        return NULL;
    if (o.nesterov && (o.momentum == 0 || o.dampening > 0))
        return gd__fail_null("sgd: nesterov needs momentum, and no dampening");
    const gd_optimizer sgd = {.name = "sgd",
                              .update = update,
                              .pool = o.pool,
                              .learning_rate = o.learning_rate.value,
                              .options.sgd = o,
                              .moment = {o.momentum > 0 ? "momentum_buffer" : NULL}};
    return gd__optimizer_create(&sgd, parameters, o.weight_decay);
}
