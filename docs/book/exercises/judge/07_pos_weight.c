#include "docs/book/exercises/judge/judge.h"

#include <math.h>

gd_tensor *weighted_bce(gd_tape *tape, gd_tensor *z, gd_tensor *y, double w);

static gd_tensor *yours(gd_tape *tape, gd_tensor *const *inputs, int n, void *w)
{
    (void)n;
    return weighted_bce(tape, inputs[0], inputs[1], *(double *)w);
}

static double softplus(double z)
{
    return fmax(z, 0) + log1p(exp(-fabs(z)));
}

static void reference(gd_tensor *const *inputs, void *w_pointer, double *loss)
{
    const double *z = inputs[0]->data, *y = inputs[1]->data, w = *(double *)w_pointer;
    int64_t count = inputs[0]->shape[0];
    *loss = 0;
    for (int64_t i = 0; i < count; ++i)
        *loss += (w * y[i] * softplus(-z[i]) + (1 - y[i]) * softplus(z[i])) / (double)count;
}

static void judge_pos_weight(gd_rng *rng)
{
    for (int i = 0; i < 4; ++i) {
        double w = judge_uniform(rng, 1.5, 4), far = i < 2 ? 2 : 60;
        int64_t count = 6;
        gd_tensor *z = judge_draw(rng, -far, far, GD_DIMS(count));
        gd_tensor *y = gd_tensor_create(GD_F64, GD_DIMS(count));
        for (int64_t k = 0; k < count; ++k)
            ((double *)y->data)[k] = (double)(k % 2);
        if (i >= 2) { /* both far ends, with both truths */
            const double ends[] = {-45, -45, 45, 45};
            for (int k = 0; k < 4; ++k)
                ((double *)z->data)[k] = ends[k];
        }
        judge_case("w = %.3f, logits up to %g", w, far);
        judged j = {.yours = yours,
                    .reference = reference,
                    .context = &w,
                    .inputs = {z, y},
                    .names = {"z"},
                    .n = 2};
        judge_function(&j, rng);
    }
}

const exercise the_exercise = {
    .judge = judge_pos_weight,
    .hint =
        "Two terms, one for each side, each a product: y times softplus(-z), and (1 - y) times\n"
        "softplus(z). Only the first is multiplied by w. If the cases with logits up to 60 are\n"
        "wrong and the others right, you took the logarithm of a sigmoid.",
    .learnt =
        "w stands at the term of y = 1 alone. For a yes the gradient is w (s(z) - 1), for a no it\n"
        "is s(z), as without w. A yes counts like w of them: use it where they are rare. And you\n"
        "have written a loss that is right at z = 45, since it never made a probability.",
};
