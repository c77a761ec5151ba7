/* Model selection: which recipe has the lowest loss on the validation rows. */
#include "fit/fit_state.h"

#include <math.h>

/* ---- one kind of recipe ---- */

/* The recipes of a kind, linear models or networks, one after the other. */
typedef struct search {
    gd__fit *fit;
    gd__candidate *candidate; /* the best one so far */
    const gd_recipe *recipes; /* that are left */
    int count;
    gd__training training; /* of the recipe that is being tried, or was the last one */
} search;

/* The networks of the first fold as one. */
static bool take_network(gd__network *network, const gd__fit *fit, const gd__training *t)
{
    gd_architecture member = t->recipe.architecture;
    member.inputs = fit->folds[0].train_batch.x->shape[1];
    return gd__network_merge(network, &member, fit->count > 1 ? 1 : t->networks, t->parameters);
}

void gd__candidate_free(gd__candidate *candidate)
{
    gd_tensor_destroy(candidate->logits);
    gd__network_free(&candidate->network);
    *candidate = (gd__candidate){.epoch = 0};
}

/* The next recipe, which starts with the weights of the one before. With folds each has one
 * network; with a single fold the members of the recipe share it. */
static bool begin(void *context, const gd_run **run, const gd_recipe **recipe)
{
    search *s = context;
    if (s->count == 0)
        return true;
    gd__training before = s->training;
    bool ok = gd__training_create(&s->training, s->fit, s->recipes, s->fit->folds, s->fit->count,
                                  s->fit->count == 1, before.networks > 0 ? &before : NULL);
    gd__training_free(&before);
    s->recipes += ok;
    s->count -= ok;
    *run = &s->training.run;
    *recipe = &s->training.recipe;
    return ok;
}

/* The recipe becomes the candidate, if there is none or the recipe is better. After one that is not
 * better the rest is left out. */
static bool end(void *context, gd_status status, gd_run_result *result)
{
    search *s = context;
    gd__candidate *candidate = s->candidate;
    if (status != GD_OK)
        return false;
    gd__training_ended(s->fit, result);
    if (candidate->logits != NULL && !(result->valid_loss < candidate->valid_loss)) {
        s->count = 0;
        return true;
    }
    gd__candidate_free(candidate);
    *candidate = (gd__candidate){.recipe = s->training.recipe,
                                 .epoch = result->best_epoch,
                                 .valid_loss = result->valid_loss,
                                 .logits = result->logits};
    result->logits = NULL;
    return s->fit->count > 1 || take_network(&candidate->network, s->fit, &s->training);
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

static int count_linear(const gd_recipe *recipes, int count)
{
    int linear = 0;
    while (linear < count && recipes[linear].architecture.hidden_count == 0)
        ++linear;
    return linear;
}

/* Linear models and networks are searched side by side. The weight decay of linear recipes falls
 * from one to the next. */
static bool try_recipes(gd__fit *fit, const gd_recipe *recipes, int count)
{
    int linear = count_linear(recipes, count), used = 0, failed;
    search searches[2] = {
        {.fit = fit, .candidate = &fit->linear, .recipes = recipes, .count = linear},
        {.fit = fit,
         .candidate = &fit->network,
         .recipes = recipes + linear,
         .count = count - linear}};
    gd__lane lanes[2];
    search *first = linear > 0 ? searches : searches + 1;
    for (int i = 0; i < 2; ++i)
        if (searches[i].count > 0)
            lanes[used++] = (gd__lane){.begin = begin, .end = end, .context = &searches[i]};
    int networks = fit->count > 1 ? fit->count : recipes[count - 1].members;
    bool ok = gd__fit_run_lanes(fit, lanes, used, networks, &failed);
    bool stopped = !ok && gd_message_status() == GD_STOPPED;
    if (stopped && take_network(&fit->model->network, fit, &first[failed].training))
        gd_fail(GD_STOPPED, "training was stopped");
    for (int i = 0; i < 2; ++i)
        gd__training_free(&searches[i].training);
    return ok;
}

bool gd__select_model(gd__fit *fit, const gd_recipe *recipes, int count)
{
    bool ok = try_recipes(fit, recipes, count) && select_candidate(fit);
    if (ok)
        note_selected(fit);
    return ok;
}
