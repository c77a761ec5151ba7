/* Part of losses/kernels.c: loops that binary_cross_entropy_with_logits.c derives. */

/* With a = v y, b = 1 - y, r = |x|:   l / w = (a + b) ln(1 + e^-r) + r (x < 0 ? a : b). v NULL: 1 */
static void bcel_value(int64_t n, double *restrict l, const double *restrict x,
                       const double *restrict y, const double *restrict v)
{
    _Alignas(64) real minus_r[GD__CHUNK] = {0}; /* whole blocks are computed, beyond n, too */
    _Alignas(64) double log_term[GD__CHUNK];    /* ln(1 + e^-r) */
    for (int64_t j = 0; j < n; ++j)
        minus_r[j] = (real)-fabs(x[j]);
    for (int64_t j = 0; j < n; j += ELEMENTS_BLOCK)
        softplus_block(log_term + j, minus_r + j);
    for (int64_t j = 0; j < n; ++j) {
        double b = 1 - y[j], a = v != NULL ? v[j] * y[j] : y[j], both = v != NULL ? a + b : 1;
        double factor = x[j] < 0 ? a : b, log_part = both * log_term[j], far = factor * fabs(x[j]);
        l[j] = (both == 0 ? 0 : log_part) + (factor == 0 ? 0 : far);
    }
}

/* dx / (u w) = b s(x) - a s(-x); with E = e^-r, s(r) = 1 / (1 + E) and s(-r) = E / (1 + E) */
static void bcel_slope(int64_t n, double *restrict dx, const double *restrict x,
                       const double *restrict y, const double *restrict v)
{
    for (int64_t j = 0; j < n; ++j) {
        double a = (v != NULL ? v[j] : 1) * y[j], b = 1 - y[j];
        double e = exp_(-fabs(x[j])), larger = 1 / (1 + e), smaller = e * larger;
        double no = b * (x[j] < 0 ? smaller : larger), yes = a * (x[j] < 0 ? larger : smaller);
        dx[j] = (b == 0 ? 0 : no) - (a == 0 ? 0 : yes);
    }
}

/* ---- the fast loops, for targets that are all 0 or 1: v = 1, no weights, no mask ----
 *
 * With t = x for y = 0, -x for y = 1:   l = ln(1 + e^t) = max(t, 0) + ln(1 + e^-|t|), and dl/dx is s(t)
 * for y = 0, -s(t) for y = 1. The sum over a chunk takes one logarithm, of the product of all
 * 1 + e^-|t|. Forward and backward of 4096 x 1000 floats take a quarter of the general loops'
 * time. */

/* The tensors of a chunk; dx and dl are there for the slope alone. */
enum { BCEL_DX, BCEL_X, BCEL_Y, BCEL_DL };

/* Fills t. false: the elements do not lie side by side, or a target is neither 0 nor 1. */
static bool signed_logits(const gd__chunks *c, real *restrict t)
{
    const real *restrict x = gd__chunks_data(c, BCEL_X), *restrict y = gd__chunks_data(c, BCEL_Y);
    int bad = 0;
    if (c->walk->step[BCEL_X] != 1 || c->walk->step[BCEL_Y] != 1)
        return false;
    for (int64_t i = 0; i < c->n; ++i) {
        t[i] = y[i] == 1 ? -x[i] : x[i];
        bad |= !(y[i] == 0 || y[i] == 1);
    }
    return !bad;
}

#ifdef GD__FLOAT_MATHS
/* The sum of ln(1 + e^t) over n elements, a multiple of SUM_LANES, with -|t| = k ln 2 + q: e^q -
 * 1 is made in float, e^-|t| = 2^k (1 + (e^q - 1)) and the product of all 1 + e^-|t|, at most
 * 2^n, in double. Below -110, e^t added to 1 is lost, in double too. */
_Static_assert(GD__CHUNK < 1023, "2^n is a double");
static double softplus_sum(int n, const float *restrict t)
{
    _Alignas(64) float q[GD__CHUNK];
    _Alignas(64) int32_t k[GD__CHUNK];
    _Alignas(64) double product[SUM_LANES], above[SUM_LANES] = {0};
    for (int i = 0; i < n; i += SUM_LANES)
        for (int j = i; j < i + SUM_LANES; ++j) {
            float minus = -fabsf(t[j]), clamped = minus < -110.0f ? -110.0f : minus;
            float shifted = shift_in(clamped); /* k in its low bits */
            q[j] = reduced(clamped, shifted);
            k[j] = (int32_t)(float_bits(shifted) - float_bits(0x1.8p23f));
        }
    for (int j = 0; j < SUM_LANES; ++j)
        product[j] = 1;
    for (int i = 0; i < n; i += SUM_LANES)
        for (int j = 0; j < SUM_LANES; ++j) {
            float q1 = q[i + j], q2 = q1 * q1, e = __builtin_fmaf(series(q1, q2), q2, q1);
            double scale = from_bits((uint64_t)(int64_t)(k[i + j] + 1023) << 52);
            double small = __builtin_fma(scale, (double)e, scale);
            product[j] = __builtin_fma(product[j], small, product[j]);
            above[j] += t[i + j] > 0 ? (double)t[i + j] : 0;
        }
    for (int j = 1; j < SUM_LANES; ++j)
        product[0] *= product[j];
    return log(product[0]) + sum_of_lanes(above);
}

/* Each factor of the product rounds by 2^-53. false: the sum is so small that this shows in
 * float32. */
static bool bcel_binary_sum(const gd__chunks *c, double *sum)
{
    _Alignas(64) float t[GD__CHUNK];
    int64_t whole = (c->n + SUM_LANES - 1) / SUM_LANES * SUM_LANES;
    if (!signed_logits(c, t))
        return false;
    for (int64_t i = c->n; i < whole; ++i)
        t[i] = -INFINITY;
    *sum = softplus_sum((int)whole, t);
    return !(*sum < 0x1p-16);
}
#endif

/* dx = or += +-s(t) u with u = dl / divisor; 0 where dl is 0, even if s is NaN. Two loops stand apart
 * so that they vectorise: one gradient for all losses, as a mean has it, and one each for losses
 * that are not reduced. */
static bool bcel_binary_slope(const gd__chunks *c, double divisor, bool accumulate)
{
    _Alignas(64) real t[GD__CHUNK], s[GD__CHUNK];
    const real *restrict y = gd__chunks_data(c, BCEL_Y), *restrict dl = gd__chunks_data(c, BCEL_DL);
    real *restrict dx = gd__chunks_data(c, BCEL_DX);
    int64_t dl_step = c->walk->step[BCEL_DL];
    double u_all = (double)dl[0] / divisor;
    if (!signed_logits(c, t))
        return false;
    sigmoid_run(c->n, s, t, 1);
    if (dl_step == 0 && !accumulate && dl[0] != 0)
        for (int64_t i = 0; i < c->n; ++i)
            dx[i] = (real)((y[i] == 1 ? -u_all : u_all) * (double)s[i]);
    else if (dl_step == 1 && !accumulate && divisor == 1)
        for (int64_t i = 0; i < c->n; ++i) {
            real value = (y[i] == 1 ? -dl[i] : dl[i]) * s[i];
            dx[i] = dl[i] == 0 ? 0 : value;
        }
    else
        for (int64_t i = 0; i < c->n; ++i) {
            double u_i = (double)dl[i * dl_step] / divisor, before = accumulate ? (double)dx[i] : 0;
            double value = (y[i] == 1 ? -u_i : u_i) * (double)s[i];
            dx[i] = (real)(before + (dl[i * dl_step] == 0 ? 0 : value));
        }
    return true;
}
