/* The training loop. */
#include "fit/model/network.h"
#include "fit/run/side_by_side.h"

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

static gd_tensor *batch_loss(gd__run_state *s, gd__trainer *t, int k)
{
    const gd_batch *batch = &s->streams[k].batch;
    gd_tensor *logits = gd_module_forward(t->tape, s->run->learners[k].module, batch->x);
    return logits != NULL ? s->run->loss(s->run->context, t->tape, logits, batch) : NULL;
}

/* Takes the error of the tape for the message, if there is one. */
static bool fail_tape(const gd__trainer *t)
{
    return gd_tape_status(t->tape) != GD_OK && gd__tape_failure(t->tape);
}

/* Learners are independent: the gradient of the sum of their losses is that of each. *any: there
 * was a batch left. */
static bool step(gd__run_state *s, gd__trainer *t, bool *any)
{
    gd_tensor *sum = NULL;
    gd_tape_reset(t->tape);
    gd_optimizer_zero_grad(t->optimizer);
    for (int k = t->first; k < t->first + t->count; ++k) {
        if (!next_batch(s, k))
            continue;
        gd_tensor *loss = batch_loss(s, t, k);
        if (loss == NULL && gd_tape_status(t->tape) == GD_OK)
            return gd__fail_false(GD_ERROR_ARGUMENT,
                                  "run: the module or the loss returned NULL without an error");
        if (loss == NULL)
            return fail_tape(t);
        double value = gd_item(loss);
        if (!isfinite(value))
            return gd__explain_divergence(s, t, k, value);
        int64_t rows = s->streams[k].batch.x->shape[0];
        t->loss_sum += value * (double)rows;
        t->rows_seen += rows;
        sum = sum != NULL ? gd_add(t->tape, sum, loss) : loss;
    }
    *any = sum != NULL;
    if (sum == NULL)
        return true;
    if (gd_backward(t->tape, sum) != GD_OK)
        return fail_tape(t);
    if (s->recipe->clip > 0)
        gd_clip_grad_norm(t->parameters, s->recipe->clip, NULL);
    gd_schedule_step(&t->schedule, t->optimizer);
    gd_optimizer_step(t->optimizer);
    return true;
}

/* ---- all rows at once: L-BFGS ---- */

/* decay / 2 |W|^2 of all weights. */
static gd_tensor *penalty(const gd__trainer *t, double decay)
{
    gd_tensor *sum = gd_scalar(t->tape, 0, GD_F32);
    for (int i = 0; i < gd_parameters_count(t->parameters); ++i) {
        gd_tensor *w = gd_parameters_at(t->parameters, i);
        if (w->ndim == 2)
            sum = gd_add(t->tape, sum, gd_sum(t->tape, gd_mul(t->tape, w, w), GD_ALL_DIMS, false));
    }
    return gd_mul(t->tape, sum, gd_scalar(t->tape, decay / 2, GD_F32));
}

typedef struct whole {
    gd__run_state *state;
    gd__trainer *trainer;
    double loss;    /* without the penalty */
    int not_finite; /* the learner whose loss is not finite; 0 if all are */
} whole;

static gd_status whole_loss(void *context, double *value)
{
    whole *w = context;
    gd__run_state *s = w->state;
    gd__trainer *t = w->trainer;
    gd_tensor *sum = NULL;
    gd_tape_reset(t->tape);
    gd_optimizer_zero_grad(t->optimizer);
    for (int k = t->first; k < t->first + t->count; ++k) {
        gd_tensor *loss = batch_loss(s, t, k);
        if (loss != NULL && !isfinite(gd_item(loss)))
            w->not_finite = k;
        sum = sum != NULL ? gd_add(t->tape, sum, loss) : loss;
    }
    gd_tensor *total = gd_add(t->tape, sum, penalty(t, s->recipe->weight_decay));
    gd_status status = gd_backward(t->tape, total);
    *value = status == GD_OK ? gd_item(total) : (double)NAN;
    w->loss = status == GD_OK ? gd_item(sum) / t->count : (double)NAN;
    return status;
}

