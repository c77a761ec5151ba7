/* Adagrad (Duchi, Hazan and Singer 2011): rare features learn faster.
 *
 * With g' = g + weight_decay x and t the number of the step,
 *     s = s + g'^2,   x = x - rate / (1 + (t - 1) lr_decay) g' / (sqrt(s) + eps). */
#include "nn/kernels.h"
#include "nn/optimizer.h"

#include <math.h>

enum { SUM };

static void update(const gd_optimizer *optimizer, const gd__slot *slot)
{
    const gd_adagrad_options *o = &optimizer->options.adagrad;
    gd_tensor *x = slot->parameter;
    double rate = gd__rate(optimizer, slot) / (1 + (double)(slot->steps - 1) * o->lr_decay);
    gd__optimizer_kernels_for(x->dtype)->adagrad(gd_tensor_numel(x), x->data, x->grad->data,
                                                 slot->moment[SUM].data, rate, slot->weight_decay,
                                                 o->eps.value);
}

gd_optimizer *gd_adagrad_create(gd_parameters *parameters, const gd_adagrad_options *options)
{
    const double any = (double)INFINITY;
    gd_adagrad_options o = options != NULL ? *options : (gd_adagrad_options){.lr_decay = 0};
    if (!gd__complete_option("adagrad", "learning_rate", &o.learning_rate, 0.01, 0, any) ||
        !gd__check_option("adagrad", "lr_decay", o.lr_decay, 0, any) ||
        !gd__check_option("adagrad", "weight_decay", o.weight_decay, 0, any) ||
        !gd__check_option("adagrad", "initial_accumulator_value", o.initial_accumulator_value, 0,
                          any) ||
        !gd__complete_option("adagrad", "eps", &o.eps, 1e-10, 0, any))
        return NULL;
    const char *const moment[GD__MOMENTS] = {"sum"};
    gd_optimizer *adagrad = gd__optimizer_create("adagrad", parameters, o.learning_rate.value,
                                                 o.weight_decay, moment, update);
    for (int i = 0; adagrad != NULL && i < adagrad->count; ++i)
        gd_tensor_fill(&adagrad->slots[i].moment[SUM], o.initial_accumulator_value);
    if (adagrad != NULL)
        adagrad->options.adagrad = o;
    return adagrad;
}
