/* Judging: what networks say of the validation rows, and how good it is. */
#include "fit/run.h"

#include <math.h>

/* Adds factor times the members' logits to rows from `row` on. */
static void add_logits(gd_tensor *all, int64_t row, const gd_tensor *logits, double factor)
{
    float *to = (float *)all->data + row * all->shape[1];
    for (int64_t i = 0; i < gd_tensor_numel(logits); ++i)
        to[i] += (float)(factor * (double)((const float *)logits->data)[i]);
}

gd_tensor *gd__judged_logits(gd__run *r)
{
    gd_tensor *all = gd_tensor_create(GD_F32, 2, r->best_logits->shape);
    int64_t row = 0;
    for (int k = 0; all != NULL && k < r->count; ++k) {
        gd_tensor *logits =
            gd__logits(r->tape, r->members[k].module, r->members[k].pair->valid_batch.x);
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

gd_status gd__pairs_loss(gd_tape *tape, const gd__objective *objective, const gd__pair *pairs,
                         int count, const gd_tensor *logits, double *loss)
{
    double sum = 0;
    int64_t row = 0;
    bool recording = gd_tape_set_recording(tape, false);
    gd_tape_reset(tape);
    for (int k = 0; k < count; ++k) {
        int64_t rows = pairs[k].valid_batch.x->shape[0];
        gd_tensor part = gd_tensor_slice(logits, 0, row, row + rows, 1);
        gd_tensor *mean = gd__objective_loss(tape, objective, &part, &pairs[k].valid_batch);
        sum += mean != NULL ? gd_item(mean) * (double)rows : 0;
        row += rows;
    }
    gd_tape_set_recording(tape, recording);
    *loss = sum / (double)row;
    return gd_tape_status(tape) == GD_OK
               ? GD_OK
               : gd__fail(gd_tape_status(tape), "%s", gd_tape_message(tape));
}

gd_status gd__judged_score(const gd__run *r, const gd_tensor *logits, double *score)
{
    gd_prediction prediction = {.values = gd__values_of_logits(r->target, logits)};
    gd_status status = prediction.values != NULL
                           ? gd__main_score(score, r->target, r->judged, &prediction)
                           : gd_message_status();
    gd_prediction_free(&prediction);
    return status;
}
