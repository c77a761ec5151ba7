/* Part of kernels.c: the loops over a row of logits, for softmax and cross entropy. */

static inline real larger(real a, real b)
{
    return a > b ? a : b;
}

static inline real maximum_of_lanes(real *lanes)
{
    for (int j = 0; j < 16; ++j)
        lanes[j] = larger(lanes[j], lanes[j + 16]);
    for (int j = 0; j < 8; ++j)
        lanes[j] = larger(lanes[j], lanes[j + 8]);
    for (int j = 0; j < 4; ++j)
        lanes[j] = larger(lanes[j], lanes[j + 4]);
    return larger(larger(lanes[0], lanes[2]), larger(lanes[1], lanes[3]));
}

enum { ROW_BLOCK = 128 }; /* elements that are computed together, a multiple of SUM_LANES */

/* SUM_LANES sums side by side: of the parts of one row, or of one short row in each lane. */
typedef struct exponential_sums {
    _Alignas(64) real m[SUM_LANES];       /* what is taken from x before the exponential */
    _Alignas(64) double sum[SUM_LANES];   /* of e^(x - m); for `exact` without the x that are m */
    _Alignas(64) int32_t tops[SUM_LANES]; /* how many x are m; for `exact` alone */
} exponential_sums;

/* Adds n elements to the lanes in turn; n is a multiple of SUM_LANES, at most ROW_BLOCK. `exact`
 * leaves out the x that are m: each is 1, beside which small terms lose digits. */
#ifdef GD__FLOAT_MATHS
/* e^(x - m) = 2^k (1 + q). q in float is exact enough, as its error is a part of a number below
 * 1/2; 2^k (1 + q) is made in double. */
static inline __attribute__((always_inline)) void
sum_block(int n, const float *restrict x, exponential_sums *restrict s, bool exact)
{
    _Alignas(64) float q[ROW_BLOCK];
    _Alignas(64) int32_t k[ROW_BLOCK]; /* k + 1023, a double's exponent field */
    const float range = 709.3f;        /* there k is -1023, and 2^k made of its bits 0 */
    for (int i = 0; i < n; i += SUM_LANES)
        for (int j = 0; j < SUM_LANES; ++j) {
            float m = s->m[j], at = x[i + j];
            two_floats d = difference(at, m, least_for(m, range), range);
            float shifted = shift_in(d.high);
            int32_t exponent = (int32_t)(float_bits(shifted) - (float_bits(0x1.8p23f) - 1023));
            q[i + j] = reduced(d.high, shifted) + d.low;
            k[i + j] = exact && at == m ? 0 : exponent; /* 0: as a double's exponent it makes 0 */
            s->tops[j] += exact && at == m;
        }
    for (int i = 0; i < n; i += SUM_LANES)
        for (int j = 0; j < SUM_LANES; ++j) {
            float r = q[i + j], r2 = r * r, e = __builtin_fmaf(series(r, r2), r2, r);
            double scale = from_bits((uint64_t)(uint32_t)k[i + j] << 52);
            s->sum[j] += __builtin_fma(scale, (double)e, scale);
        }
}
#else
static inline void sum_block(int n, const real *restrict x, exponential_sums *restrict s,
                             bool exact)
{
    for (int i = 0; i < n; i += SUM_LANES)
        for (int j = 0; j < SUM_LANES; ++j) {
            double e = exp_((double)x[i + j] - (double)s->m[j]);
            s->sum[j] += exact && x[i + j] == s->m[j] ? 0 : e;
            s->tops[j] += exact && x[i + j] == s->m[j];
        }
}
#endif

/* A piece of a row: `size` elements side by side, a multiple of SUM_LANES, of which the first
 * `used` are the row's, the others `filling`. */
typedef struct piece {
    const real *x;
    int size, used;
} piece;

/* The piece of a row of n elements that begins with its element i: where it lies, or in
 * `block`. */
static inline piece piece_of(int64_t n, int64_t i, const real *x, int64_t step, real filling,
                             real *block)
{
    int left = n - i < ROW_BLOCK ? (int)(n - i) : ROW_BLOCK, whole = left / SUM_LANES * SUM_LANES;
    if (step == 1 && whole > 0)
        return (piece){x + i, whole, whole};
    int size = (left + SUM_LANES - 1) / SUM_LANES * SUM_LANES;
    if (step == 1) /* fewer than SUM_LANES */
        for (int j = 0; j < SUM_LANES; ++j)
            block[j] = j < left ? x[i + j] : filling;
    else
        for (int j = 0; j < size; ++j)
            block[j] = j < left ? x[(i + j) * step] : filling;
    return (piece){block, size, left};
}

