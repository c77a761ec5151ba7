/* Which recipe is best, and how good it is: on rows that training has not seen. */
#include "fit/work.h"

#include <math.h>

/* ---- trying a recipe ---- */

/* The networks of the first pair as one. */
static gd_status take_network(gd__network *network, const gd__fit *fit, const gd__run *run)
{
    gd__architecture member = run->recipe->architecture;
    member.inputs = fit->pairs[0].train_batch.x->shape[1];
    return gd__network_merge(network, &member, fit->count > 1 ? 1 : run->count, run->parameters);
}

void gd__finalist_free(gd__finalist *finalist)
{
    gd_tensor_destroy(finalist->logits);
    gd__network_free(&finalist->network);
    *finalist = (gd__finalist){.epoch = 0};
}

/* The run's recipe takes the finalist's place, if there is none or it is better. */
static gd_status keep_better(gd__finalist *finalist, const gd__fit *fit, gd__run *run)
{
    if (finalist->logits != NULL && !(run->best_loss < finalist->valid_loss))
        return GD_OK;
    gd__finalist_free(finalist);
    *finalist = (gd__finalist){.recipe = *run->recipe,
                               .epoch = run->best_epoch,
                               .train_loss = run->best_train_loss,
                               .valid_loss = run->best_loss,
                               .logits = run->best_logits};
    run->best_logits = NULL;
    return fit->count == 1 ? take_network(&finalist->network, fit, run) : GD_OK;
}

/* Folds have a network each; one pair has as many as are to be averaged. *earlier: the weights of
 * the recipe before, to start from, and then this one's; NULL: the run starts anew. */
static gd_status try_recipe(gd__fit *fit, const gd__recipe *recipe, gd__finalist *finalist,
                            gd_parameters **earlier)
{
    gd__run run;
    bool folds = fit->count > 1;
    gd_status status =
        gd__run_create(&run, &fit->watch, &fit->model->target, &fit->objective, recipe,
                       folds ? fit->count : recipe->members, !folds, fit->pairs, &fit->judged);
    if (status == GD_OK && earlier != NULL && *earlier != NULL)
        gd__run_start_from(&run, *earlier);
    if (status == GD_OK)
        status = gd__run_train(&run);
    if (status == GD_OK)
        status = keep_better(finalist, fit, &run);
    else if (status == GD_STOPPED && take_network(&fit->model->network, fit, &run) != GD_OK)
        status = gd_message_status();
    if (earlier != NULL) {
        gd_parameters *mine = run.parameters;
        run.parameters = *earlier;
        *earlier = mine;
    }
    gd__run_destroy(&run);
    return status;
}

/* ---- choosing ---- */

static gd_tensor *mean_of(const gd_tensor *a, const gd_tensor *b)
{
    gd_tensor *mean = gd_tensor_create(GD_F32, 2, a->shape);
    for (int64_t i = 0; mean != NULL && i < gd_tensor_numel(a); ++i)
        ((float *)mean->data)[i] = (((const float *)a->data)[i] + ((const float *)b->data)[i]) / 2;
    return mean;
}

static gd_status choose(gd__fit *fit, gd__winner winner, double loss, const gd_tensor *logits)
{
    fit->winner = winner;
    fit->valid_loss = loss;
    fit->logits = gd_tensor_create_copy(logits);
    return fit->logits != NULL ? GD_OK : gd_message_status();
}

static gd_status choose_one(gd__fit *fit, bool is_linear)
{
    const gd__finalist *f = is_linear ? &fit->linear : &fit->network;
    return choose(fit, is_linear ? GD__LINEAR : GD__NETWORK, f->valid_loss, f->logits);
}

/* By how much a network, or the mean, may be worse than the linear model and be preferred to it.
 * */
static const double for_network = 0.98, for_mean = 0.99;

/* Of finalists of both kinds; of classes and labels their mean is one, too. */
static gd_status choose_finalist(gd__fit *fit)
{
    const gd__finalist *linear = &fit->linear, *network = &fit->network;
    if (linear->logits == NULL || network->logits == NULL)
        return choose_one(fit, linear->logits != NULL);
    if (fit->model->target.task == GD_REGRESSION || !gd__can_blend(&network->recipe.architecture))
        return choose_one(fit, linear->valid_loss <= network->valid_loss);
    gd_tensor *mean = mean_of(linear->logits, network->logits);
    gd_tape *tape = mean != NULL ? gd_tape_create() : NULL;
    if (tape == NULL) {
        gd_tensor_destroy(mean);
        return gd_message_status();
    }
    double loss;
    gd_status status = gd__pairs_loss(tape, &fit->objective, fit->pairs, fit->count, mean, &loss);
    gd_tape_destroy(tape);
    double l = linear->valid_loss, n = for_network * network->valid_loss, m = for_mean * loss;
    if (status == GD_OK)
        status =
            m < l && m < n ? choose(fit, GD__MEAN_OF_BOTH, loss, mean) : choose_one(fit, !(n < l));
    gd_tensor_destroy(mean);
    return status;
}

/* "selected the mean of logreg and mlp: validation loss 0.0659 (logreg 0.0712, mlp 0.0678)" */
static void tell_choice(gd__fit *fit)
{
    static const char *const names[] = {"logreg", "mlp", "the mean of logreg and mlp"};
    const gd__finalist *linear = &fit->linear, *network = &fit->network;
    if (linear->logits == NULL || network->logits == NULL)
        return;
    bool lowest = fit->valid_loss <= linear->valid_loss && fit->valid_loss <= network->valid_loss;
    gd__say(&fit->watch, GD_FIT_NOTE, "selected %s: validation loss %.4f (logreg %.4f, mlp %.4f)%s",
            names[fit->winner], fit->valid_loss, linear->valid_loss, network->valid_loss,
            lowest
                ? ""
                : "; a network is preferred within 2 % of the linear model, the mean within 1 %");
}

/* Linear recipes pull less and less towards 0: each starts where the one before ended, and where
 * one is worse than that, the rest would be, too. */
gd_status gd__search(gd__fit *fit, const gd__recipe *recipes, int count)
{
    gd_status status = GD_OK;
    bool worse = false;
    gd_parameters *earlier = NULL;
    for (int i = 0; status == GD_OK && i < count; ++i) {
        bool linear = recipes[i].architecture.hidden_count == 0;
        if (linear && worse)
            continue;
        gd__finalist *finalist = linear ? &fit->linear : &fit->network;
        double before = finalist->logits != NULL ? finalist->valid_loss : (double)INFINITY;
        status = try_recipe(fit, &recipes[i], finalist, linear ? &earlier : NULL);
        worse = linear && !(finalist->valid_loss < before);
    }
    gd_parameters_destroy(earlier);
    if (status == GD_OK)
        status = choose_finalist(fit);
    if (status == GD_OK)
        tell_choice(fit);
    return status;
}
