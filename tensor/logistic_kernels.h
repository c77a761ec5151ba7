/* Part of kernels.c: the loops over logits of yes or no, for binary cross entropy. */

static void logistic_loss(int64_t n, double *restrict loss, const double *restrict x,
                          const double *restrict a, const double *restrict b)
{
    for (int64_t i = 0; i < n; ++i) {
        double r = fabs(x[i]), factor = x[i] < 0 ? a[i] : b[i], both = a[i] + b[i];
        double near = both * log1p_(exp_(-r)), far = factor * r;
        loss[i] = (both == 0 ? 0 : near) + (factor == 0 ? 0 : far);
    }
}

static void logistic_slope(int64_t n, double *restrict slope, const double *restrict x,
                           const double *restrict a, const double *restrict b)
{
    for (int64_t i = 0; i < n; ++i) {
        double e = exp_(-fabs(x[i])), larger = 1 / (1 + e), smaller = e * larger;
        double no = b[i] * (x[i] < 0 ? smaller : larger),
               yes = a[i] * (x[i] < 0 ? larger : smaller);
        slope[i] = (b[i] == 0 ? 0 : no) - (a[i] == 0 ? 0 : yes);
    }
}

/* For targets that are all 0 or 1, with t = x for "no", -x for "yes":
 *     loss = ln(1 + e^t) = max(t, 0) + ln(1 + E), E = e^-|t|;    slope = +-s(t). */

/* t for n elements; false: a target is neither. */
static bool signed_logits(int64_t n, real *restrict t, const real *restrict x, int64_t x_step,
                          const real *restrict y, int64_t y_step)
{
    int bad = 0;
    if (x_step == 1 && y_step == 1)
        for (int64_t i = 0; i < n; ++i) {
            t[i] = y[i] == 1 ? -x[i] : x[i];
            bad |= !(y[i] == 0 || y[i] == 1);
        }
    else
        for (int64_t i = 0; i < n; ++i) {
            real target = y[i * y_step];
            t[i] = target == 1 ? -x[i * x_step] : x[i * x_step];
            bad |= !(target == 0 || target == 1);
        }
    return !bad;
}

enum { LOGIT_BLOCK = 320 }; /* the most that is asked for at once, a multiple of the loops' steps */

enum { YES_NO_BLOCK = 160 };

#ifdef GD__FLOAT_MATHS
/* y = ln(1 + e^t) for a block. E = 2^k (1 + q) is made in double, but the slowly varying part of
 * ln(1 + E) in float. In passes, as sigmoid_block. */
static void softplus_block(double *restrict y, const float *restrict t)
{
    _Alignas(64) float q[YES_NO_BLOCK], w[YES_NO_BLOCK];
    _Alignas(64) int32_t k[YES_NO_BLOCK];
    for (int j = 0; j < YES_NO_BLOCK; ++j) {
        float r = -fabsf(t[j]), high = r < -110.0f ? -110.0f : r, shifted = shift_in(high);
        q[j] = rest(high, shifted);
        k[j] = (int32_t)(float_bits(shifted) - float_bits(0x1.8p23f));
    }
    for (int j = 0; j < YES_NO_BLOCK; ++j) {
        float left = q[j], left2 = left * left;
        q[j] = __builtin_fmaf(series(left, left2), left2, left);
        int32_t normal = k[j] < -126 ? -126 : k[j];
        float scale = float_from_bits((uint32_t)(normal + 127) << 23);
        w[j] = __builtin_fmaf(scale, q[j], scale);
    }
    for (int j = 0; j < YES_NO_BLOCK; ++j)
        w[j] = log1p_series(w[j]);
    for (int j = 0; j < YES_NO_BLOCK; ++j) {
        double scale = from_bits((uint64_t)(int64_t)(k[j] + 1023) << 52);
        double e = __builtin_fma(scale, (double)q[j], scale), above = t[j] > 0 ? (double)t[j] : 0;
        double h = __builtin_fma(-e, LOG1P_SERIES_AT_1 + (double)w[j], 0.5);
        y[j] = __builtin_fma(e, __builtin_fma(-e, h, 1.0), above);
    }
}
#else
static void softplus_block(double *restrict y, const real *restrict t)
{
    for (int j = 0; j < YES_NO_BLOCK; ++j)
        y[j] = softplus_((double)t[j]);
}
#endif

static bool yes_no_loss(int64_t n, double *loss, const void *x, int64_t x_step, const void *y,
                        int64_t y_step)
{
    _Alignas(64) real t[LOGIT_BLOCK] = {0};
    _Alignas(64) double whole[YES_NO_BLOCK];
    if (!signed_logits(n, t, x, x_step, y, y_step))
        return false;
    for (int64_t i = 0; i < n; i += YES_NO_BLOCK) {
        softplus_block(n - i < YES_NO_BLOCK ? whole : loss + i, t + i);
        if (n - i < YES_NO_BLOCK)
            memcpy(loss + i, whole, (size_t)(n - i) * sizeof *loss);
    }
    return true;
}