/* lanes = the larger of lanes and x; NaN is passed over. (Twice as many lanes: with SUM_LANES gcc
 * does not vectorise it.) */
enum { MAXIMUM_LANES = 2 * SUM_LANES };

static inline void maximum_block(int n, const real *restrict x, real *restrict lanes)
{
    int i = 0;
    for (; i + MAXIMUM_LANES <= n; i += MAXIMUM_LANES)
        for (int j = 0; j < MAXIMUM_LANES; ++j)
            lanes[j] = larger(x[i + j], lanes[j]);
    for (int j = 0; i + j < n; ++j)
        lanes[j] = larger(x[i + j], lanes[j]);
}

/* The largest element of a row; NaN is passed over. */
static real row_maximum(int64_t n, const real *x, int64_t step)
{
    _Alignas(64) real block[ROW_BLOCK], best[MAXIMUM_LANES];
    piece p;
    for (int j = 0; j < MAXIMUM_LANES; ++j)
        best[j] = -(real)INFINITY;
    for (int64_t i = 0; i < n; i += p.used) {
        p = piece_of(n, i, x, step, -(real)INFINITY, block);
        maximum_block(p.size, p.x, best);
    }
    return maximum_of_lanes(best);
}

/* The sum of e^(x - m) over a row; for `exact` without the elements that are m, whose number is in
 * *tops. */
static inline __attribute__((always_inline)) double
exponential_sum(int64_t n, const real *x, int64_t step, real m, bool exact, int64_t *tops)
{
    _Alignas(64) real block[ROW_BLOCK];
    exponential_sums s = {.sum = {0}};
    piece p;
    for (int j = 0; j < SUM_LANES; ++j)
        s.m[j] = m;
    for (int64_t i = 0; i < n; i += p.used) {
        p = piece_of(n, i, x, step, -(real)INFINITY, block);
        sum_block(p.size, p.x, &s, exact);
    }
    *tops = 0;
    for (int j = 0; j < SUM_LANES; ++j)
        *tops += s.tops[j];
    return sum_of_lanes(s.sum);
}

/* Each of the largest elements adds 1; one of them is left out. */
static inline double log_of_sum(double sum, int64_t tops, real top)
{
    double log_sum = log1p_of_sum(sum + (double)(tops - 1));
    return isinf(top) ? (double)NAN : log_sum;
}

/* float32: one fast pass, maximum included. If the others add up to less than 2^-20, adding them
 * to 1 lost digits: a second pass sums them alone. float64 does only that pass. */
static void row_sum(int64_t n, const void *from, int64_t step, double *m, double *log_sum)
{
    int64_t tops = 0;
    real top = row_maximum(n, from, step);
    double sum = 0;
    if (!GD__REAL_IS_DOUBLE)
        sum = exponential_sum(n, from, step, top, false, &tops);
    if (GD__REAL_IS_DOUBLE || sum < 1 + 0x1p-20)
        sum = exponential_sum(n, from, step, top, true, &tops);
    *m = (double)top;
    *log_sum = log_of_sum(sum, tops, top);
}

/* Few classes are common: a row in each lane. Lanes without a row get the last one. (64 rows of 10
 * take 0.6 us; one after the other, each filled up to SUM_LANES, 4.2.) */
static void short_row_sums(int rows, int n, const real *x, int64_t step, int64_t row_step,
                           double *m, double *log_sum)
{
    _Alignas(64) real block[GD__SHORT_ROW * SUM_LANES];
    exponential_sums s = {.sum = {0}};
    for (int j = 0; j < SUM_LANES; ++j)
        s.m[j] = -(real)INFINITY;
    for (int c = 0; c < n; ++c)
        for (int j = 0; j < SUM_LANES; ++j)
            block[c * SUM_LANES + j] = x[(j < rows ? j : rows - 1) * row_step + c * step];
    for (int c = 0; c < n; ++c)
        for (int j = 0; j < SUM_LANES; ++j)
            s.m[j] = larger(block[c * SUM_LANES + j], s.m[j]);
    for (int i = 0; i < n * SUM_LANES; i += ROW_BLOCK)
        sum_block(n * SUM_LANES - i < ROW_BLOCK ? n * SUM_LANES - i : ROW_BLOCK, block + i, &s,
                  true);
    for (int j = 0; j < rows; ++j) {
        m[j] = (double)s.m[j];
        log_sum[j] = log_of_sum(s.sum[j], s.tops[j], s.m[j]);
    }
}

