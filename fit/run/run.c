/* The training loop. */
#include "fit/run/run.h"

#include <math.h>
#include <string.h>

/* ---- batches and losses ---- */

/* The next batch of learner k; false: its epoch has ended. */
static bool next_batch(gd__run_state *s, int k)
{
    gd_tensor *tensors[4];
    gd__stream *stream = &s->streams[k];
    const gd_batch *all = &s->run->learners[k].train;
    int masks = all->mask != NULL;
    stream->at_end = stream->at_end || !gd_loader_next(stream->loader, tensors);
    if (!stream->at_end)
        stream->batch = (gd_batch){.x = tensors[0],
                                   .y = tensors[1],
                                   .mask = masks ? tensors[2] : NULL,
                                   .weights = all->weights != NULL ? tensors[2 + masks] : NULL};
    return !stream->at_end;
}

static gd_tensor *batch_loss(gd__run_state *s, int k)
{
    const gd_batch *batch = &s->streams[k].batch;
    gd_tensor *logits = gd_module_forward(s->tape, s->run->learners[k].module, batch->x);
    return logits != NULL ? s->run->loss(s->run->context, s->tape, logits, batch) : NULL;
}

/* Takes the error of the tape for the message, if there is one. */
static bool fail_tape(const gd__run_state *s)
{
    return gd_tape_status(s->tape) != GD_OK && gd__tape_failure(s->tape);
}

/* Learners are independent: the gradient of the sum of their losses is that of each. *any: there
 * was a batch left. */
static bool step(gd__run_state *s, bool *any)
{
    gd_tensor *sum = NULL;
    gd_tape_reset(s->tape);
    gd_optimizer_zero_grad(s->optimizer);
    for (int k = 0; k < s->run->count; ++k) {
        if (!next_batch(s, k))
            continue;
        gd_tensor *loss = batch_loss(s, k);
        if (loss == NULL && gd_tape_status(s->tape) == GD_OK)
            return gd__fail_false(GD_ERROR_ARGUMENT,
                                  "run: the module or the loss returned NULL without an error");
        if (loss == NULL)
            return fail_tape(s);
        double value = gd_item(loss);
        if (!isfinite(value))
            return gd__explain_divergence(s, k, value);
        int64_t rows = s->streams[k].batch.x->shape[0];
        s->loss_sum += value * (double)rows;
        s->rows_seen += rows;
        sum = sum != NULL ? gd_add(s->tape, sum, loss) : loss;
    }
    *any = sum != NULL;
    if (sum == NULL)
        return true;
    if (gd_backward(s->tape, sum) != GD_OK)
        return fail_tape(s);
    if (s->recipe->clip > 0)
        gd_clip_grad_norm(s->run->parameters, s->recipe->clip, NULL);
    gd_schedule_step(&s->schedule, s->optimizer);
    gd_optimizer_step(s->optimizer);
    return true;
}

/* ---- all rows at once: L-BFGS ---- */

/* decay / 2 |W|^2 of all weights. */
static gd_tensor *penalty(gd__run_state *s)
{
    gd_tensor *sum = gd_scalar(s->tape, 0, GD_F32);
    for (int i = 0; i < gd_parameters_count(s->run->parameters); ++i) {
        gd_tensor *w = gd_parameters_at(s->run->parameters, i);
        if (w->ndim == 2)
            sum = gd_add(s->tape, sum, gd_sum(s->tape, gd_mul(s->tape, w, w), GD_ALL_DIMS, false));
    }
    return gd_mul(s->tape, sum, gd_scalar(s->tape, s->recipe->weight_decay / 2, GD_F32));
}

typedef struct whole {
    gd__run_state *state;
    double loss;    /* without the penalty */
    int not_finite; /* the learner whose loss is not finite; 0 if all are */
} whole;

static gd_status whole_loss(void *context, double *value)
{
    whole *w = context;
    gd__run_state *s = w->state;
    gd_tensor *sum = NULL;
    gd_tape_reset(s->tape);
    gd_optimizer_zero_grad(s->optimizer);
    for (int k = 0; k < s->run->count; ++k) {
        gd_tensor *loss = batch_loss(s, k);
        if (loss != NULL && !isfinite(gd_item(loss)))
            w->not_finite = k;
        sum = sum != NULL ? gd_add(s->tape, sum, loss) : loss;
    }
    gd_tensor *total = gd_add(s->tape, sum, penalty(s));
    gd_status status = gd_backward(s->tape, total);
    *value = status == GD_OK ? gd_item(total) : (double)NAN;
    w->loss = status == GD_OK ? gd_item(sum) / s->run->count : (double)NAN;
    return status;
}

