/* Model selection: which recipe has the lowest loss on the validation rows. */
#include "fit/fit_state.h"

#include <math.h>

/* ---- one recipe ---- */

/* The networks of the first fold as one. */
static bool take_network(gd__network *network, const gd__fit *fit, const gd_recipe *recipe,
                         const gd_parameters *parameters)
{
    gd_architecture member = recipe->architecture;
    member.inputs = fit->folds[0].train_batch.x->shape[1];
    return gd__network_merge(network, &member, fit->count > 1 ? 1 : recipe->members, parameters);
}

void gd__candidate_free(gd__candidate *candidate)
{
    gd_tensor_destroy(candidate->logits);
    gd__network_free(&candidate->network);
    *candidate = (gd__candidate){.epoch = 0};
}

/* The recipe becomes the candidate, if there is none or the recipe is better. */
static bool keep_better(gd__candidate *candidate, const gd__fit *fit, const gd_recipe *recipe,
                        const gd_parameters *parameters, gd_run_result *result)
{
    if (candidate->logits != NULL && !(result->valid_loss < candidate->valid_loss))
        return true;
    gd__candidate_free(candidate);
    *candidate = (gd__candidate){.recipe = *recipe,
                                 .epoch = result->best_epoch,
                                 .valid_loss = result->valid_loss,
                                 .logits = result->logits};
    result->logits = NULL;
    return fit->count > 1 || take_network(&candidate->network, fit, recipe, parameters);
}

/* With folds each has one network; with a single fold the members of the recipe share it. *start:
 * initial weights, or NULL; it becomes the weights of this recipe. */
static bool try_recipe(gd__fit *fit, const gd_recipe *recipe, gd__candidate *candidate,
                       gd_parameters **start)
{
    gd_run_result result;
    gd_parameters *parameters;
    bool ok = gd__recipe_train(fit, recipe, fit->folds, fit->count, fit->count == 1, *start,
                               &parameters, &result);
    bool stopped = !ok && gd_message_status() == GD_STOPPED;
    if (ok)
        ok = keep_better(candidate, fit, recipe, parameters, &result);
    else if (stopped && take_network(&fit->model->network, fit, recipe, parameters))
        gd_fail(GD_STOPPED, "training was stopped");
    gd_run_result_free(&result);
    gd_parameters_destroy(*start);
    *start = parameters;
    return ok;
}

/* ---- selection ---- */

static gd_tensor *mean_of(const gd_tensor *a, const gd_tensor *b)
{
    gd_tensor *mean = gd_tensor_create(GD_F32, 2, a->shape);
    for (int64_t i = 0; mean != NULL && i < gd_tensor_numel(a); ++i)
        ((float *)mean->data)[i] = (((const float *)a->data)[i] + ((const float *)b->data)[i]) / 2;
    return mean;
}

static bool select(gd__fit *fit, gd__selected selected, double loss, const gd_tensor *logits)
{
    fit->selected = selected;
    fit->valid_loss = loss;
    fit->logits = gd_tensor_create_copy(logits);
    return fit->logits != NULL;
}

static bool select_one(gd__fit *fit, bool linear)
{
    const gd__candidate *c = linear ? &fit->linear : &fit->network;
    return select(fit, linear ? GD__LINEAR : GD__NETWORK, c->valid_loss, c->logits);
}

/* A network, or the mean, is preferred if its loss times this factor is below that of the linear
 * model. */
static const double for_network = 0.98, for_mean = 0.99;

/* For classes and labels the mean of both is a candidate, too. */
static bool select_candidate(gd__fit *fit)
{
    const gd__candidate *linear = &fit->linear, *network = &fit->network;
    double loss, l = linear->valid_loss, n = for_network * network->valid_loss;
    if (linear->logits == NULL || network->logits == NULL)
        return select_one(fit, linear->logits != NULL);
    if (fit->model->target.task == GD_REGRESSION || !gd__can_blend(&network->recipe.architecture))
        return select_one(fit, l <= network->valid_loss);
    gd_tensor *mean = mean_of(linear->logits, network->logits);
    bool ok = mean != NULL && gd__logits_loss(&loss, fit, mean);
    if (ok && for_mean * loss < l && for_mean * loss < n)
        ok = select(fit, GD__MEAN_OF_BOTH, loss, mean);
    else if (ok)
        ok = select_one(fit, !(n < l));
    gd_tensor_destroy(mean);
    return ok;
}

/* "selected the mean of logreg and mlp: validation loss 0.0659 (logreg 0.0712, mlp 0.0678)" */
static void note_selected(gd__fit *fit)
{
    static const char *const names[] = {"logreg", "mlp", "the mean of logreg and mlp"};
    const gd__candidate *linear = &fit->linear, *network = &fit->network;
    if (linear->logits == NULL || network->logits == NULL)
        return;
    bool lowest = fit->valid_loss <= linear->valid_loss && fit->valid_loss <= network->valid_loss;
    gd__note(fit, GD_FIT_NOTE, "selected %s: validation loss %.4f (logreg %.4f, mlp %.4f)%s",
             names[fit->selected], fit->valid_loss, linear->valid_loss, network->valid_loss,
             lowest
                 ? ""
                 : "; a network is preferred within 2 % of the linear model, the mean within 1 %");
}

/* The weight decay of linear recipes falls from one to the next: each starts with the weights of
 * the one before, and after the first that is not better the rest is left out. */
bool gd__select_model(gd__fit *fit, const gd_recipe *recipes, int count)
{
    bool ok = true, worse = false;
    gd_parameters *start = NULL;
    for (int i = 0; ok && i < count; ++i) {
        bool linear = recipes[i].architecture.hidden_count == 0;
        if (linear && worse)
            continue;
        if (!linear) {
            gd_parameters_destroy(start);
            start = NULL;
        }
        gd__candidate *candidate = linear ? &fit->linear : &fit->network;
        double before = candidate->logits != NULL ? candidate->valid_loss : (double)INFINITY;
        ok = try_recipe(fit, &recipes[i], candidate, &start);
        worse = linear && !(candidate->valid_loss < before);
    }
    gd_parameters_destroy(start);
    ok = ok && select_candidate(fit);
    if (ok)
        note_selected(fit);
    return ok;
}