static bool lbfgs_epoch(gd__run_state *s, gd__trainer *t)
{
    double total;
    for (int k = t->first; k < t->first + t->count; ++k)
        next_batch(s, k);
    whole w = {.state = s, .trainer = t};
    gd_status status = gd_lbfgs_step(t->optimizer, whole_loss, &w);
    if (status == GD_OK)
        status = whole_loss(&w, &total);
    if (status == GD_ERROR_VALUE || (status == GD_OK && !isfinite(w.loss)))
        return gd__explain_divergence(s, t, w.not_finite, w.loss);
    if (status != GD_OK)
        return fail_tape(t);
    int64_t rows = s->streams[t->first].batch.x->shape[0];
    t->loss_sum += w.loss * (double)rows;
    t->rows_seen += rows;
    for (int k = t->first; k < t->first + t->count;
         ++k) /* the loaders, too, come to the end of the epoch */
        next_batch(s, k);
    return true;
}

/* ---- how far it is ---- */

static int64_t last_epoch(const gd_recipe *recipe)
{
    return recipe->last_epoch > 0 ? recipe->last_epoch : recipe->epochs;
}

static gd_fit_event run_event(const gd__run_state *s)
{
    return (gd_fit_event){.epochs = last_epoch(s->recipe),
                          .score_name = s->run->score_name,
                          .tape = s->trainers->tape,
                          .parameters = s->trainers->parameters};
}

static bool stops_early(const gd__run_state *s)
{
    int64_t patience = s->recipe->patience;
    return s->best_logits != NULL && patience > 0 && s->epoch - s->best_epoch >= patience;
}

bool gd__run_is_done(const gd__run_state *s)
{
    return s->epoch >= last_epoch(s->recipe) || stops_early(s);
}

/* ---- an epoch ---- */

/* GD_STOPPED: training is to end. */
static bool after_step(gd__run_state *s)
{
    return gd__lane_step(s->lane) || gd__fail_false(GD_STOPPED, "training was stopped");
}

static bool train_epoch(gd__run_state *s, gd__trainer *t)
{
    for (int k = t->first; k < t->first + t->count; ++k) {
        /* a resumed run may be in the middle of an epoch */
        const int64_t *position = gd_loader_state(s->streams[k].loader)->data;
        s->streams[k].at_end = position[0] > s->epoch;
    }
    if (strcmp(s->recipe->optim, "lbfgs") == 0 && !s->streams[t->first].at_end)
        return lbfgs_epoch(s, t) && after_step(s);
    for (bool any = true; any;)
        if (!step(s, t, &any) || (any && !after_step(s)))
            return false;
    return true;
}

bool gd__run_epoch(gd__run_state *s, int trainer)
{
    gd__trainer *t = &s->trainers[trainer];
    gd_parameters_set_training(t->parameters, true); /* by this thread from now on */
    bool ok = train_epoch(s, t);
    for (int k = t->first; ok && s->best_logits != NULL && k < t->first + t->count; ++k)
        ok = (s->streams[k].logits = gd__learner_logits(t->tape, s->run, k)) != NULL;
    return ok;
}

/* Copies the weights to `best`, or back. */
static void keep_weights(gd__run_state *s, bool back)
{
    for (int k = 0; k < s->count; ++k)
        for (int i = 0; i < s->trainers[k].best_count; ++i) {
            gd_tensor *x = gd_parameters_at(s->trainers[k].parameters, i);
            gd_tensor *best = s->trainers[k].best[i];
            gd_tensor_copy(back ? x : best, back ? best : x);
        }
}

