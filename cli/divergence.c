/* Why training diverged. */
#include "cli/cli.h"
#include "cli/run.h"

#include <gradus/data.h>

#include <inttypes.h>
#include <math.h>
#include <string.h>

/* The largest magnitude of a tensor's elements, and where it is; infinite where one is not finite. */
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
static void repeat(cli_run *run, const cli_member *member, const cli_examples *batch)
{
    gd_tape_reset(run->tape);
    gd_tape_set_anomaly_mode(run->tape, true);
    gd_tensor *logits = gd_module_forward(run->tape, member->module, batch->x);
    gd_backward(run->tape, cli_objective_loss(run->tape, run->objective, logits, batch));
}

static const double far_out = 100; /* standard deviations */

/* Says that one of a member's rows is far out; false: none is. */
static bool blame_column(const cli_run *run, int member, const gd_tensor *x)
{
    int64_t at = 0;
    double far = largest(x, &at);
    if (!(far > far_out))
        return false;
    cli_warn("likely cause: column \"%s\" has a value %.3g standard deviations from its mean; "
             "correct the value or --drop the column",
             gd_encoder_feature(run->watch->encoders[run->averaged ? 0 : member], at % x->shape[1]),
             far);
    return true;
}

int cli_explain_validation(const cli_run *run, double loss)
{
    cli_error(CLI_DIVERGED, "the validation loss is %g in epoch %" PRId64 ", stage %s", loss,
              run->epoch + 1, run->watch->stage);
    for (int k = 0; k < (run->averaged ? 1 : run->count); ++k)
        if (blame_column(run, k, run->valid[k].x) || blame_column(run, k, run->members[k].train->x))
            return CLI_DIVERGED;
    cli_warn("likely cause: the learning rate, %g, is too high; try --lr %g", run->plan->lr,
             run->plan->lr / 10);
    return CLI_DIVERGED;
}

int cli_explain_divergence(cli_run *run, int member, const cli_examples *batch, double loss)
{
    double most;
    const char *layer = largest_parameter(run->parameters, &most);
    repeat(run, &run->members[member], batch);
    cli_error(CLI_DIVERGED, "training diverged in epoch %" PRId64 ": the loss is %g",
              run->epoch + 1, loss);
    const char *first = gd_tape_status(run->tape) != GD_OK ? gd_tape_message(run->tape) : NULL;
    if (first != NULL)
        cli_warn("first non-finite value: %s", first);
    cli_warn("the largest weight is %g, in layer %s", most, layer);
    if (!blame_column(run, member, batch->x))
        cli_warn("likely cause: the learning rate, %g, is too high; try --lr %g, or --clip 1",
                 run->plan->lr, run->plan->lr / 10);
    return CLI_DIVERGED;
}