static void row_sums(int rows, int64_t n, const void *from, int64_t step, int64_t row_step,
                     double *m, double *log_sum)
{
    const real *x = from;
    if (!GD__REAL_IS_DOUBLE && n <= GD__SHORT_ROW)
        short_row_sums(rows, (int)n, x, step, row_step, m, log_sum);
    else
        for (int j = 0; j < rows; ++j)
            row_sum(n, x + j * row_step, step, &m[j], &log_sum[j]);
}

/* p = +-e^((x - m) - l) */
static void softmax_in_double(int n, real *restrict p, const real *restrict x, double m, double l,
                              real sign)
{
    for (int i = 0; i < n; ++i)
        p[i] = sign * (real)exp_((double)x[i] - m - l);
}

#ifdef GD__FLOAT_MATHS
/* e^(x - c), with c = m + l and x - c in two parts each. What is rounded away from them is added
 * to the part that the series sees: for c below 2^12 it is at most 2^-12. Large c, and results that
 * may overflow, are computed in double. */
static void softmax_block(int n, float *restrict p, const float *restrict x, double m, double l,
                          float sign)
{
    double c = m + l;
    if (!(fabs(c) < 0x1p12 && l > -80)) {
        softmax_in_double(n, p, x, m, l, sign);
        return;
    }
    float c_high = (float)c, c_low = (float)(c - (double)c_high);
    float least = c_high - 110.0f; /* below, e^.. is 0 in float */
    for (int j = 0; j < n; ++j) {
        two_floats d = exact_difference(least > x[j] ? least : x[j], c_high);
        float shifted = shift_in(d.high), r = reduced(d.high, shifted) + (d.low - c_low);
        p[j] = sign * exp_of_parts(shifted, r);
    }
}
#else
static void softmax_block(int n, real *restrict p, const real *restrict x, double m, double l,
                          real sign)
{
    softmax_in_double(n, p, x, m, l, sign);
}
#endif

static void softmax_row(int64_t n, void *to, int64_t y_step, const void *from, int64_t x_step,
                        double m, double l, bool negative, bool accumulate)
{
    real *y = to, sign = negative ? -1 : 1;
    _Alignas(64) real block[ROW_BLOCK], values[ROW_BLOCK];
    piece p;
    for (int64_t i = 0; i < n; i += p.used) {
        /* Filled up with an element, as a result that underflows takes its time. */
        p = piece_of(n, i, from, x_step, *(const real *)from, block);
        bool direct = y_step == 1 && p.used == p.size && !accumulate;
        softmax_block(p.size, direct ? y + i : values, p.x, m, l, sign);
        for (int j = 0; !direct && j < p.used; ++j) {
            real before = accumulate ? y[(i + j) * y_step] : 0;
            y[(i + j) * y_step] = before + values[j];
        }
    }
}

/* y = x - m - log_sum. The dense loop stands apart so that it vectorises. */
static void log_softmax_row(int64_t n, void *to, int64_t y_step, const void *from, int64_t x_step,
                            double m, double log_sum)
{
    real *restrict y = to;
    const real *restrict x = from;
    if (y_step == 1 && x_step == 1)
        for (int64_t i = 0; i < n; ++i)
            y[i] = (real)((double)x[i] - m - log_sum);
    else
        for (int64_t i = 0; i < n; ++i)
            y[i * y_step] = (real)((double)x[i * x_step] - m - log_sum);
}

static void log_softmax_grad_row(int64_t n, void *to, int64_t dx_step, const void *gradient,
                                 int64_t dy_step, const void *from, int64_t x_step, double m,
                                 double log_sum, bool accumulate)
{
    real *restrict dx = to;
    const real *dy = gradient, *x = from;
    gd__exact_sum sum = {0, 0};
    sum_run(n, dy, dy_step, &sum);
    bool used = false;
    for (int64_t i = 0; i < n; ++i)
        used |= dy[i * dy_step] != 0;
    for (int64_t i = 0; i < n; ++i) {
        double log_p = (double)x[i * x_step] - m - log_sum, own = (double)dy[i * dy_step];
        /* The sum without this element, its rounding error kept. */
        double others = gd__exact_sum_value((gd__exact_sum){sum.high - own, sum.low});
        double value = own * -expm1_(log_p) - exp_(log_p) * others;
        double before = accumulate ? (double)dx[i * dx_step] : 0;
        dx[i * dx_step] = (real)(before + (used ? value : 0));
    }
}
