/* Part of nn/kernels.c: the loop of adam.c, which has the formulas. */

static void adam(const gd__step *step, int64_t begin, int64_t end, const gd__adam *o)
{
    real *restrict x = step->x, *restrict m = step->moment[0], *restrict v = step->moment[1];
    const real *restrict g = step->gradient;
    real keep1 = (real)o->beta1, keep2 = (real)o->beta2, take1 = (real)(1 - o->beta1);
    real take2 = (real)(1 - o->beta2), rate = (real)o->rate, root = (real)o->root;
    real eps = (real)o->eps, decay = (real)o->decay, shrink = (real)o->shrink;
    for (int64_t i = begin; i < end; ++i) {
        real slope = g[i] + decay * x[i];
        m[i] = not_subnormal(keep1 * m[i] + take1 * slope);
        v[i] = not_subnormal(keep2 * v[i] + take2 * slope * slope);
        x[i] = shrink * x[i] - rate * (m[i] / (R(sqrt)(v[i]) / root + eps));
    }
}
