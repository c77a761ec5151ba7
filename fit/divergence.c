/* Why training diverged. */
#include "fit/run.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

/* The largest magnitude of a tensor's elements, and where it is; infinite where one is not
 * finite. */
static double largest(const gd_tensor *x, int64_t *at)
{
    const float *values = x->data;
    double most = -1;
    for (int64_t i = 0; i < gd_tensor_numel(x); ++i) {
        double magnitude = isfinite(values[i]) ? fabs((double)values[i]) : (double)INFINITY;
        if (magnitude > most) {
            most = magnitude;
            *at = i;
        }
    }
    return most;
}

static const char *largest_parameter(const gd_parameters *parameters, double *most)
{
    const char *name = "";
    *most = -1;
    for (int i = 0; i < gd_parameters_count(parameters); ++i) {
        int64_t at;
        double magnitude = largest(gd_parameters_at(parameters, i), &at);
        if (magnitude > *most) {
            *most = magnitude;
            name = gd_parameters_name(parameters, i);
        }
    }
    return name;
}

/* The step once more, so that anomaly mode names the op. */
static void repeat(gd__run *run, const gd__member *member, const gd__batch *batch)
{
    gd_tape_reset(run->tape);
    gd_tape_set_anomaly_mode(run->tape, true);
    gd_tensor *logits = gd_module_forward(run->tape, member->module, batch->x);
    gd_backward(run->tape, gd__objective_loss(run->tape, run->objective, logits, batch));
}

static const double far_out = 100; /* standard deviations */
enum { CAUSE = 512 };

/* Writes that a row is far out, or else that the learning rate is too high: `hint` is one more
 * thing to try. */
static void find_cause(char cause[CAUSE], const gd__run *run, const gd_encoder *encoder,
                       const gd_tensor *const x[2], const char *hint)
{
    for (int i = 0; i < 2; ++i) {
        int64_t at = 0;
        double far = x[i] != NULL ? largest(x[i], &at) : 0;
        if (far > far_out) {
            snprintf(cause, CAUSE,
                     "likely cause: column \"%s\" has a value %.3g standard deviations from its "
                     "mean; correct the value or .drop the column",
                     gd_encoder_feature(encoder, at % x[i]->shape[1]), far);
            return;
        }
    }
    if (cause[0] == '\0')
        snprintf(cause, CAUSE, "likely cause: the learning rate, %g, is too high; try .lr %g%s",
                 run->recipe->lr, run->recipe->lr / 10, hint);
}

gd_status gd__explain_validation(const gd__run *run, double loss)
{
    char cause[CAUSE] = "";
    for (int k = gd__run_pairs(run) - 1; k >= 0; --k) {
        const gd__pair *pair = &run->pairs[k];
        find_cause(cause, run, pair->encoder,
                   (const gd_tensor *const[]){pair->valid_batch.x, pair->train_batch.x}, "");
    }
    return gd__fail(GD_ERROR_DIVERGED,
                    "the validation loss is %g in epoch %" PRId64 ", stage %s; %s", loss,
                    run->epoch + 1, run->recipe->name, cause);
}

gd_status gd__explain_divergence(gd__run *run, int member, const gd__batch *batch, double loss)
{
    double most;
    char cause[CAUSE] = "";
    const char *layer = largest_parameter(run->parameters, &most);
    find_cause(cause, run, run->members[member].pair->encoder,
               (const gd_tensor *const[]){batch->x, NULL}, ", or .clip 1");
    repeat(run, &run->members[member], batch);
    bool found = gd_tape_status(run->tape) != GD_OK;
    return gd__fail(GD_ERROR_DIVERGED,
                    "training diverged in epoch %" PRId64 ": the loss is %g; %s%s%sthe largest "
                    "weight is %g, in layer %s; %s",
                    run->epoch + 1, loss, found ? "first non-finite value: " : "",
                    found ? gd_tape_message(run->tape) : "", found ? "; " : "", most, layer, cause);
}
