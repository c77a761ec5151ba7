#include "docs/book/exercises/judge/judge.h"

#include <math.h>

gd_tensor *smoothed(gd_tape *tape, gd_tensor *x, gd_tensor *y, double e);

static gd_tensor *yours(gd_tape *tape, gd_tensor *const *inputs, int n, void *e)
{
    (void)n;
    return smoothed(tape, inputs[0], inputs[1], *(double *)e);
}

static void reference(gd_tensor *const *inputs, void *e_pointer, double *loss)
{
    const double *x = inputs[0]->data, e = *(double *)e_pointer;
    const int64_t *y = inputs[1]->data, rows = inputs[0]->shape[0], classes = inputs[0]->shape[1];
    *loss = 0;
    for (int64_t i = 0; i < rows; ++i) {
        const double *row = x + i * classes;
        double most = row[0], sum = 0;
        for (int64_t c = 0; c < classes; ++c)
            most = fmax(most, row[c]);
        for (int64_t c = 0; c < classes; ++c)
            sum += exp(row[c] - most);
        for (int64_t c = 0; c < classes; ++c) {
            double target = (y[i] == c ? 1 - e : 0) + e / (double)classes;
            *loss -= target * (row[c] - most - log(sum)) / (double)rows;
        }
    }
}

static void judge_smoothing(gd_rng *rng)
{
    for (int i = 0; i < 4; ++i) {
        double e = i == 0 ? 0 : judge_uniform(rng, 0.05, 0.5), offset = i == 3 ? 1000 : 0;
        int64_t rows = 3, classes = 4;
        gd_tensor *y = gd_tensor_create(GD_I64, GD_DIMS(rows));
        for (int64_t k = 0; k < rows; ++k)
            ((int64_t *)y->data)[k] = (int64_t)judge_uniform(rng, 0, (double)classes);
        judge_case("e = %.3f, logits around %g", e, offset);
        judged j = {.yours = yours,
                    .reference = reference,
                    .context = &e,
                    .inputs = {judge_draw(rng, offset - 2, offset + 2, GD_DIMS(rows, classes)), y},
                    .names = {"x"},
                    .n = 2};
        judge_function(&j, rng);
    }
}

const exercise the_exercise = {
    .judge = judge_smoothing,
    .hint =
        "Make the table of target probabilities first: one_hot times (1 - e), plus e / C. Then\n"
        "gd_log_softmax(tape, x, 1), a product, a sum over the classes (GD_DIMS(1)), a mean over\n"
        "the rows, and the sign. A case with logits around 1000 is NaN if you take gd_exp.",
    .learnt =
        "A target is a distribution, and a class is the special case with one 1. The derivation\n"
        "of this chapter holds for any target t: dx = p - t, if t sums to 1. With smoothing the\n"
        "gradient is 0 at p = t, where the wrong classes have e / C: the model is no longer\n"
        "driven to be infinitely sure. gd_cross_entropy has this as label_smoothing.",
};
