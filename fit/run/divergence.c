/* The likely cause of a loss that is not finite. */
#include "fit/run/run.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

/* The largest magnitude in x, and its position; infinite if an element is not finite. */
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
        if (gd_parameters_at(parameters, i)->dtype != GD_F32)
            continue;
        double magnitude = largest(gd_parameters_at(parameters, i), &at);
        if (magnitude > *most) {
            *most = magnitude;
            name = gd_parameters_name(parameters, i);
        }
    }
    return name;
}

/* Repeats the step in anomaly mode, which names the op. */
static void repeat(gd__run_state *s, gd__trainer *t, int learner)
{
    const gd_batch *batch = &s->streams[learner].batch;
    gd_tape_reset(t->tape);
    gd_tape_set_anomaly_mode(t->tape, true);
    gd_tensor *logits = gd_module_forward(t->tape, s->run->learners[learner].module, batch->x);
    gd_backward(t->tape, s->run->loss(s->run->context, t->tape, logits, batch));
}

static const double far_out = 100; /* standard deviations */
enum { CAUSE = 512 };

/* Names a value of x that is far from the others as the cause; false: there is none. */
static bool find_outlier(char cause[CAUSE], const gd_learner *learner, const gd_tensor *x)
{
    char number[32];
    int64_t at = 0;
    double far = x != NULL && x->dtype == GD_F32 ? largest(x, &at) : 0;
    if (!(far > far_out))
        return false;
    int64_t feature = at % (x->ndim > 1 ? gd_tensor_numel(x) / x->shape[0] : 1);
    snprintf(number, sizeof number, "%" PRId64, feature);
    snprintf(cause, CAUSE,
             "likely cause: column \"%s\" has a value %.3g standard deviations from its mean; "
             "correct the value or .drop the column",
             learner->encoder != NULL ? gd_encoder_feature(learner->encoder, feature) : number,
             far);
    return true;
}

/* Names the learning rate as the cause; `hint`: something else to try. */
static void blame_rate(char cause[CAUSE], const gd_recipe *recipe, const char *hint)
{
    snprintf(cause, CAUSE, "likely cause: the learning rate, %g, is too high; try .lr %g%s",
             recipe->lr, recipe->lr / 10, hint);
}

bool gd__explain_validation(const gd__run_state *s, double loss)
{
    char cause[CAUSE];
    bool found = false;
    for (int k = 0; !found && k < gd__validated(s->run); ++k) {
        const gd_learner *learner = &s->run->learners[k];
        found = find_outlier(cause, learner, learner->valid.x) ||
                find_outlier(cause, learner, learner->train.x);
    }
    if (!found)
        blame_rate(cause, s->recipe, "");
    return gd__fail_false(GD_ERROR_DIVERGED,
                          "the validation loss is %g in epoch %" PRId64 ", stage %s; %s", loss,
                          s->epoch + 1, s->recipe->name, cause);
}

bool gd__explain_divergence(gd__run_state *s, gd__trainer *t, int learner, double loss)
{
    double most;
    char cause[CAUSE];
    const char *layer = largest_parameter(t->parameters, &most);
    if (!find_outlier(cause, &s->run->learners[learner], s->streams[learner].batch.x))
        blame_rate(cause, s->recipe, ", or .clip 1");
    repeat(s, t, learner);
    bool found = gd_tape_status(t->tape) != GD_OK;
    return gd__fail_false(
        GD_ERROR_DIVERGED,
        "training diverged in epoch %" PRId64 ": the loss is %g; %s%s%sthe largest "
        "weight is %g, in layer %s; %s",
        s->epoch + 1, loss, found ? "first non-finite value: " : "",
        found ? gd_tape_message(t->tape) : "", found ? "; " : "", most, layer, cause);
}
