/* The validation rows of a run: their logits and their loss. */
#include "fit/model/network.h"
#include "fit/run/run.h"

/* Adds factor times the logits to rows from `row` on. */
static void add_logits(gd_tensor *all, int64_t row, const gd_tensor *logits, double factor)
{
    float *to = (float *)all->data + row * (gd_tensor_numel(logits) / logits->shape[0]);
    for (int64_t i = 0; i < gd_tensor_numel(logits); ++i)
        to[i] += (float)(factor * (double)((const float *)logits->data)[i]);
}

static gd_tensor *checked_logits(gd_tape *tape, gd_module *module, const gd_tensor *x)
{
    gd_tensor *logits = gd__logits(tape, module, x);
    if (logits == NULL || logits->dtype == GD_F32)
        return logits;
    gd_tensor_destroy(logits);
    gd_fail(GD_ERROR_DTYPE, "run: the logits of a module must be float32");
    return NULL;
}

gd_tensor *gd__create_validation_logits(gd_tape *tape, const gd_run *run)
{
    int64_t rows = 0;
    for (int k = 0; k < gd__validated(run); ++k)
        rows += run->learners[k].valid.x->shape[0];
    gd_tensor one = gd_tensor_slice(run->learners[0].valid.x, 0, 0, 1, 1);
    gd_tensor *logits = checked_logits(tape, run->learners[0].module, &one);
    gd_tensor *all = logits != NULL ? gd__create_rows_like(logits, rows) : NULL;
    gd_tensor_destroy(logits);
    return all;
}

gd_tensor *gd__learner_logits(gd_tape *tape, const gd_run *run, int k)
{
    const gd_tensor *x = run->learners[run->ensemble ? 0 : k].valid.x;
    return checked_logits(tape, run->learners[k].module, x);
}

void gd__join_logits(gd_tensor *all, const gd_run *run, const gd__stream *streams)
{
    int64_t row = 0;
    gd_tensor_fill(all, 0);
    for (int k = 0; k < run->count; ++k) {
        add_logits(all, row, streams[k].logits, run->ensemble ? 1.0 / run->count : 1);
        row += run->ensemble ? 0 : streams[k].logits->shape[0];
    }
}

bool gd__validation_loss(double *loss, gd_tape *tape, const gd_run *run, const gd_tensor *logits)
{
    double sum = 0;
    int64_t row = 0;
    bool recording = gd_tape_set_recording(tape, false);
    gd_tape_reset(tape);
    for (int k = 0; k < gd__validated(run); ++k) {
        const gd_batch *valid = &run->learners[k].valid;
        int64_t rows = valid->x->shape[0];
        gd_tensor part = gd_tensor_slice(logits, 0, row, row + rows, 1);
        gd_tensor *mean = run->loss(run->context, tape, &part, valid);
        sum += mean != NULL ? gd_item(mean) * (double)rows : 0;
        row += rows;
    }
    gd_tape_set_recording(tape, recording);
    *loss = sum / (double)row;
    return gd_tape_status(tape) == GD_OK || gd__tape_failure(tape);
}
