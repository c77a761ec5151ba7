/* Judging: what networks say of the validation rows, and how good it is. */
#include "cli/model.h"
#include "cli/run.h"

#include <math.h>

/* Adds factor times the members' logits to rows from `row` on. */
static void add_logits(gd_tensor *all, int64_t row, const gd_tensor *logits, double factor)
{
    float *to = (float *)all->data + row * all->shape[1];
    for (int64_t i = 0; i < gd_tensor_numel(logits); ++i)
        to[i] += (float)(factor * (double)((const float *)logits->data)[i]);
}

gd_tensor *cli_judged_logits(cli_run *r)
{
    gd_tensor *all = gd_tensor_create(GD_F32, 2, r->best_logits->shape);
    int64_t row = 0;
    for (int k = 0; all != NULL && k < r->count; ++k) {
        gd_tensor *logits =
            cli_logits(r->tape, r->members[k].module, r->valid[r->averaged ? 0 : k].x);
        if (logits == NULL) {
            gd_tensor_destroy(all);
            return NULL;
        }
        add_logits(all, row, logits, r->averaged ? 1.0 / r->count : 1);
        row += r->averaged ? 0 : logits->shape[0];
        gd_tensor_destroy(logits);
    }
    return all;
}

double cli_pairs_loss(gd_tape *tape, const cli_objective *objective, const cli_examples *valid,
                      int count, const gd_tensor *logits)
{
    double sum = 0;
    int64_t row = 0;
    bool recording = gd_tape_set_recording(tape, false);
    gd_tape_reset(tape);
    for (int k = 0; k < count; ++k) {
        int64_t rows = valid[k].x->shape[0];
        gd_tensor part = gd_tensor_slice(logits, 0, row, row + rows, 1);
        gd_tensor *loss = cli_objective_loss(tape, objective, &part, &valid[k]);
        sum += loss != NULL ? gd_item(loss) * (double)rows : (double)NAN;
        row += rows;
    }
    gd_tape_set_recording(tape, recording);
    return sum / (double)row;
}

double cli_judged_score(const cli_run *r, const gd_tensor *logits)
{
    cli_prediction prediction = {.values = cli_values_of_logits(r->target, logits)};
    double score = prediction.values != NULL
                       ? cli_main_score(r->target, r->valid_truth, &prediction)
                       : (double)NAN;
    gd_tensor_destroy(prediction.values);
    return score;
}
