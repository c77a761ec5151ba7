/* Adam (Kingma and Ba 2015), and AdamW (Loshchilov and Hutter 2019).
 *
 * Running means of the gradient and of its square, which start at 0 and are corrected for that, t
 * being the number of the step:
 *     m = b1 m + (1 - b1) g,   v = b2 v + (1 - b2) g^2,
 *     x = x - rate (m / (1 - b1^t)) / (sqrt(v / (1 - b2^t)) + eps):
 * each parameter moves by about the rate, whatever the size of its gradients. Adam's weight decay
 * d is added to the gradient, g + d x, and so is scaled with it; AdamW's shrinks the parameter
 * itself first, by 1 - rate d. */
#include "nn/optimizers/optimizer.h"

#include <math.h>

static void update(void *context, int part, int64_t begin, int64_t end)
{
    const gd__step *step = context;
    const gd_adam_options *o = &step->optimizer->options.adam;
    bool decoupled = step->optimizer->decoupled;
    (void)part;
    double t = step->number;
    step->kernels->adam(step, begin, end,
                        &(gd__adam){.rate = step->rate / (1 - pow(o->beta1.value, t)),
                                    .root = sqrt(1 - pow(o->beta2.value, t)),
                                    .beta1 = o->beta1.value,
                                    .beta2 = o->beta2.value,
                                    .eps = o->eps.value,
                                    .decay = decoupled ? 0 : step->weight_decay,
                                    .shrink = decoupled ? 1 - step->rate * step->weight_decay : 1});
}

static gd_optimizer *create(const char *name, gd_parameters *parameters,
                            const gd_adam_options *options, bool decoupled)
{
    const double any = (double)INFINITY, decay = decoupled ? 0.01 : 0;
    gd_adam_options o = options != NULL ? *options : (gd_adam_options){.eps = {.given = false}};
    if (!gd__complete_option(name, "learning_rate", &o.learning_rate, 0.001, 0, any) ||
        !gd__complete_option(name, "beta1", &o.beta1, 0.9, 0, 1) ||
        !gd__complete_option(name, "beta2", &o.beta2, 0.999, 0, 1) ||
        !gd__complete_option(name, "eps", &o.eps, 1e-8, 0, any) ||
        !gd__complete_option(name, "weight_decay", &o.weight_decay, decay, 0, any))
        return NULL;
    const gd_optimizer adam = {.name = name,
                               .update = update,
                               .pool = o.pool,
                               .learning_rate = o.learning_rate.value,
                               .options.adam = o,
                               .decoupled = decoupled,
                               .moment = {"exp_avg", "exp_avg_sq"}};
    return gd__optimizer_create(&adam, parameters, o.weight_decay.value);
}

gd_optimizer *gd_adam_create(gd_parameters *parameters, const gd_adam_options *options)
{
    return create("adam", parameters, options, false);
}

gd_optimizer *gd_adamw_create(gd_parameters *parameters, const gd_adam_options *options)
{
    return create("adamw", parameters, options, true);
}
