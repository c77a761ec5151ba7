/* The training loop. */
#include "cli/cli.h"
#include "cli/run.h"
#include "cli/scores.h"
#include "cli/system/signals.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- one batch of each member ---- */

static cli_examples unpack(const cli_member *member, gd_tensor *const *batch)
{
    int masks = member->train->mask != NULL;
    return (cli_examples){.x = batch[0],
                          .y = batch[1],
                          .mask = masks ? batch[2] : NULL,
                          .weights = member->train->weights != NULL ? batch[2 + masks] : NULL};
}

static int64_t loader_epoch(const cli_member *member)
{
    return ((const int64_t *)gd_loader_state(member->loader)->data)[0];
}

/* The next batch of a member; false: its epoch has ended. */
static bool next_batch(cli_member *member, cli_examples *batch)
{
    gd_tensor *tensors[4];
    if (member->at_end || !gd_loader_next(member->loader, tensors)) {
        member->at_end = true;
        return false;
    }
    *batch = unpack(member, tensors);
    return true;
}

static gd_tensor *member_loss(cli_run *r, const cli_member *member, const cli_examples *batch)
{
    gd_tensor *logits = gd_module_forward(r->tape, member->module, batch->x);
    return cli_objective_loss(r->tape, r->objective, logits, batch);
}

static int fail_tape(const cli_run *r)
{
    return cli_error(CLI_RUNTIME, "%s", gd_tape_message(r->tape));
}

/* Members are independent: the gradient of their losses' sum is that of each. *any: there was a batch left. */
static int step(cli_run *r, bool *any)
{
    gd_tensor *sum = NULL;
    gd_tape_reset(r->tape);
    gd_optimizer_zero_grad(r->optimizer);
    for (int k = 0; k < r->count; ++k) {
        cli_examples batch;
        if (!next_batch(&r->members[k], &batch))
            continue;
        gd_tensor *loss = member_loss(r, &r->members[k], &batch);
        if (loss == NULL)
            return fail_tape(r);
        double value = gd_item(loss);
        if (!isfinite(value))
            return cli_explain_divergence(r, k, &batch, value);
        r->loss_sum += value * (double)batch.x->shape[0];
        r->rows_seen += batch.x->shape[0];
        sum = sum != NULL ? gd_add(r->tape, sum, loss) : loss;
    }
    *any = sum != NULL;
    if (sum == NULL)
        return CLI_OK;
    if (gd_backward(r->tape, sum) != GD_OK)
        return fail_tape(r);
    if (r->plan->clip > 0)
        gd_clip_grad_norm(r->parameters, r->plan->clip, NULL);
    gd_schedule_step(&r->schedule, r->optimizer);
    gd_optimizer_step(r->optimizer);
    return CLI_OK;
}

/* ---- all rows at once: L-BFGS ---- */

/* decay / 2 |W|^2 for each member's weights. */
static gd_tensor *penalty(cli_run *r)
{
    gd_tensor *sum = gd_scalar(r->tape, 0, GD_F32);
    for (int i = 0; i < gd_parameters_count(r->parameters); ++i) {
        gd_tensor *w = gd_parameters_at(r->parameters, i);
        if (w->ndim == 2)
            sum = gd_add(r->tape, sum, gd_sum(r->tape, gd_mul(r->tape, w, w), GD_ALL_DIMS, false));
    }
    return gd_mul(r->tape, sum, gd_scalar(r->tape, r->plan->weight_decay / 2, GD_F32));
}

typedef struct whole {
    cli_run *run;
    double loss;    /* without the penalty */
    int not_finite; /* the member whose loss is not; 0 where all are */
} whole;