static bool validate(gd__run_state *s, const gd_tensor *logits, gd_fit_event *event)
{
    if (!gd__validation_loss(&event->valid_loss, s->trainers->tape, s->run, logits))
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

static double mean_loss(const gd__run_state *s)
{
    double sum = 0;
    int64_t rows = 0;
    for (int k = 0; k < s->count; ++k) {
        sum += s->trainers[k].loss_sum;
        rows += s->trainers[k].rows_seen;
    }
    return sum / (double)rows;
}

/* The logits of all validation rows, the caller's, from those of the streams, which are freed. */
static gd_tensor *take_logits(gd__run_state *s)
{
    gd_tensor *all = gd__create_rows_like(s->best_logits, s->best_logits->shape[0]);
    if (all != NULL)
        gd__join_logits(all, s->run, s->streams);
    for (int k = 0; k < s->run->count; ++k) {
        gd_tensor_destroy(s->streams[k].logits);
        s->streams[k].logits = NULL;
    }
    return all;
}

static void begin_next_epoch(gd__run_state *s, double loss)
{
    ++s->epoch;
    for (int k = 0; k < s->count; ++k) {
        gd__trainer *t = &s->trainers[k];
        gd_schedule_report(&t->schedule, loss);
        t->loss_sum = 0;
        t->rows_seen = 0;
    }
}

/* Computes the losses of the epoch. Without validation the latest weights are the best. */
bool gd__run_end_epoch(gd__run_state *s)
{
    bool validated = s->best_logits != NULL;
    gd_fit_event event = run_event(s);
    gd_tensor *logits = validated ? take_logits(s) : NULL;
    event.train_loss = mean_loss(s);
    event.valid_loss = event.score = NAN;
    bool ok = !validated || (logits != NULL && validate(s, logits, &event));
    if (ok) {
        begin_next_epoch(s, validated ? event.valid_loss : event.train_loss);
        event.epoch = s->epoch;
        event.learning_rate = gd_optimizer_learning_rate(s->trainers->optimizer);
    }
    if (ok && (!validated || event.valid_loss < s->best_loss))
        keep_best(s, &event, logits);
    gd_tensor_destroy(logits);
    if (ok)
        gd__lane_tell(s->lane, &event, GD_FIT_EPOCH);
    return ok && gd__checkpoint_save(s, gd__run_is_done(s));
}

/* ---- the run ---- */

bool gd__run_start(gd__run_state *s)
{
    gd_fit_event event = run_event(s);
    gd__lane_tell(s->lane, &event, GD_FIT_BEGIN);
    s->saved = gd__seconds();
    bool ok = gd__checkpoint_load(s);
    s->resumed = s->epoch;
    return ok;
}

static void write_result(gd__run_state *s, gd_run_result *result)
{
    result->epochs = s->epoch;
    result->resumed = s->resumed;
    result->best_epoch = s->best_epoch;
    result->train_loss = s->best_train_loss;
    result->valid_loss = s->best_logits != NULL ? s->best_loss : (double)NAN;
    result->logits = s->best_logits;
    s->best_logits = NULL;
}

/* After GD_STOPPED the checkpoint has the latest weights. */
gd_status gd__run_finish(gd__run_state *s, gd_status status, gd_run_result *result)
{
    gd_fit_event event = run_event(s);
    if (status == GD_STOPPED && !gd__checkpoint_save(s, true))
        status = gd_message_status();
    for (int k = 0; k < s->count; ++k)
        gd_parameters_set_training(s->trainers[k].parameters, false);
    bool trained = status == GD_OK || status == GD_STOPPED;
    if (s->best_epoch > 0 && trained)
        keep_weights(s, true);
    event.epoch = s->epoch;
    event.patience = stops_early(s) ? s->recipe->patience : 0;
    gd__lane_tell(s->lane, &event, GD_FIT_END);
    *result = (gd_run_result){.resumed = s->resumed};
    if (trained)
        write_result(s, result);
    return status == GD_STOPPED ? gd_fail(GD_STOPPED, "training was stopped") : status;
}
