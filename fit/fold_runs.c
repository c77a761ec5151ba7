/* One recipe on the folds of a fit: the run. */
#include "fit/fit_state.h"
#include "fit/run/run.h"

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

static bool tell(void *context, const gd_fit_event *event)
{
    gd__fit *fit = context;
    const gd_fit_options *o = fit->options;
    if (o->watch != NULL && !o->watch(o->context, event))
        fit->stopped = true;
    return !fit->stopped;
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
                    .watch = tell,
                    .context = fit};
}

/* ---- learners ---- */

static gd_learner learner_of(const gd__fold *fold)
{
    return (gd_learner){
        .train = fold->train_batch, .valid = fold->valid_batch, .encoder = fold->encoder};
}

/* The networks with their initial weights. */
static bool build(gd_learner *learners, int count, const gd__fold *folds, bool ensemble,
                  const gd_recipe *recipe, gd_parameters *parameters)
{
    *gd_parameters_rng(parameters) = (gd_rng){.key = recipe->seed};
    for (int k = 0; k < count; ++k) {
        char name[16];
        gd_architecture own = recipe->architecture;
        learners[k] = learner_of(&folds[ensemble ? 0 : k]);
        own.inputs = learners[k].train.x->shape[1];
        snprintf(name, sizeof name, "%d", k);
        learners[k].module = gd_architecture_build(&own, parameters, name);
        if (learners[k].module == NULL)
            return false;
    }
    return true;
}

static void copy_weights(gd_parameters *to, const gd_parameters *from)
{
    int count = from != NULL ? gd_parameters_count(from) : 0;
    for (int i = 0; count == gd_parameters_count(to) && i < count; ++i)
        gd_tensor_copy(gd_parameters_at(to, i), gd_parameters_at(from, i));
}

bool gd__checkpoint_path(char path[GD__PATH], const gd__fit *fit, const char *stage)
{
    const char *folder = fit->options->checkpoint;
    return snprintf(path, GD__PATH, "%s/%s.safetensors", folder, stage) < GD__PATH ||
           gd__fail_false(GD_ERROR_ARGUMENT, ".checkpoint: the path is too long: %.80s..", folder);
}

bool gd__recipe_train(gd__fit *fit, const gd_recipe *recipe, const gd__fold *folds, int count,
                      bool ensemble, const gd_parameters *start, gd_parameters **parameters,
                      gd_run_result *result)
{
    char path[GD__PATH];
    bool saved = fit->options->checkpoint != NULL;
    int networks = ensemble ? recipe->members : count;
    size_t size = (size_t)networks * sizeof(gd_learner);
    *result = (gd_run_result){.epochs = 0};
    *parameters = gd_parameters_create();
    gd_learner *learners = *parameters != NULL ? gd__zeros(size, 1) : NULL;
    bool ok = learners != NULL && (!saved || gd__checkpoint_path(path, fit, recipe->name)) &&
              build(learners, networks, folds, ensemble, recipe, *parameters);
    if (ok) {
        gd_run run = run_of(fit, learners, networks, ensemble);
        run.parameters = *parameters;
        run.checkpoint = saved ? path : NULL;
        copy_weights(*parameters, start);
        ok = gd_run_train(&run, recipe, result) == GD_OK;
        fit->resume &= result->resumed == result->epochs;
    }
    gd_free(learners, size);
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
