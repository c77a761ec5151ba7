/* Creating a run: optimiser, schedule, loaders, and copies of the best weights. */
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

/* Each learner's loader; the most batches that one of them has in an epoch, or 0 and a message. */
static int64_t create_streams(gd__run_state *s)
{
    int64_t most = 0;
    s->streams = gd__zeros((size_t)s->run->count, sizeof *s->streams);
    for (int k = 0; s->streams != NULL && k < s->run->count; ++k) {
        gd_loader *loader = create_loader(&s->run->learners[k].train, s->recipe, k);
        if (loader == NULL)
            return 0;
        s->streams[k].loader = loader;
        int64_t batches = gd_loader_batches(loader);
        most = batches > most ? batches : most;
    }
    return most;
}

/* ---- a run's life ---- */

bool gd__run_create(gd__run_state *s, const gd_run *run, const gd_recipe *recipe)
{
    *s = (gd__run_state){.run = run, .recipe = recipe, .best_loss = INFINITY};
    double *const numbers[GD__RUN_NUMBERS] = {&s->loss_sum, &s->best_loss, &s->best_train_loss};
    int64_t batches = create_streams(s);
    s->tape = batches > 0 ? gd_tape_create() : NULL;
    gd_tape_set_pool(s->tape, run->pool);
    s->optimizer = s->tape != NULL ? create_optimizer(run->parameters, recipe, run->pool) : NULL;
    s->best_count = gd_parameters_count(run->parameters);
    s->best = s->optimizer != NULL ? gd__zeros((size_t)s->best_count, sizeof *s->best) : NULL;
    bool ok = s->best != NULL;
    for (int i = 0; ok && i < s->best_count; ++i)
        ok = (s->best[i] = gd_tensor_create_copy(gd_parameters_at(run->parameters, i))) != NULL;
    for (int i = 0; ok && i < GD__RUN_NUMBERS; ++i)
        ok = (s->numbers[i] = gd_tensor_create_borrowed(GD_F64, numbers[i], GD_DIMS(1))) != NULL;
    if (ok && gd__is_validated(run))
        ok = (s->best_logits = gd__validation_logits(s->tape, run)) != NULL;
    if (ok)
        s->schedule = create_schedule(recipe, batches);
    return ok;
}

void gd__run_destroy(gd__run_state *s)
{
    gd_state_dict_destroy(s->checkpoint);
    for (int i = 0; i < GD__RUN_NUMBERS; ++i)
        gd_tensor_destroy(s->numbers[i]);
    for (int i = 0; s->best != NULL && i < s->best_count; ++i)
        gd_tensor_destroy(s->best[i]);
    gd_free(s->best, (size_t)s->best_count * sizeof *s->best);
    gd_tensor_destroy(s->best_logits);
    for (int k = 0; s->streams != NULL && k < s->run->count; ++k)
        gd_loader_destroy(s->streams[k].loader);
    gd_free(s->streams, (size_t)s->run->count * sizeof *s->streams);
    gd_optimizer_destroy(s->optimizer);
    gd_tape_destroy(s->tape);
}

/* The callback may call the library: the message of a failure is restored. */
void gd__run_tell(gd__run_state *s, gd_fit_event *event, gd_fit_kind kind)
{
    char message[1024];
    gd_status before = gd_message_status();
    if (s->run->watch == NULL)
        return;
    snprintf(message, sizeof message, "%s", gd_message());
    event->kind = kind;
    event->stage = s->recipe->name;
    s->stopped |= !s->run->watch(s->run->context, event);
    if (before != GD_OK)
        gd_fail(before, "%s", message);
}
