/* Part of kernels.c: one step of each optimiser, whose formulas are in nn/. */

/* Moments fade away by a factor a step, and subnormal numbers are slow: they end as 0. */
static inline real not_subnormal(real x)
{
#if GD__REAL_IS_DOUBLE
    const real least = 0x1p-1022;
#else
    const real least = 0x1p-126f;
#endif
    return R(fabs)(x) < least ? 0 : x;
}

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

static void adam(int64_t n, void *parameters, const void *gradients, void *first, void *second,
                 const gd__adam *o)
{
    real *restrict x = parameters, *restrict m = first, *restrict v = second;
    const real *restrict g = gradients;
    real keep1 = (real)o->beta1, keep2 = (real)o->beta2, take1 = (real)(1 - o->beta1);
    real take2 = (real)(1 - o->beta2), rate = (real)o->rate, root = (real)o->root;
    real eps = (real)o->eps, decay = (real)o->decay, shrink = (real)o->shrink;
    for (int64_t i = 0; i < n; ++i) {
        real slope = g[i] + decay * x[i];
        m[i] = not_subnormal(keep1 * m[i] + take1 * slope);
        v[i] = not_subnormal(keep2 * v[i] + take2 * slope * slope);
        x[i] = shrink * x[i] - rate * (m[i] / (R(sqrt)(v[i]) / root + eps));
    }
}

/* Inlined for each of the moments that are kept or not (NULL), as loops that ask do not vectorise. */
static inline __attribute__((always_inline)) void rmsprop_with(int64_t n, void *parameters,
                                                               const void *gradients, void *squares,
                                                               void *means, void *velocities,
                                                               const gd__rmsprop *o)
{
    real *restrict x = parameters, *restrict s = squares, *restrict a = means,
                   *restrict v = velocities;
    const real *restrict g = gradients;
    real keep = (real)o->alpha, take = (real)(1 - o->alpha), rate = (real)o->rate;
    real eps = (real)o->eps, momentum = (real)o->momentum, decay = (real)o->decay;
    for (int64_t i = 0; i < n; ++i) {
        real slope = g[i] + decay * x[i];
        if (a == NULL) {
            s[i] = not_subnormal(keep * s[i] + take * slope * slope);
        } else {
            real distance = slope - a[i];
            s[i] = not_subnormal(keep * (s[i] + take * distance * distance));
            a[i] = not_subnormal(a[i] + take * distance);
        }
        real change = slope / (R(sqrt)(s[i]) + eps);
        if (v != NULL)
            change = v[i] = not_subnormal(momentum * v[i] + change);
        x[i] -= rate * change;
    }
}

static void rmsprop(int64_t n, void *parameters, const void *gradients, void *squares, void *means,
                    void *velocities, const gd__rmsprop *o)
{
    if (means == NULL && velocities == NULL)
        rmsprop_with(n, parameters, gradients, squares, NULL, NULL, o);
    else if (means == NULL)
        rmsprop_with(n, parameters, gradients, squares, NULL, velocities, o);
    else if (velocities == NULL)
        rmsprop_with(n, parameters, gradients, squares, means, NULL, o);
    else
        rmsprop_with(n, parameters, gradients, squares, means, velocities, o);
}

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
