/* The training loop. */
#include "fit/run.h"

#include <math.h>
#include <string.h>

/* ---- one batch of each member ---- */

static gd__batch unpack(const gd__member *member, gd_tensor *const *batch)
{
    int masks = member->pair->train_batch.mask != NULL;
    return (gd__batch){.x = batch[0],
                       .y = batch[1],
                       .mask = masks ? batch[2] : NULL,
                       .weights =
                           member->pair->train_batch.weights != NULL ? batch[2 + masks] : NULL};
}

static int64_t loader_epoch(const gd__member *member)
{
    return ((const int64_t *)gd_loader_state(member->loader)->data)[0];
}

/* The next batch of a member; false: its epoch has ended. */
static bool next_batch(gd__member *member, gd__batch *batch)
{
    gd_tensor *tensors[4];
    if (member->at_end || !gd_loader_next(member->loader, tensors)) {
        member->at_end = true;
        return false;
    }
    *batch = unpack(member, tensors);
    return true;
}

static gd_tensor *member_loss(gd__run *r, const gd__member *member, const gd__batch *batch)
{
    gd_tensor *logits = gd_module_forward(r->tape, member->module, batch->x);
    return gd__objective_loss(r->tape, r->objective, logits, batch);
}

/* The tape's error, or the one of a call beside it. */
static gd_status fail_tape(const gd__run *r, gd_status status)
{
    return gd_tape_status(r->tape) != GD_OK
               ? gd__fail(gd_tape_status(r->tape), "%s", gd_tape_message(r->tape))
               : status;
}

/* Members are independent: the gradient of their losses' sum is that of each. *any: there was a
 * batch left. */
static gd_status step(gd__run *r, bool *any)
{
    gd_tensor *sum = NULL;
    gd_tape_reset(r->tape);
    gd_optimizer_zero_grad(r->optimizer);
    for (int k = 0; k < r->count; ++k) {
        gd__batch batch;
        if (!next_batch(&r->members[k], &batch))
            continue;
        gd_tensor *loss = member_loss(r, &r->members[k], &batch);
        if (loss == NULL)
            return fail_tape(r, GD_ERROR_MEMORY);
        double value = gd_item(loss);
        if (!isfinite(value))
            return gd__explain_divergence(r, k, &batch, value);
        r->loss_sum += value * (double)batch.x->shape[0];
        r->rows_seen += batch.x->shape[0];
        sum = sum != NULL ? gd_add(r->tape, sum, loss) : loss;
    }
    *any = sum != NULL;
    if (sum == NULL)
        return GD_OK;
    if (gd_backward(r->tape, sum) != GD_OK)
        return fail_tape(r, GD_ERROR_MEMORY);
    if (r->recipe->clip > 0)
        gd_clip_grad_norm(r->parameters, r->recipe->clip, NULL);
    gd_schedule_step(&r->schedule, r->optimizer);
    gd_optimizer_step(r->optimizer);
    return GD_OK;
}

/* ---- all rows at once: L-BFGS ---- */

/* decay / 2 |W|^2 for each member's weights. */
static gd_tensor *penalty(gd__run *r)
{
    gd_tensor *sum = gd_scalar(r->tape, 0, GD_F32);
    for (int i = 0; i < gd_parameters_count(r->parameters); ++i) {
        gd_tensor *w = gd_parameters_at(r->parameters, i);
        if (w->ndim == 2)
            sum = gd_add(r->tape, sum, gd_sum(r->tape, gd_mul(r->tape, w, w), GD_ALL_DIMS, false));
    }
    return gd_mul(r->tape, sum, gd_scalar(r->tape, r->recipe->weight_decay / 2, GD_F32));
}

typedef struct whole {
    gd__run *run;
    double loss;    /* without the penalty */
    int not_finite; /* the member whose loss is not; 0 where all are */
} whole;

static gd_status whole_loss(void *context, double *value)
{
    whole *w = context;
    gd__run *r = w->run;
    gd_tensor *sum = NULL;
    gd_tape_reset(r->tape);
    gd_optimizer_zero_grad(r->optimizer);
    for (int k = 0; k < r->count; ++k) {
        gd_tensor *loss = member_loss(r, &r->members[k], &r->batches[k]);
        if (loss != NULL && !isfinite(gd_item(loss)))
            w->not_finite = k;
        sum = sum != NULL ? gd_add(r->tape, sum, loss) : loss;
    }
    gd_tensor *total = gd_add(r->tape, sum, penalty(r));
    gd_status status = gd_backward(r->tape, total);
    *value = status == GD_OK ? gd_item(total) : (double)NAN;
    w->loss = status == GD_OK ? gd_item(sum) / r->count : (double)NAN;
    return status;
}

static gd_status lbfgs_epoch(gd__run *r)
{
    gd__batch *batches = r->batches;
    double total;
    for (int k = 0; k < r->count; ++k)
        next_batch(&r->members[k], &batches[k]);
    whole w = {.run = r};
    gd_status status = gd_lbfgs_step(r->optimizer, whole_loss, &w);
    if (status == GD_OK)
        status = whole_loss(&w, &total);
    if (status == GD_ERROR_VALUE || (status == GD_OK && !isfinite(w.loss)))
        return gd__explain_divergence(r, w.not_finite, &batches[w.not_finite], w.loss);
    if (status != GD_OK)
        return fail_tape(r, status);
    r->loss_sum += w.loss * (double)batches[0].x->shape[0];
    r->rows_seen += batches[0].x->shape[0];
    return GD_OK;
}

