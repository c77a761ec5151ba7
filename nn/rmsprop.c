/* RMSprop (Hinton, Coursera lecture 6e, 2012): the gradient divided by its own recent size.
 *
 * With g' = g + weight_decay x,
 *     s = alpha s + (1 - alpha) g'^2,   change = g' / (sqrt(s) + eps),   x = x - rate change.
 * centered: with a the running mean of g', the variance s - a^2 takes the place of s. It is kept itself, as
 *     s = alpha (s + (1 - alpha) (g' - a)^2),   a = a + (1 - alpha) (g' - a),
 * which is the same but never below 0, where the difference of two squares would lose all its digits. With
 * momentum, v = momentum v + change takes the place of change. */
#include "nn/kernels.h"
#include "nn/optimizer.h"

#include <math.h>

enum { SPREAD, MEAN, VELOCITY };

static void update(const gd_optimizer *optimizer, const gd__slot *slot)
{
    const gd_rmsprop_options *o = &optimizer->options.rmsprop;
    gd_tensor *x = slot->parameter;
    gd__optimizer_kernels_for(x->dtype)->rmsprop(gd_tensor_numel(x), x->data, x->grad->data,
                                                 slot->moment[SPREAD].data, slot->moment[MEAN].data,
                                                 slot->moment[VELOCITY].data,
                                                 &(gd__rmsprop){.rate = gd__rate(optimizer, slot),
                                                                .alpha = o->alpha.value,
                                                                .eps = o->eps.value,
                                                                .momentum = o->momentum,
                                                                .decay = slot->weight_decay});
}

gd_optimizer *gd_rmsprop_create(gd_parameters *parameters, const gd_rmsprop_options *options)
{
    const double any = (double)INFINITY;
    gd_rmsprop_options o = options != NULL ? *options : (gd_rmsprop_options){.momentum = 0};
    if (!gd__complete_option("rmsprop", "learning_rate", &o.learning_rate, 0.01, 0, any) ||
        !gd__complete_option("rmsprop", "alpha", &o.alpha, 0.99, 0, 1) ||
        !gd__complete_option("rmsprop", "eps", &o.eps, 1e-8, 0, any) ||
        !gd__check_option("rmsprop", "momentum", o.momentum, 0, 1) ||
        !gd__check_option("rmsprop", "weight_decay", o.weight_decay, 0, any))
        return NULL;
    const char *const moment[GD__MOMENTS] = {o.centered ? "variance" : "square_avg",
                                             o.centered ? "grad_avg" : NULL,
                                             o.momentum > 0 ? "momentum_buffer" : NULL};
    gd_optimizer *rmsprop = gd__optimizer_create("rmsprop", parameters, o.learning_rate.value,
                                                 o.weight_decay, moment, update);
    if (rmsprop != NULL)
        rmsprop->options.rmsprop = o;
    return rmsprop;
}
