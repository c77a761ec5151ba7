/* RMSprop (Hinton, Coursera lecture 6e, 2012): the gradient divided by its own recent size.
 *
 * With g' = g + weight_decay x,
 *     s = alpha s + (1 - alpha) g'^2,   change = g' / (sqrt(s) + eps),   x = x - rate change.
 * centered: with a the running mean of g', the variance s - a^2 takes the place of s. It is kept
 * itself, as
 *     s = alpha (s + (1 - alpha) (g' - a)^2),   a = a + (1 - alpha) (g' - a),
 * which is the same but never below 0, where the difference of two squares would lose all its
 * digits. With momentum, v = momentum v + change takes the place of change. */
#include "nn/optimizers/optimizer.h"

#include <math.h>

static void update(void *context, int part, int64_t begin, int64_t end)
{
    const gd__step *step = context;
    const gd_rmsprop_options *o = &step->optimizer->options.rmsprop;
    (void)part;
    step->kernels->rmsprop(
        step, begin, end,
        &(gd__rmsprop){.alpha = o->alpha.value, .eps = o->eps.value, .momentum = o->momentum});
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
    const gd_optimizer rmsprop = {.name = "rmsprop",
                                  .update = update,
                                  .pool = o.pool,
                                  .learning_rate = o.learning_rate.value,
                                  .options.rmsprop = o,
                                  .moment = {o.centered ? "variance" : "square_avg",
                                             o.centered ? "grad_avg" : NULL,
                                             o.momentum > 0 ? "momentum_buffer" : NULL}};
    return gd__optimizer_create(&rmsprop, parameters, o.weight_decay);
}
