/* Adam (Kingma and Ba 2015), and AdamW (Loshchilov and Hutter 2019).
 *
 * Running means of the gradient and of its square, which start at 0 and are corrected for that, t being
 * the number of the step:
 *     m = b1 m + (1 - b1) g,   v = b2 v + (1 - b2) g^2,
 *     x = x - rate (m / (1 - b1^t)) / (sqrt(v / (1 - b2^t)) + eps):
 * each parameter moves by about the rate, whatever the size of its gradients. Adam's weight decay d is
 * added to the gradient, g + d x, and so is scaled with it; AdamW's shrinks the parameter itself first, by
 * 1 - rate d. */
#include "nn/kernels.h"
#include "nn/optimizer.h"

#include <math.h>

enum { MEAN, SQUARE };

static void update(const gd_optimizer *optimizer, const gd__slot *slot)
{
    const gd_adam_options *o = &optimizer->options.adam;
    gd_tensor *x = slot->parameter;
    double t = (double)slot->steps, rate = gd__rate(optimizer, slot);
    gd__optimizer_kernels_for(x->dtype)->adam(
        gd_tensor_numel(x), x->data, x->grad->data, slot->moment[MEAN].data,
        slot->moment[SQUARE].data,
        &(gd__adam){.rate = rate / (1 - pow(o->beta1.value, t)),
                    .root = sqrt(1 - pow(o->beta2.value, t)),
                    .beta1 = o->beta1.value,
                    .beta2 = o->beta2.value,
                    .eps = o->eps.value,
                    .decay = optimizer->decoupled ? 0 : slot->weight_decay,
                    .shrink = optimizer->decoupled ? 1 - rate * slot->weight_decay : 1});
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
    const char *const moment[GD__MOMENTS] = {"exp_avg", "exp_avg_sq"};
    gd_optimizer *adam = gd__optimizer_create(name, parameters, o.learning_rate.value,
                                              o.weight_decay.value, moment, update);
    if (adam != NULL) {
        adam->options.adam = o;
        adam->decoupled = decoupled;
    }
    return adam;
}

gd_optimizer *gd_adam_create(gd_parameters *parameters, const gd_adam_options *options)
{
    return create("adam", parameters, options, false);
}

gd_optimizer *gd_adamw_create(gd_parameters *parameters, const gd_adam_options *options)
{
    return create("adamw", parameters, options, true);
}
