/* Creating a run: its trainers, each with optimiser, schedule, loaders and copies of the best
 * weights. */
#include "fit/run/run.h"

#include <math.h>
#include <string.h>

/* ---- optimiser and schedule by name ---- */

static bool is(const char *name, const char *other)
{
    return strcmp(name, other) == 0;
}

static gd_optimizer *create_by_name(gd_parameters *parameters, const gd_recipe *p, gd_pool *pool)
{
    gd_optional rate = GD_SOME(p->lr);
    gd_adam_options adam = {
        .learning_rate = rate, .weight_decay = GD_SOME(p->weight_decay), .pool = pool};
    gd_sgd_options sgd = {.learning_rate = rate, .weight_decay = p->weight_decay, .pool = pool};
    if (is(p->optim, "adam"))
        return gd_adam_create(parameters, &adam);
    if (is(p->optim, "adamw"))
        return gd_adamw_create(parameters, &adam);
    if (is(p->optim, "rmsprop"))
        return gd_rmsprop_create(parameters, &(gd_rmsprop_options){.learning_rate = rate,
                                                                   .weight_decay = p->weight_decay,
                                                                   .pool = pool});
    if (is(p->optim, "adagrad"))
        return gd_adagrad_create(parameters, &(gd_adagrad_options){.learning_rate = rate,
                                                                   .weight_decay = p->weight_decay,
                                                                   .pool = pool});
    if (is(p->optim, "lbfgs"))
        return gd_lbfgs_create(parameters, &(gd_lbfgs_options){.learning_rate = rate,
                                                               .history_size = 10,
                                                               .tolerance_grad = GD_SOME(5e-4),
                                                               .tolerance_change = GD_SOME(1e-7)});
    sgd.momentum = is(p->optim, "momentum") ? 0.9 : 0;
    return gd_sgd_create(parameters, &sgd);
}

static gd_schedule create_schedule(const gd_recipe *p, int64_t batches)
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

/* Weight decay is for weights, not for biases: these follow the frequencies of the classes. */
static gd_optimizer *create_optimizer(gd_parameters *parameters, const gd_recipe *recipe,
                                      gd_pool *pool)
{
    gd_optimizer *optimizer = create_by_name(parameters, recipe, pool);
    if (optimizer != NULL && !is(recipe->optim, "lbfgs"))
        gd_optimizer_set_group(optimizer, "*.bias",
                               &(gd_group_options){.weight_decay = GD_SOME(0)});
    return optimizer;
}

/* ---- loaders ---- */

static gd_loader *create_loader(const gd_batch *rows, const gd_recipe *recipe, int index)
{
    const gd_tensor *tensors[4] = {rows->x, rows->y};
    int count = 2;
    if (rows->mask != NULL)
        tensors[count++] = rows->mask;
    if (rows->weights != NULL)
        tensors[count++] = rows->weights;
    bool whole = is(recipe->optim, "lbfgs");
    return gd_loader_create(
        count, tensors,
        &(gd_loader_options){.batch_size = whole ? rows->x->shape[0] : recipe->batch,
                             .shuffle = !whole,
                             .seed = recipe->seed + (uint64_t)index});
}

/* The loaders of a trainer's learners; the most batches that one of them has in an epoch, or 0 and
 * a message. */
static int64_t create_loaders(gd__run_state *s, const gd__trainer *t)
{
    int64_t most = 0;
    for (int k = t->first; k < t->first + t->count; ++k) {
        gd_loader *loader = create_loader(&s->run->learners[k].train, s->recipe, k);
        if (loader == NULL)
            return 0;
        s->streams[k].loader = loader;
        int64_t batches = gd_loader_batches(loader);
        most = batches > most ? batches : most;
    }
    return most;
}

/* ---- trainers ---- */

/* Learners `first` and following. */
static bool create_trainer(gd__run_state *s, gd__trainer *t, int first, int count)
{
    const gd_run *run = s->run;
    t->first = first;
    t->count = count;
    t->parameters =
        run->parameters != NULL ? run->parameters : run->learners[first].module->parameters;
    int64_t batches = create_loaders(s, t);
    t->tape = batches > 0 ? gd_tape_create() : NULL;
    gd_tape_set_pool(t->tape, run->pool);
    t->optimizer = t->tape != NULL ? create_optimizer(t->parameters, s->recipe, run->pool) : NULL;
    t->best_count = gd_parameters_count(t->parameters);
    t->best = t->optimizer != NULL ? gd__zeros((size_t)t->best_count, sizeof *t->best) : NULL;
    bool ok = t->best != NULL;
    for (int i = 0; ok && i < t->best_count; ++i)
        ok = (t->best[i] = gd_tensor_create_copy(gd_parameters_at(t->parameters, i))) != NULL;
    if (ok)
        t->schedule = create_schedule(s->recipe, batches);
    t->loss_view = ok ? gd_tensor_create_borrowed(GD_F64, &t->loss_sum, GD_DIMS(1)) : NULL;
    return t->loss_view != NULL;
}

