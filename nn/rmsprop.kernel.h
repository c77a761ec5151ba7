/* Part of nn/kernels.c: the loop of rmsprop.c, which has the formulas. */

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
