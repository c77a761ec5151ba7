/* Part of nn/kernels.c: the loop of adagrad.c, which has the formulas. */

static void adagrad(const gd__step *step, int64_t begin, int64_t end, double rate_, double eps_)
{
    real *restrict x = step->x, *restrict s = step->moment[0];
    const real *restrict g = step->gradient;
    real rate = (real)rate_, decay = (real)step->weight_decay, eps = (real)eps_;
    for (int64_t i = begin; i < end; ++i) {
        real slope = g[i] + decay * x[i];
        s[i] += slope * slope;
        x[i] -= rate * slope / (R(sqrt)(s[i]) + eps);
    }
}
