/* Part of nn/kernels.c: the loop of sgd.c, which has the formulas. */

static void sgd(const gd__step *step, int64_t begin, int64_t end, const gd__sgd *o)
{
    real *restrict x = step->x, *restrict v = step->moment[0];
    const real *restrict g = step->gradient;
    real rate = (real)step->rate, decay = (real)step->weight_decay;
    real momentum = (real)o->momentum, share = (real)o->share;
    bool nesterov = o->nesterov;
    if (v == NULL)
        for (int64_t i = begin; i < end; ++i)
            x[i] -= rate * (g[i] + decay * x[i]);
    else
        for (int64_t i = begin; i < end; ++i) {
            real slope = g[i] + decay * x[i];
            v[i] = not_subnormal(momentum * v[i] + share * slope);
            x[i] -= rate * (nesterov ? slope + momentum * v[i] : v[i]);
        }
}
