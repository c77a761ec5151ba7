#include "docs/book/exercises/judge/judge.h"

gd_tensor *weighted_nll(gd_tape *tape, gd_tensor *x, gd_tensor *y, gd_tensor *w);

static gd_tensor *yours(gd_tape *tape, gd_tensor *const *inputs, int n, void *context)
{
    (void)n, (void)context;
    return weighted_nll(tape, inputs[0], inputs[1], inputs[2]);
}

static void reference(gd_tensor *const *inputs, void *context, double *loss)
{
    (void)context;
    const double *x = inputs[0]->data, *w = inputs[2]->data;
    const int64_t *y = inputs[1]->data;
    double sum = 0, total = 0;
    for (int64_t i = 0; i < inputs[0]->shape[0]; ++i) {
        sum -= w[y[i]] * x[i * inputs[0]->shape[1] + y[i]];
        total += w[y[i]];
    }
    *loss = sum / total;
}

static void judge_weighted_nll(gd_rng *rng)
{
    for (int i = 0; i < 3; ++i) {
        int64_t rows = 4 + i, classes = 3;
        gd_tensor *y = gd_tensor_create(GD_I64, GD_DIMS(rows));
        for (int64_t k = 0; k < rows; ++k)
            ((int64_t *)y->data)[k] = (int64_t)judge_uniform(rng, 0, (double)classes);
        judge_case("%d rows, 3 classes", (int)rows);
        judged j = {.yours = yours,
                    .reference = reference,
                    .inputs = {judge_draw(rng, -3, -0.1, GD_DIMS(rows, classes)), y,
                               judge_draw(rng, 0.5, 2, GD_DIMS(classes))},
                    .names = {"x", NULL, "w"},
                    .n = 3};
        judge_function(&j, rng);
    }
}

const exercise the_exercise = {
    .judge = judge_weighted_nll,
    .hint =
        "gd_mul(tape, one_hot, w) has w[y] at the right class of each row and 0 elsewhere. Times\n"
        "x and summed, that is the numerator, but for the sign. What must you sum to get w[y] of\n"
        "all rows? The number of rows is not it.",
    .learnt =
        "A weight says how many rows a row counts for, so the mean divides by the sum of the\n"
        "weights, not by the number of rows. With equal weights both are the same. Because the\n"
        "denominator depends on w, so does the gradient of w: the tape found that for you.\n"
        "gd_nll_loss has this as its option weight.",
};
