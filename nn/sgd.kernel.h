/* Part of nn/kernels.c: the loop of sgd.c, which has the formulas. */

static void sgd(int64_t n, void *parameters, const void *gradients, void *velocities,
                const gd__sgd *o)
{
    real *restrict x = parameters, *restrict v = velocities;
    const real *restrict g = gradients;
    real rate = (real)o->rate, momentum = (real)o->momentum, decay = (real)o->decay;
    real share = (real)o->share, ahead = o->nesterov ? 1 : 0;
    if (v == NULL)
        for (int64_t i = 0; i < n; ++i)
            x[i] -= rate * (g[i] + decay * x[i]);
    else
        for (int64_t i = 0; i < n; ++i) {
            real slope = g[i] + decay * x[i];
            v[i] = not_subnormal(momentum * v[i] + share * slope);
            x[i] -= rate * (ahead == 0 ? v[i] : slope + momentum * v[i]);
        }
}
