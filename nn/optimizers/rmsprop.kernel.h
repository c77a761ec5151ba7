/* Part of nn/kernels.c: the loop of rmsprop.c, which has the formulas. */

/* Inlined for each of the moments that are kept or not (NULL), as loops that ask do not
 * vectorise. */
static inline __attribute__((always_inline)) void rmsprop_with(const gd__step *step, int64_t begin,
                                                               int64_t end, const gd__rmsprop *o,
                                                               void *means, void *velocities)
{
    real *restrict x = step->x, *restrict s = step->moment[0];
    real *restrict a = means, *restrict v = velocities;
    const real *restrict g = step->gradient;
    real keep = (real)o->alpha, take = (real)(1 - o->alpha), rate = (real)step->rate;
    real eps = (real)o->eps, momentum = (real)o->momentum, decay = (real)step->weight_decay;
    for (int64_t i = begin; i < end; ++i) {
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

static void rmsprop(const gd__step *step, int64_t begin, int64_t end, const gd__rmsprop *o)
{
    void *means = step->moment[1], *velocities = step->moment[2];
    if (means == NULL && velocities == NULL)
        rmsprop_with(step, begin, end, o, NULL, NULL);
    else if (means == NULL)
        rmsprop_with(step, begin, end, o, NULL, velocities);
    else if (velocities == NULL)
        rmsprop_with(step, begin, end, o, means, NULL);
    else
        rmsprop_with(step, begin, end, o, means, velocities);
}
