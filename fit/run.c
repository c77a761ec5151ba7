/* Making a run. */
#include "fit/run.h"

#include <math.h>
#include <string.h>

/* ---- optimiser and schedule by their names ---- */

static bool is(const char *name, const char *other)
{
    return strcmp(name, other) == 0;
}

static gd_optimizer *create_by_name(gd_parameters *parameters, const gd__recipe *p)
{
    gd_optional rate = GD_SOME(p->lr);
    gd_adam_options adam = {.learning_rate = rate, .weight_decay = GD_SOME(p->weight_decay)};
    gd_sgd_options sgd = {.learning_rate = rate, .weight_decay = p->weight_decay};
    if (is(p->optim, "adam"))
        return gd_adam_create(parameters, &adam);
    if (is(p->optim, "adamw"))
        return gd_adamw_create(parameters, &adam);
    if (is(p->optim, "rmsprop"))
        return gd_rmsprop_create(
            parameters,
            &(gd_rmsprop_options){.learning_rate = rate, .weight_decay = p->weight_decay});
    if (is(p->optim, "adagrad"))
        return gd_adagrad_create(
            parameters,
            &(gd_adagrad_options){.learning_rate = rate, .weight_decay = p->weight_decay});
    if (is(p->optim, "lbfgs"))
        return gd_lbfgs_create(parameters, &(gd_lbfgs_options){.learning_rate = rate,
                                                               .history_size = 10,
                                                               .tolerance_grad = GD_SOME(5e-4),
                                                               .tolerance_change = GD_SOME(1e-7)});
    sgd.momentum = is(p->optim, "momentum") ? 0.9 : 0;
    return gd_sgd_create(parameters, &sgd);
}

static gd_schedule create_schedule(const gd__recipe *p, int64_t batches)
{
    int64_t steps = p->epochs * batches;
    gd_schedule s = {.kind = GD_SCHEDULE_CONSTANT, .learning_rate = p->lr, .steps = steps};
    if (is(p->schedule, "step")) {
        s.kind = GD_SCHEDULE_STEP;
        s.steps = steps / 3 > 0 ? steps / 3 : 1;
    } else if (is(p->schedule, "cosine")) {
        s.kind = GD_SCHEDULE_COSINE;
    } else if (is(p->schedule, "one-cycle")) {
        s.kind = GD_SCHEDULE_ONE_CYCLE;
        s.rise = GD_SOME(0.2);
    } else if (is(p->schedule, "plateau")) {
        s.kind = GD_SCHEDULE_REDUCE_ON_PLATEAU;
        s.patience = GD_SOME(5);
    } else if (is(p->schedule, "warmup")) {
        s.warmup_steps = steps / 10;
    }
    return s;
}

/* Biases are not pulled towards 0: how often a class is seen is not a matter of weights. */
static gd_optimizer *create_optimizer(gd_parameters *parameters, const gd__recipe *recipe)
{
    gd_optimizer *optimizer = create_by_name(parameters, recipe);
    if (optimizer != NULL && !is(recipe->optim, "lbfgs"))
        gd_optimizer_set_group(optimizer, "*.bias",
                               &(gd_group_options){.weight_decay = GD_SOME(0)});
    return optimizer;
}

/* ---- members ---- */

static bool create_loader(gd__member *member, const gd__recipe *recipe, int index)
{
    const gd__batch *e = &member->pair->train_batch;
    const gd_tensor *tensors[4] = {e->x, e->y};
    int count = 2;
    if (e->mask != NULL)
        tensors[count++] = e->mask;
    if (e->weights != NULL)
        tensors[count++] = e->weights;
    bool whole = is(recipe->optim, "lbfgs");
    member->loader =
        gd_loader_create(count, tensors,
                         &(gd_loader_options){.batch_size = whole ? e->x->shape[0] : recipe->batch,
                                              .shuffle = !whole,
                                              .seed = recipe->seed + (uint64_t)index});
    return member->loader != NULL;
}