static bool lbfgs_epoch(gd__run_state *s)
{
    double total;
    for (int k = 0; k < s->run->count; ++k)
        next_batch(s, k);
    whole w = {.state = s};
    gd_status status = gd_lbfgs_step(s->optimizer, whole_loss, &w);
    if (status == GD_OK)
        status = whole_loss(&w, &total);
    if (status == GD_ERROR_VALUE || (status == GD_OK && !isfinite(w.loss)))
        return gd__explain_divergence(s, w.not_finite, w.loss);
    if (status != GD_OK)
        return fail_tape(s);
    int64_t rows = s->streams[0].batch.x->shape[0];
    s->loss_sum += w.loss * (double)rows;
    s->rows_seen += rows;
    for (int k = 0; k < s->run->count; ++k) /* the loaders, too, come to the end of the epoch */
        next_batch(s, k);
    return true;
}

/* ---- an epoch ---- */

static bool after_step(gd__run_state *s)
{
    gd__run_tell(s, &(gd_fit_event){.epoch = 0}, GD_FIT_STEP);
    return !s->stopped || gd__fail_false(GD_STOPPED, "training was stopped");
}

static bool run_epoch(gd__run_state *s)
{
    for (int k = 0; k < s->run->count; ++k) { /* a resumed run may be in the middle of an epoch */
        const int64_t *position = gd_loader_state(s->streams[k].loader)->data;
        s->streams[k].at_end = position[0] > s->epoch;
    }
    if (strcmp(s->recipe->optim, "lbfgs") == 0 && !s->streams[0].at_end)
        return lbfgs_epoch(s) && after_step(s);
    for (bool any = true; any;)
        if (!step(s, &any) || (any && !after_step(s)))
            return false;
    return true;
}

/* Copies the weights to `best`, or back. */
static void keep_weights(gd__run_state *s, bool back)
{
    for (int i = 0; i < s->best_count; ++i) {
        gd_tensor *x = gd_parameters_at(s->run->parameters, i);
        gd_tensor_copy(back ? x : s->best[i], back ? s->best[i] : x);
    }
}

static bool validate(gd__run_state *s, const gd_tensor *logits, gd_fit_event *event)
{
    if (!gd__validation_loss(&event->valid_loss, s->tape, s->run, logits))
        return false;
    if (!isfinite(event->valid_loss))
        return gd__explain_validation(s, event->valid_loss);
    return s->run->score == NULL || s->run->score(s->run->context, logits, &event->score) == GD_OK;
}

/* The weights are the best so far. */
static void keep_best(gd__run_state *s, const gd_fit_event *event, const gd_tensor *logits)
{
    s->best_loss = event->valid_loss;
    s->best_train_loss = event->train_loss;
    s->best_epoch = s->epoch;
    keep_weights(s, false);
    if (logits != NULL)
        gd_tensor_copy(s->best_logits, logits);
}

/* Computes the losses of the epoch. Without validation the latest weights are the best. */
static bool end_epoch(gd__run_state *s, gd_fit_event *event)
{
    bool validated = s->best_logits != NULL;
    gd_tensor *logits = validated ? gd__validation_logits(s->tape, s->run) : NULL;
    event->train_loss = s->loss_sum / (double)s->rows_seen;
    event->valid_loss = event->score = NAN;
    bool ok = !validated || (logits != NULL && validate(s, logits, event));
    if (ok) {
        event->epoch = ++s->epoch;
        gd_schedule_report(&s->schedule, validated ? event->valid_loss : event->train_loss);
        event->learning_rate = gd_optimizer_learning_rate(s->optimizer);
        s->loss_sum = 0;
        s->rows_seen = 0;
    }
    if (ok && (!validated || event->valid_loss < s->best_loss))
        keep_best(s, event, logits);
    gd_tensor_destroy(logits);
    return ok;
}

/* ---- the run ---- */

static int64_t last_epoch(const gd_recipe *recipe)
{
    return recipe->last_epoch > 0 ? recipe->last_epoch : recipe->epochs;
}

