/* Adagrad (Duchi, Hazan and Singer 2011): rare features learn faster.
 *
 * With g' = g + weight_decay x and t the number of the step,
 *     s = s + g'^2,   x = x - rate / (1 + (t - 1) lr_decay) g' / (sqrt(s) + eps). */
#include "nn/optimizers/optimizer.h"

#include <math.h>

static void update(void *context, int part, int64_t begin, int64_t end)
{
    const gd__step *step = context;
    const gd_adagrad_options *o = &step->optimizer->options.adagrad;
    (void)part;
    double rate = step->rate / (1 + (step->number - 1) * o->lr_decay);
    step->kernels->adagrad(step, begin, end, rate, o->eps.value);
}

gd_optimizer *gd_adagrad_create(gd_parameters *parameters, const gd_adagrad_options *options)
{
    const double any = (double)INFINITY;
    gd_adagrad_options o = options != NULL ? *options : (gd_adagrad_options){.lr_decay = 0};
    double sum = o.initial_accumulator_value;
    if (!gd__complete_option("adagrad", "learning_rate", &o.learning_rate, 0.01, 0, any) ||
        !gd__check_option("adagrad", "lr_decay", o.lr_decay, 0, any) ||
        !gd__check_option("adagrad", "weight_decay", o.weight_decay, 0, any) ||
        !gd__check_option("adagrad", "initial_accumulator_value", sum, 0, any) ||
        !gd__complete_option("adagrad", "eps", &o.eps, 1e-10, 0, any))
        return NULL;
    const gd_optimizer template = {.name = "adagrad",
                                   .update = update,
                                   .pool = o.pool,
                                   .learning_rate = o.learning_rate.value,
                                   .options.adagrad = o,
                                   .moment = {"sum"}};
    gd_optimizer *adagrad = gd__optimizer_create(&template, parameters, o.weight_decay);
    for (int i = 0; adagrad != NULL && i < adagrad->count; ++i)
        gd_tensor_fill(&adagrad->slots[i].moment[0], sum);
    return adagrad;
}