static gd_status whole_loss(void *context, double *value)
{
    whole *w = context;
    cli_run *r = w->run;
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

static int lbfgs_epoch(cli_run *r)
{
    cli_examples *batches = r->batches;
    double total;
    for (int k = 0; k < r->count; ++k)
        next_batch(&r->members[k], &batches[k]);
    whole w = {.run = r};
    gd_status status = gd_lbfgs_step(r->optimizer, whole_loss, &w);
    if (status == GD_OK)
        status = whole_loss(&w, &total);
    if (status == GD_ERROR_VALUE || (status == GD_OK && !isfinite(w.loss)))
        return cli_explain_divergence(r, w.not_finite, &batches[w.not_finite], w.loss);
    if (status != GD_OK)
        return fail_tape(r);
    r->loss_sum += w.loss * (double)batches[0].x->shape[0];
    r->rows_seen += batches[0].x->shape[0];
    return CLI_OK;
}

static int run_epoch(cli_run *r)
{
    bool whole_at_once = strcmp(r->plan->optim, "lbfgs") == 0;
    for (int k = 0; k < r->count; ++k) /* a resumed run may be in the middle of an epoch */
        r->members[k].at_end = loader_epoch(&r->members[k]) > r->epoch;
    if (whole_at_once && !r->members[0].at_end) {
        int code = lbfgs_epoch(r);
        for (int k = 0; k < r->count; ++k) {
            cli_examples none;
            next_batch(&r->members[k], &none);
        }
        return code == CLI_OK && cli_caught_signal() != 0 ? CLI_INTERRUPTED : code;
    }
    for (bool any = true; any;) {
        int code = step(r, &any);
        if (code != CLI_OK)
            return code;
        if (any && cli_caught_signal() != 0)
            return CLI_INTERRUPTED;
    }
    return CLI_OK;
}

/* ---- after an epoch ---- */

/* Copies the weights to `best`, or back. */
static void keep_weights(cli_run *r, bool back)
{
    for (int i = 0; i < gd_parameters_count(r->parameters); ++i) {
        gd_tensor *x = gd_parameters_at(r->parameters, i);
        gd_tensor_copy(back ? x : r->best[i], back ? r->best[i] : x);
    }
}

/* As a log has it: to nine digits. */
static gd__json *rounded(double value)
{
    char text[32];
    snprintf(text, sizeof text, "%.9g", value);
    return gd__json_real(strtod(text, NULL));
}

static gd__json *describe_epoch(const cli_run *r, double train_loss, double valid_loss,
                                double score, double start)
{
    gd__json *line = gd__json_object();
    gd__json_set(line, "stage", gd__json_string(r->watch->stage));
    gd__json_set(line, "epoch", gd__json_integer(r->epoch));
    gd__json_set(line, "train_loss", rounded(train_loss));
    if (!isnan(valid_loss))
        gd__json_set(line, "valid_loss", rounded(valid_loss));
    if (!isnan(score))
        gd__json_set(line, cli_main_score_name(r->target), rounded(score));
    gd__json_set(line, "learning_rate", rounded(gd_optimizer_learning_rate(r->optimizer)));
    gd__json_set(line, "seconds", rounded(cli_seconds() - start));
    return line;
}

/* Each line is written at once. */
static int write_log(const cli_run *r, double train_loss, double valid_loss, double score,
                     double start)
{
    const cli_watch *watch = r->watch;
    if (watch->log == NULL && watch->history == NULL)
        return CLI_OK;
    gd__json *line = describe_epoch(r, train_loss, valid_loss, score, start);
    char *text = gd__json_text(line, false);
    int code = text != NULL ? CLI_OK : cli_error(CLI_RUNTIME, "%s", gd_message());
    if (code == CLI_OK && watch->log != NULL) {
        fprintf(watch->log, "%s\n", text);
        if (fflush(watch->log) != 0)
            code = cli_error(CLI_RUNTIME, "%s: the log could not be written completely",
                             watch->log_path);
    }
    gd__json_text_destroy(text);
    if (watch->history != NULL)
        gd__json_append(watch->history, line);
    else
        gd__json_destroy(line);
    return code;
}

/* What the epoch has come to. */
static int end_epoch(cli_run *r, cli_progress *progress)
{
    double train_loss = r->loss_sum / (double)r->rows_seen, valid_loss = NAN, score = NAN;
    gd_tensor *logits = NULL;
    if (r->best_logits != NULL) {
        logits = cli_judged_logits(r);
        if (logits == NULL)
            return CLI_RUNTIME;
        valid_loss =
            cli_pairs_loss(r->tape, r->objective, r->valid, r->averaged ? 1 : r->count, logits);
        if (!isfinite(valid_loss)) {
            gd_tensor_destroy(logits);
            return cli_explain_validation(r, valid_loss);
        }
        score = cli_judged_score(r, logits);
    }
    ++r->epoch;
    gd_schedule_report(&r->schedule, logits != NULL ? valid_loss : train_loss);
    if (logits == NULL || valid_loss < r->best_loss) {
        r->best_loss = valid_loss;
        r->best_train_loss = train_loss;
        r->best_epoch = r->epoch;
        keep_weights(r, false);
        if (logits != NULL)
            gd_tensor_copy(r->best_logits, logits);
    }
    gd_tensor_destroy(logits);
    r->loss_sum = 0;
    r->rows_seen = 0;
    cli_progress_epoch(progress, r->epoch, train_loss, valid_loss, score);
    return write_log(r, train_loss, valid_loss, score, progress->start);
}

static bool lost_patience(const cli_run *r)
{
    int64_t patience = r->plan->patience;
    return r->best_logits != NULL && patience > 0 && r->epoch - r->best_epoch >= patience;
}

static int64_t last_epoch(const cli_run *r)
{
    return r->plan->last_epoch > 0 ? r->plan->last_epoch : r->plan->epochs;
}

static bool is_done(const cli_run *r)
{
    return r->epoch >= last_epoch(r) || lost_patience(r);
}

int cli_run_train(cli_run *run, const cli_watch *watch)
{
    cli_progress progress;
    run->watch = watch;
    cli_progress_begin(&progress, watch->progress, watch->stage, last_epoch(run),
                       cli_main_score_name(run->target));
    run->saved = progress.start;
    int code = cli_checkpoint_load(run);
    *watch->resume &= is_done(run);
    gd_parameters_set_training(run->parameters, true);
    while (code == CLI_OK && !is_done(run)) {
        code = run_epoch(run);
        if (code == CLI_OK)
            code = end_epoch(run, &progress);
        if (code == CLI_OK)
            code = cli_checkpoint_save(run, is_done(run));
    }
    gd_parameters_set_training(run->parameters, false);
    if (code == CLI_INTERRUPTED && cli_checkpoint_save(run, true) != CLI_OK)
        code = CLI_RUNTIME;
    if (run->best_epoch > 0 && (code == CLI_OK || code == CLI_INTERRUPTED))
        keep_weights(run, true);
    cli_progress_end(&progress, run->epoch, lost_patience(run) ? run->plan->patience : 0);
    return code;
}