static void free_trainer(gd__trainer *t)
{
    for (int i = 0; t->best != NULL && i < t->best_count; ++i)
        gd_tensor_destroy(t->best[i]);
    gd_free(t->best, (size_t)t->best_count * sizeof *t->best);
    gd_tensor_destroy(t->loss_view);
    gd_optimizer_destroy(t->optimizer);
    gd_tape_destroy(t->tape);
}

/* ---- a run's life ---- */

static bool check_parameters(const gd_run *run, int k)
{
    const gd_parameters *own = run->learners[k].module->parameters;
    if (run->parameters != NULL && own != run->parameters)
        return gd__fail_false(GD_ERROR_ARGUMENT,
                              "run: the module of learner %d belongs to other parameters", k);
    for (int i = 0; run->parameters == NULL && i < k; ++i)
        if (run->learners[i].module->parameters == own)
            return gd__fail_false(GD_ERROR_ARGUMENT,
                                  "run: learners %d and %d share parameters, which .parameters "
                                  "must name",
                                  i, k);
    return true;
}

static bool check_learner(const gd_run *run, int k)
{
    const gd_learner *l = &run->learners[k];
    if (l->module == NULL || l->train.x == NULL || l->train.y == NULL)
        return gd__fail_false(GD_ERROR_ARGUMENT,
                              "run: learner %d has no module or no training rows", k);
    if ((l->valid.x == NULL) != (l->valid.y == NULL) ||
        (l->valid.y == NULL) == gd__is_validated(run))
        return gd__fail_false(GD_ERROR_ARGUMENT,
                              "run: learner %d: either all learners have validation rows, or none",
                              k);
    return check_parameters(run, k);
}

bool gd__run_check(const gd_run *run, const gd_recipe *recipe)
{
    if (run == NULL || recipe == NULL || run->learners == NULL || run->count < 1 ||
        run->loss == NULL)
        return gd__fail_false(GD_ERROR_ARGUMENT,
                              "run: a recipe, at least one learner and a loss are needed");
    if (recipe->name == NULL || recipe->optim == NULL || recipe->schedule == NULL ||
        recipe->epochs < 1)
        return gd__fail_false(GD_ERROR_ARGUMENT,
                              "run: the recipe is incomplete; gd_recipe_init fills it in");
    for (int k = 0; k < run->count; ++k)
        if (!check_learner(run, k))
            return false;
    return true;
}

bool gd__run_create(gd__run_state *s, const gd_run *run, const gd_recipe *recipe)
{
    bool shared = run->parameters != NULL;
    *s = (gd__run_state){
        .run = run, .recipe = recipe, .count = shared ? 1 : run->count, .best_loss = INFINITY};
    double *const numbers[GD__RUN_NUMBERS] = {&s->best_loss, &s->best_train_loss};
    s->streams = gd__zeros((size_t)run->count, sizeof *s->streams);
    s->trainers = s->streams != NULL ? gd__zeros((size_t)s->count, sizeof *s->trainers) : NULL;
    bool ok = s->trainers != NULL;
    for (int i = 0; ok && i < s->count; ++i)
        ok = create_trainer(s, &s->trainers[i], i, shared ? run->count : 1);
    for (int i = 0; ok && i < GD__RUN_NUMBERS; ++i)
        ok = (s->numbers[i] = gd_tensor_create_borrowed(GD_F64, numbers[i], GD_DIMS(1))) != NULL;
    if (ok && gd__is_validated(run))
        ok = (s->best_logits = gd__create_validation_logits(s->trainers->tape, run)) != NULL;
    return ok;
}

void gd__run_destroy(gd__run_state *s)
{
    gd_state_dict_destroy(s->checkpoint);
    for (int i = 0; i < GD__RUN_NUMBERS; ++i)
        gd_tensor_destroy(s->numbers[i]);
    gd_tensor_destroy(s->best_logits);
    for (int i = 0; s->trainers != NULL && i < s->count; ++i)
        free_trainer(&s->trainers[i]);
    gd_free(s->trainers, (size_t)s->count * sizeof *s->trainers);
    for (int k = 0; s->streams != NULL && k < s->run->count; ++k) {
        gd_loader_destroy(s->streams[k].loader);
        gd_tensor_destroy(s->streams[k].logits);
    }
    gd_free(s->streams, (size_t)s->run->count * sizeof *s->streams);
    *s = (gd__run_state){.run = NULL};
}

void gd_run_result_free(gd_run_result *result)
{
    gd_tensor_destroy(result->logits);
    *result = (gd_run_result){.epochs = 0};
}
