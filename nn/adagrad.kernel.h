/* Part of nn/kernels.c: the loop of adagrad.c, which has the formulas. */

static void adagrad(int64_t n, void *parameters, const void *gradients, void *sums, double rate_,
                    double decay_, double eps_)
{
    real *restrict x = parameters, *restrict s = sums;
    const real *restrict g = gradients;
    real rate = (real)rate_, decay = (real)decay_, eps = (real)eps_;
    for (int64_t i = 0; i < n; ++i) {
        real slope = g[i] + decay * x[i];
        s[i] += slope * slope;
        x[i] -= rate * slope / (R(sqrt)(s[i]) + eps);
    }
}
