/* One recipe on the folds of a fit: a run for it. */
#include "fit/fit_state.h"

#include <math.h>
#include <string.h>

/* ---- what the run asks for ---- */

static gd_tensor *compute_loss(void *fit, gd_tape *tape, gd_tensor *logits, const gd_batch *batch)
{
    return gd__loss_compute(tape, &((const gd__fit *)fit)->loss, logits, batch);
}

static gd_status compute_score(void *context, const gd_tensor *logits, double *score)
{
    const gd__fit *fit = context;
    const gd_target *target = &fit->model->target;
    gd_prediction prediction = {.values = gd__values_of_logits(target, logits)};
    bool ok =
        prediction.values != NULL && gd__main_score(score, target, &fit->examples, &prediction);
    gd_prediction_free(&prediction);
    return gd__status(ok);
}

static gd_run run_of(gd__fit *fit, const gd_learner *learners, int count, bool ensemble)
{
    return (gd_run){.count = count,
                    .learners = learners,
                    .ensemble = ensemble,
                    .loss = compute_loss,
                    .score = compute_score,
                    .score_name = gd_main_score_name(&fit->model->target),
                    .pool = fit->options->pool,
                    .identity = fit->identity,
                    .resume = fit->resume,
                    .context = fit};
}

/* ---- learners ---- */

static gd_learner learner_of(const gd__fold *fold)
{
    return (gd_learner){
        .train = fold->train_batch, .valid = fold->valid_batch, .encoder = fold->encoder};
}

/* The networks with their initial weights, which are drawn from one stream. Dropout then draws from
 * a stream for each. */
static bool build(gd__training *t, const gd__fold *folds, bool ensemble)
{
    gd_rng rng = {.key = t->recipe.seed};
    for (int k = 0; k < t->networks; ++k) {
        char name[16];
        gd_architecture own = t->recipe.architecture;
        t->learners[k] = learner_of(&folds[ensemble ? 0 : k]);
        own.inputs = t->learners[k].train.x->shape[1];
        snprintf(name, sizeof name, "%d", k);
        t->parameters[k] = gd_parameters_create();
        if (t->parameters[k] == NULL)
            return false;
        gd_rng *stream = gd_parameters_rng(t->parameters[k]);
        *stream = rng;
        t->learners[k].module = gd_architecture_build(&own, t->parameters[k], name);
        if (t->learners[k].module == NULL)
            return false;
        rng = *stream;
        stream->key += (uint64_t)k;
    }
    return true;
}

static void copy_weights(gd_parameters *to, const gd_parameters *from)
{
    int count = gd_parameters_count(from);
    for (int i = 0; count == gd_parameters_count(to) && i < count; ++i)
        gd_tensor_copy(gd_parameters_at(to, i), gd_parameters_at(from, i));
}

bool gd__checkpoint_path(char path[GD__PATH], const gd__fit *fit, const char *stage)
{
    const char *folder = fit->options->checkpoint;
    return snprintf(path, GD__PATH, "%s/%s.safetensors", folder, stage) < GD__PATH ||
           gd__fail_false(GD_ERROR_ARGUMENT, ".checkpoint: the path is too long: %.80s..", folder);
}

bool gd__training_create(gd__training *t, gd__fit *fit, const gd_recipe *recipe,
                         const gd__fold *folds, int count, bool ensemble, const gd__training *start)
{
    bool saved = fit->options->checkpoint != NULL;
    int networks = ensemble ? recipe->members : count;
    *t = (gd__training){.recipe = *recipe, .networks = networks};
    t->learners = gd__zeros((size_t)networks, sizeof *t->learners);
    t->parameters =
        t->learners != NULL ? gd__zeros((size_t)networks, sizeof(gd_parameters *)) : NULL;
    if (t->parameters == NULL || !build(t, folds, ensemble) ||
        (saved && !gd__checkpoint_path(t->path, fit, recipe->name)))
        return false;
    t->run = run_of(fit, t->learners, networks, ensemble);
    t->run.checkpoint = saved ? t->path : NULL;
    for (int k = 0; start != NULL && k < networks; ++k)
        copy_weights(t->parameters[k], start->parameters[k]);
    return true;
}

void gd__training_free(gd__training *t)
{
    size_t networks = (size_t)t->networks;
    for (size_t k = 0; t->parameters != NULL && k < networks; ++k)
        gd_parameters_destroy(t->parameters[k]);
    gd_free(t->parameters, networks * sizeof(gd_parameters *));
    gd_free(t->learners, networks * sizeof *t->learners);
    *t = (gd__training){.networks = 0};
}

/* Without checkpoints runs may end in any order. */
void gd__training_ended(gd__fit *fit, const gd_run_result *result)
{
    if (fit->options->checkpoint != NULL)
        fit->resume &= result->resumed == result->epochs;
}

bool gd__fit_run_lanes(gd__fit *fit, gd__lane *lanes, int count, int networks, int *failed)
{
    const gd_fit_options *o = fit->options;
    gd__lanes all = {.lanes = lanes,
                     .count = count,
                     .widest = count * networks,
                     .pool = o->pool,
                     .one_by_one = o->checkpoint != NULL,
                     .watch = o->watch,
                     .context = o->context,
                     .stopped = fit->stopped};
    bool ok = gd__run_lanes(&all);
    fit->stopped = all.stopped;
    *failed = all.failed;
    return ok;
}

bool gd__logits_loss(double *loss, gd__fit *fit, const gd_tensor *logits)
{
    size_t size = (size_t)fit->count * sizeof(gd_learner);
    gd_learner *learners = gd__zeros(size, 1);
    gd_tape *tape = learners != NULL ? gd_tape_create() : NULL;
    for (int k = 0; tape != NULL && k < fit->count; ++k)
        learners[k] = learner_of(&fit->folds[k]);
    gd_run run = run_of(fit, learners, fit->count, false);
    bool ok = tape != NULL && gd__validation_loss(loss, tape, &run, logits);
    gd_tape_destroy(tape);
    gd_free(learners, size);
    return ok;
}