#ifdef GD__FLOAT_MATHS
/* The sum of ln(1 + e^t) over n elements, a multiple of SUM_LANES: that of max(t, 0), and the
 * logarithm of the product of all 1 + E, which is at most 2^n. */
static double softplus_sum(int n, const float *restrict t)
{
    _Alignas(64) float q[LOGIT_BLOCK];
    _Alignas(64) int32_t k[LOGIT_BLOCK];
    _Alignas(64) double product[SUM_LANES], above[SUM_LANES] = {0};
    for (int i = 0; i < n; i += SUM_LANES)
        for (int j = i; j < i + SUM_LANES; ++j) {
            float r = -fabsf(t[j]), high = r < -110.0f ? -110.0f : r, shifted = shift_in(high);
            q[j] = rest(high, shifted);
            k[j] = (int32_t)(float_bits(shifted) - float_bits(0x1.8p23f));
        }
    for (int j = 0; j < SUM_LANES; ++j)
        product[j] = 1;
    for (int i = 0; i < n; i += SUM_LANES)
        for (int j = 0; j < SUM_LANES; ++j) {
            float r = q[i + j], r2 = r * r, e = __builtin_fmaf(series(r, r2), r2, r);
            double scale = from_bits((uint64_t)(int64_t)(k[i + j] + 1023) << 52);
            double small = __builtin_fma(scale, (double)e, scale); /* E */
            product[j] = __builtin_fma(product[j], small, product[j]);
            above[j] += t[i + j] > 0 ? (double)t[i + j] : 0;
        }
    for (int j = 1; j < SUM_LANES; ++j)
        product[0] *= product[j];
    return log(product[0]) + sum_of_lanes(above);
}
#endif

/* For float by the product, which rounds by 2^-53 for each factor: what is left of its logarithm is
 * exact enough, unless all factors are very near 1. */
static bool yes_no_sum(int64_t n, double *sum, const void *x, int64_t x_step, const void *y,
                       int64_t y_step)
{
#ifdef GD__FLOAT_MATHS
    _Alignas(64) float t[LOGIT_BLOCK];
    int64_t whole = (n + SUM_LANES - 1) / SUM_LANES * SUM_LANES;
    if (!signed_logits(n, t, x, x_step, y, y_step))
        return false;
    for (int64_t i = n; i < whole; ++i)
        t[i] = -INFINITY;
    *sum = softplus_sum((int)whole, t);
    if (!(*sum < 0x1p-16))
        return true;
#endif
    double loss[LOGIT_BLOCK];
    if (!yes_no_loss(n, loss, x, x_step, y, y_step))
        return false;
    *sum = sum_chunk(n, loss);
    return true;
}

/* s u / divisor with the sign that y says. */
#ifdef GD__FLOAT_MATHS
/* The factor in two parts, so that the product rounds once. */
static void times_one_upstream(int64_t n, float *restrict dx, const float *restrict s,
                               const float *restrict y, double u)
{
    float high = (float)u, low = isfinite(high) ? (float)(u - (double)high) : 0;
    for (int64_t i = 0; i < n; ++i) {
        float slope = y[i] == 1 ? -s[i] : s[i];
        dx[i] = __builtin_fmaf(slope, high, slope * low);
    }
}
#else
static void times_one_upstream(int64_t n, real *restrict dx, const real *restrict s,
                               const real *restrict y, double u)
{
    for (int64_t i = 0; i < n; ++i)
        dx[i] = (real)((y[i] == 1 ? -u : u) * (double)s[i]);
}
#endif

/* dx = +-s u / divisor, and 0 where u is 0, whatever s is; or += that. */
static void times_upstream(int64_t n, real *restrict dx, const real *restrict s,
                           const real *restrict y, int64_t y_step, const real *restrict u,
                           int64_t u_step, double by, bool accumulate)
{
    if (u_step == 0 && y_step == 1 && !accumulate && u[0] != 0)
        times_one_upstream(n, dx, s, y, (double)u[0] * by);
    else
        for (int64_t i = 0; i < n; ++i) {
            double one = (double)u[i * u_step] * by, before = accumulate ? (double)dx[i] : 0;
            double value = (y[i * y_step] == 1 ? -one : one) * (double)s[i];
            dx[i] = (real)(before + (u[i * u_step] == 0 ? 0 : value));
        }
}

static bool yes_no_grad(int64_t n, void *dx, const void *x, int64_t x_step, const void *y,
                        int64_t y_step, const void *u, int64_t u_step, double divisor,
                        bool accumulate)
{
    _Alignas(64) real t[LOGIT_BLOCK], s[LOGIT_BLOCK];
    if (!signed_logits(n, t, x, x_step, y, y_step))
        return false;
    unary_sigmoid(n, s, t, 1);
    times_upstream(n, dx, s, y, y_step, u, u_step, 1 / divisor, accumulate);
    return true;
}