/* Tells that a step is done. */
static gd_status after_step(gd__run *r)
{
    gd__notify(r->watch, &(gd_fit_event){.kind = GD_FIT_STEP, .stage = r->recipe->name});
    return r->watch->stopped ? gd__fail(GD_STOPPED, "training was stopped") : GD_OK;
}

static gd_status run_epoch(gd__run *r)
{
    bool whole_at_once = strcmp(r->recipe->optim, "lbfgs") == 0;
    for (int k = 0; k < r->count; ++k) /* a resumed run may be in the middle of an epoch */
        r->members[k].at_end = loader_epoch(&r->members[k]) > r->epoch;
    if (whole_at_once && !r->members[0].at_end) {
        gd_status status = lbfgs_epoch(r);
        for (int k = 0; k < r->count; ++k) {
            gd__batch none;
            next_batch(&r->members[k], &none);
        }
        return status == GD_OK ? after_step(r) : status;
    }
    for (bool any = true; any;) {
        gd_status status = step(r, &any);
        if (status == GD_OK && any)
            status = after_step(r);
        if (status != GD_OK)
            return status;
    }
    return GD_OK;
}

/* ---- after an epoch ---- */

/* Copies the weights to `best`, or back. */
static void keep_weights(gd__run *r, bool back)
{
    for (int i = 0; i < r->best_count; ++i) {
        gd_tensor *x = gd_parameters_at(r->parameters, i);
        gd_tensor_copy(back ? x : r->best[i], back ? r->best[i] : x);
    }
}

static int64_t last_epoch(const gd__run *r)
{
    return r->recipe->last_epoch > 0 ? r->recipe->last_epoch : r->recipe->epochs;
}

/* The validation rows' loss and score, by the logits. */
static gd_status judge(gd__run *r, const gd_tensor *logits, gd_fit_event *event)
{
    gd_status status = gd__pairs_loss(r->tape, r->objective, r->pairs, gd__run_pairs(r), logits,
                                      &event->valid_loss);
    if (status == GD_OK && !isfinite(event->valid_loss))
        return gd__explain_validation(r, event->valid_loss);
    return status == GD_OK ? gd__judged_score(r, logits, &event->score) : status;
}

/* The losses of the epoch; `event` tells them. */
static gd_status end_epoch(gd__run *r, gd_fit_event *event)
{
    gd_tensor *logits = r->best_logits != NULL ? gd__judged_logits(r) : NULL;
    gd_status status = GD_OK;
    event->train_loss = r->loss_sum / (double)r->rows_seen;
    event->valid_loss = event->score = NAN;
    if (r->best_logits != NULL)
        status = logits != NULL ? judge(r, logits, event) : gd_message_status();
    if (status != GD_OK) {
        gd_tensor_destroy(logits);
        return status;
    }
    event->epoch = ++r->epoch;
    gd_schedule_report(&r->schedule, logits != NULL ? event->valid_loss : event->train_loss);
    if (logits == NULL || event->valid_loss < r->best_loss) {
        r->best_loss = event->valid_loss;
        r->best_train_loss = event->train_loss;
        r->best_epoch = r->epoch;
        keep_weights(r, false);
        if (logits != NULL)
            gd_tensor_copy(r->best_logits, logits);
    }
    gd_tensor_destroy(logits);
    r->loss_sum = 0;
    r->rows_seen = 0;
    event->learning_rate = gd_optimizer_learning_rate(r->optimizer);
    return GD_OK;
}

static bool lost_patience(const gd__run *r)
{
    int64_t patience = r->recipe->patience;
    return r->best_logits != NULL && patience > 0 && r->epoch - r->best_epoch >= patience;
}

static bool is_done(const gd__run *r)
{
    return r->epoch >= last_epoch(r) || lost_patience(r);
}

static void tell(gd__run *run, gd_fit_event *event, gd_fit_kind kind)
{
    event->kind = kind;
    gd__notify(run->watch, event);
}

gd_status gd__run_train(gd__run *run)
{
    gd_fit_event event = {.stage = run->recipe->name,
                          .epochs = last_epoch(run),
                          .score_name = gd_main_score_name(run->target)};
    tell(run, &event, GD_FIT_BEGIN);
    run->saved = gd__seconds();
    gd_status status = gd__checkpoint_load(run);
    run->watch->resume &= is_done(run);
    gd_parameters_set_training(run->parameters, true);
    while (status == GD_OK && !is_done(run)) {
        status = run_epoch(run);
        if (status == GD_OK && (status = end_epoch(run, &event)) == GD_OK)
            tell(run, &event, GD_FIT_EPOCH);
        if (status == GD_OK)
            status = gd__checkpoint_save(run, is_done(run));
    }
    gd_parameters_set_training(run->parameters, false);
    if (status == GD_STOPPED && gd__checkpoint_save(run, true) != GD_OK)
        status = gd_message_status();
    if (run->best_epoch > 0 && (status == GD_OK || status == GD_STOPPED))
        keep_weights(run, true);
    event.epoch = run->epoch;
    event.patience = lost_patience(run) ? run->recipe->patience : 0;
    tell(run, &event, GD_FIT_END);
    return status;
}