static bool create_members(gd__run *r)
{
    r->members = gd__zeros((size_t)r->count, sizeof *r->members);
    r->batches = gd__zeros((size_t)r->count, sizeof *r->batches);
    r->parameters = gd_parameters_create();
    if (r->members == NULL || r->batches == NULL || r->parameters == NULL)
        return false;
    *gd_parameters_rng(r->parameters) = (gd_rng){.key = r->recipe->seed};
    for (int k = 0; k < r->count; ++k) {
        char name[16];
        gd__member *member = &r->members[k];
        gd__architecture own = r->recipe->architecture;
        member->pair = &r->pairs[r->averaged ? 0 : k];
        own.inputs = member->pair->train_batch.x->shape[1];
        snprintf(name, sizeof name, "%d", k);
        member->module = gd__architecture_build(&own, r->parameters, name);
        if (member->module == NULL || !create_loader(member, r->recipe, k))
            return false;
    }
    return true;
}

/* ---- a run's life ---- */

static int64_t batches_of(const gd__run *r)
{
    int64_t most = 0;
    for (int k = 0; k < r->count; ++k) {
        int64_t batches = gd_loader_batches(r->members[k].loader);
        most = batches > most ? batches : most;
    }
    return most;
}

static bool create_rest(gd__run *r)
{
    double *const numbers[GD__RUN_NUMBERS] = {&r->loss_sum, &r->best_loss, &r->best_train_loss};
    r->tape = gd_tape_create();
    r->optimizer = create_optimizer(r->parameters, r->recipe);
    r->best_count = gd_parameters_count(r->parameters);
    r->best = gd__zeros((size_t)r->best_count, sizeof *r->best);
    bool ok = r->tape != NULL && r->optimizer != NULL && r->best != NULL;
    for (int i = 0; ok && i < r->best_count; ++i)
        ok = (r->best[i] = gd_tensor_create_copy(gd_parameters_at(r->parameters, i))) != NULL;
    for (int i = 0; ok && i < GD__RUN_NUMBERS; ++i)
        ok = (r->numbers[i] = gd_tensor_create_borrowed(GD_F64, numbers[i], GD_DIMS(1))) != NULL;
    if (ok && r->judged != NULL) {
        r->best_logits =
            gd_tensor_create(GD_F32, GD_DIMS(gd__examples_rows(r->judged), r->objective->outputs));
        ok = r->best_logits != NULL;
    }
    if (ok)
        r->schedule = create_schedule(r->recipe, batches_of(r));
    return ok;
}

gd_status gd__run_create(gd__run *run, gd__watch *watch, const gd_target *target,
                         const gd__objective *objective, const gd__recipe *recipe, int count,
                         bool averaged, const gd__pair *pairs, const gd_examples *judged)
{
    *run = (gd__run){.target = target,
                     .objective = objective,
                     .recipe = recipe,
                     .watch = watch,
                     .count = count,
                     .pairs = pairs,
                     .averaged = averaged,
                     .judged = judged,
                     .best_loss = INFINITY};
    return create_members(run) && create_rest(run) ? GD_OK : gd_message_status();
}

void gd__run_start_from(gd__run *run, const gd_parameters *earlier)
{
    int count = gd_parameters_count(run->parameters);
    for (int i = 0; gd_parameters_count(earlier) == count && i < count; ++i)
        gd_tensor_copy(gd_parameters_at(run->parameters, i), gd_parameters_at(earlier, i));
}

void gd__run_destroy(gd__run *run)
{
    gd_state_dict_destroy(run->state);
    for (int i = 0; i < GD__RUN_NUMBERS; ++i)
        gd_tensor_destroy(run->numbers[i]);
    for (int i = 0; run->best != NULL && i < run->best_count; ++i)
        gd_tensor_destroy(run->best[i]);
    gd__free(run->best, (size_t)run->best_count * sizeof *run->best);
    gd_tensor_destroy(run->best_logits);
    for (int k = 0; run->members != NULL && k < run->count; ++k)
        gd_loader_destroy(run->members[k].loader);
    gd__free(run->members, (size_t)run->count * sizeof *run->members);
    gd__free(run->batches, (size_t)run->count * sizeof *run->batches);
    gd_optimizer_destroy(run->optimizer);
    gd_tape_destroy(run->tape);
    gd_parameters_destroy(run->parameters);
    *run = (gd__run){.count = 0};
}