static bool stops_early(const gd__run_state *s)
{
    int64_t patience = s->recipe->patience;
    return s->best_logits != NULL && patience > 0 && s->epoch - s->best_epoch >= patience;
}

static bool is_done(const gd__run_state *s)
{
    return s->epoch >= last_epoch(s->recipe) || stops_early(s);
}

static void write_result(gd__run_state *s, gd_run_result *result)
{
    result->epochs = s->epoch;
    result->best_epoch = s->best_epoch;
    result->train_loss = s->best_train_loss;
    result->valid_loss = s->best_logits != NULL ? s->best_loss : (double)NAN;
    result->logits = s->best_logits;
    s->best_logits = NULL;
}

/* GD_STOPPED: the checkpoint has the latest weights. */
static gd_status train_epochs(gd__run_state *s, gd_fit_event *event)
{
    bool ok = true;
    while (ok && !is_done(s)) {
        ok = run_epoch(s) && end_epoch(s, event);
        if (ok)
            gd__run_tell(s, event, GD_FIT_EPOCH);
        ok = ok && gd__checkpoint_save(s, is_done(s));
    }
    bool stopped = !ok && gd_message_status() == GD_STOPPED;
    return stopped && gd__checkpoint_save(s, true) ? GD_STOPPED : gd__status(ok);
}

static gd_status train(gd__run_state *s, gd_run_result *result)
{
    gd_fit_event event = {.epochs = last_epoch(s->recipe),
                          .score_name = s->run->score_name,
                          .tape = s->tape,
                          .parameters = s->run->parameters};
    gd__run_tell(s, &event, GD_FIT_BEGIN);
    s->saved = gd__seconds();
    gd_status status = gd__status(gd__checkpoint_load(s));
    result->resumed = s->epoch;
    gd_parameters_set_training(s->run->parameters, true);
    if (status == GD_OK)
        status = train_epochs(s, &event);
    gd_parameters_set_training(s->run->parameters, false);
    bool trained = status == GD_OK || status == GD_STOPPED;
    if (s->best_epoch > 0 && trained)
        keep_weights(s, true);
    event.epoch = s->epoch;
    event.patience = stops_early(s) ? s->recipe->patience : 0;
    gd__run_tell(s, &event, GD_FIT_END);
    if (trained)
        write_result(s, result);
    return status == GD_STOPPED ? gd_fail(GD_STOPPED, "training was stopped") : status;
}

static bool check(const gd_run *run, const gd_recipe *recipe)
{
    if (run == NULL || recipe == NULL || run->parameters == NULL || run->learners == NULL ||
        run->count < 1 || run->loss == NULL)
        return gd__fail_false(GD_ERROR_ARGUMENT,
                              "run: a recipe, parameters, at least one learner and a loss are "
                              "needed");
    if (recipe->name == NULL || recipe->optim == NULL || recipe->schedule == NULL ||
        recipe->epochs < 1)
        return gd__fail_false(GD_ERROR_ARGUMENT,
                              "run: the recipe is incomplete; gd_recipe_init fills it in");
    for (int k = 0; k < run->count; ++k) {
        const gd_learner *l = &run->learners[k];
        if (l->module == NULL || l->train.x == NULL || l->train.y == NULL)
            return gd__fail_false(GD_ERROR_ARGUMENT,
                                  "run: learner %d has no module or no training rows", k);
        if (l->module->parameters != run->parameters)
            return gd__fail_false(GD_ERROR_ARGUMENT,
                                  "run: the module of learner %d belongs to other parameters", k);
        if ((l->valid.x == NULL) != (l->valid.y == NULL) ||
            (l->valid.y == NULL) == gd__is_validated(run))
            return gd__fail_false(
                GD_ERROR_ARGUMENT,
                "run: learner %d: either all learners have validation rows, or none", k);
    }
    return true;
}

gd_status gd_run_train(const gd_run *run, const gd_recipe *recipe, gd_run_result *result)
{
    gd__run_state state;
    *result = (gd_run_result){.epochs = 0};
    if (!check(run, recipe))
        return gd_message_status();
    gd_status status = gd__status(gd__run_create(&state, run, recipe));
    if (status == GD_OK)
        status = train(&state, result);
    gd__run_destroy(&state);
    return status;
}

void gd_run_result_free(gd_run_result *result)
{
    gd_tensor_destroy(result->logits);
    *result = (gd_run_result){.epochs = 0};
}
