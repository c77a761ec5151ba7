#include "docs/book/exercises/judge/judge.h"

#include <math.h>

gd_tensor *masked_mean(gd_tape *tape, gd_tensor *x, gd_tensor *mask);

static gd_tensor *yours(gd_tape *tape, gd_tensor *const *inputs, int n, void *context)
{
    (void)n, (void)context;
    return masked_mean(tape, inputs[0], inputs[1]);
}

static void reference(gd_tensor *const *inputs, void *context, double *mean)
{
    (void)context;
    const double *x = inputs[0]->data;
    const uint8_t *mask = inputs[1]->data;
    double sum = 0, count = 0;
    for (int64_t i = 0; i < gd_tensor_numel(inputs[0]); ++i)
        if (mask[i]) {
            sum += x[i];
            ++count;
        }
    *mean = sum / count;
}

static void judge_masked_mean(gd_rng *rng)
{
    for (int i = 0; i < 4; ++i) {
        int64_t rows = 2, columns = 4;
        gd_tensor *x = judge_draw(rng, 0.5, 3, GD_DIMS(rows, columns));
        gd_tensor *mask = gd_tensor_create(GD_BOOL, GD_DIMS(rows, columns));
        for (int64_t k = 0; k < rows * columns; ++k) {
            uint8_t keep = k == 0 || (k > 1 && judge_uniform(rng, 0, 1) < 0.5);
            ((uint8_t *)mask->data)[k] = keep;
            if (!keep && i >= 2)
                ((double *)x->data)[k] = NAN;
        }
        judge_case(i < 2 ? "padding holds numbers" : "padding holds NaN");
        judged j = {
            .yours = yours, .reference = reference, .inputs = {x, mask}, .names = {"x"}, .n = 2};
        judge_function(&j, rng);
    }
}

const exercise the_exercise = {
    .judge = judge_masked_mean,
    .hint =
        "gd_masked_fill puts its value where its mask is true, and you want to replace what does\n"
        "not count: give it the opposite of the mask. The denominator is the number of true ones,\n"
        "which is the sum of the mask as floats. A product of NaN and 0 is NaN.",
    .learnt =
        "Two things make a masked mean: what does not count is replaced before anything is\n"
        "computed with it, and the sum is divided by the number of what counts. Its gradient is\n"
        "1 / count there and exactly 0 elsewhere. gd_masked_select with gd_mean does the same, "
        "and\n"
        "so does the option mask of every loss.",
};
