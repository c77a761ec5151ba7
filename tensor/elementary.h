/* Elementary functions that vectorise: plain C without a branch or a call, from which the compiler
 * makes loops of 4, 8 or 16 elements. For kernels.c, which is compiled for each float type.
 *
 * For float64 the C library computes. For float32 the same names compute in double, by polynomials
 * whose relative error is below 2^-33: the rounded result is within 0.51 ULP of the exact one,
 * over all exponents, tails kept. Three functions that are used on millions of elements, exp, tanh
 * and sigmoid, compute in float where the processor has fused multiply-add. */
#ifndef GRADUS_TENSOR_ELEMENTARY_H
#define GRADUS_TENSOR_ELEMENTARY_H

#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#if GD__REAL_IS_DOUBLE

static inline double exp_(double x)
{
    return exp(x);
}

static inline double expm1_(double x)
{
    return expm1(x);
}

/* ln(1 + e) for e in [0, 1] */
static inline double log1p_(double e)
{
    return log1p(e);
}

#else

typedef union double_as_bits {
    double number;
    uint64_t bits;
} double_as_bits;

static inline uint64_t bits_of(double x)
{
    return (double_as_bits){.number = x}.bits;
}

static inline double from_bits(uint64_t bits)
{
    return (double_as_bits){.bits = bits}.number;
}

/* e^x = 2^k (1 + q), with k the integer next to x / ln 2 and q = e^r - 1 for the rest,
 * |r| <= ln 2 / 2. Adding 1.5 * 2^52 rounds x / ln 2 to an integer and leaves it in the low bits.
 * x in [-708, 709], so that 2^k is a normal number. */
typedef struct power {
    double scale, q; /* 2^k, q */
} power;

static inline power reduce(double x)
{
    const double magic = 0x1.8p52;
    double shifted = x * 0x1.71547652b82fep0 + magic, k = shifted - magic;
    double r = x - k * 0x1.62e42fefa39efp-1, r2 = r * r;
    /* The Taylor series to r^8 / 8!: the next term is at most 2^-37 of q. */
    double p = (1.0 / 2 + r * (1.0 / 6)) +
               r2 * ((1.0 / 24 + r * (1.0 / 120)) +
                     r2 * ((1.0 / 720 + r * (1.0 / 5040)) + r2 * (1.0 / 40320)));
    return (power){from_bits((bits_of(shifted) << 52) + bits_of(1.0)), r + r2 * p};
}

/* NaN stays NaN: a comparison with it is false. */
static inline double clamped(double x)
{
    x = x < -708.0 ? -708.0 : x;
    return x > 709.0 ? 709.0 : x;
}

static inline double exp_(double x)
{
    power p = reduce(clamped(x));
    double y = p.scale + p.scale * p.q;
    y = x < -708.0 ? 0.0 : y;
    return x > 709.0 ? (double)INFINITY : y;
}

/* 2^k (1 + q) - 1 = (2^k - 1) + 2^k q: the first is exact, and 0 for small x, which keeps q. */
static inline double expm1_(double x)
{
    power p = reduce(clamped(x));
    double y = (p.scale - 1.0) + p.scale * p.q;
    return x > 709.0 ? (double)INFINITY : copysign(y, x); /* -0 stays -0 */
}

/* ln(1 + e) for e in [0, 1], as 2 artanh z with z = e / (2 + e) in [0, 1/3]: 2 z (1 + z^2 / 3 +
 * z^4 / 5 + ...). The first term left out is below 2^-38. */
static inline double log1p_(double e)
{
    double z = e / (2.0 + e), z2 = z * z, z4 = z2 * z2;
    double low = (1.0 / 3 + z2 * (1.0 / 5)) + z4 * (1.0 / 7 + z2 * (1.0 / 9));
    double high = (1.0 / 11 + z2 * (1.0 / 13)) + z4 * (1.0 / 15 + z2 * (1.0 / 17));
    high += z4 * z4 * (1.0 / 19 + z2 * (1.0 / 21));
    return 2.0 * z + 2.0 * z * z2 * (low + z4 * z4 * high);
}

#endif

/* ln(1 + s) for any s >= 0: 1 + s = 2^k (1 + f) with f in [0, 1); where s < 1, s itself is f. */
static inline double log1p_of_sum(double s)
{
#if GD__REAL_IS_DOUBLE
    return log1p(s);
#else
    uint64_t bits = bits_of(1 + s), mantissa = bits & 0xfffffffffffff;
    double whole = (double)((int32_t)(bits >> 52) - 1023), k = s < 1 ? 0 : whole;
    double f = from_bits(mantissa | bits_of(1.0)) - 1;
    return k * 0x1.62e42fefa39efp-1 + log1p_(s < 1 ? s : f) + (s - s); /* inf and NaN: NaN */
#endif
}

/* 1 / (1 + e^-x), by the exponential that does not overflow. */
static inline double sigmoid_(double x)
{
    double e = exp_(-fabs(x));
    return (x < 0 ? e : 1.0) / (1.0 + e);
}

/* tanh |x| = -u / (2 + u), u = e^(-2|x|) - 1 */
static inline double tanh_(double x)
{
    double u = expm1_(-2.0 * fabs(x));
    return copysign(u / (2.0 + u), x);
}

/* ln(1 + e^x) = max(x, 0) + ln(1 + e^-|x|) */
static inline double softplus_(double x)
{
    return (x < 0 ? 0.0 : x) + log1p_(exp_(-fabs(x)));
}

/* Elements that are computed together, in passes over all of them: one long chain of dependent
 * operations per element would leave the processor waiting (a million sigmoids 170 us instead of
 * 130, and on AVX2 exps 465 instead of 657). */
enum { ELEMENTS_BLOCK = 160 };

/* ---- float32 by float arithmetic ---------------------------------------------------------- */

#if !GD__REAL_IS_DOUBLE && (defined(__FMA__) || defined(__ARM_FEATURE_FMA))
#define GD__FLOAT_MATHS 1

typedef union float_as_bits {
    float number;
    uint32_t bits;
} float_as_bits;

static inline uint32_t float_bits(float x)
{
    return (float_as_bits){.number = x}.bits;
}

static inline float float_from_bits(uint32_t bits)
{
    return (float_as_bits){.bits = bits}.number;
}

/* k in the low bits of the sum, as above. */
static inline float shift_in(float x)
{
    return __builtin_fmaf(x, 0x1.715476p+0f, 0x1.8p23f);
}

/* r = x - k ln 2, with ln 2 in two parts: k times the first is exact. */
static inline float reduced(float x, float shifted)
{
    float k = shifted - 0x1.8p23f;
    return __builtin_fmaf(k, -0x1.7f7d1cp-20f, __builtin_fmaf(k, -0x1.62e4p-1f, x));
}

/* (e^r - 1 - r) / r^2 for |r| <= ln 2 / 2, with the coefficients that make the largest relative
 * error of e^r least: 3e-9 (tests/fixtures/make_exp.py). */
static inline float series(float r, float r2)
{
    float low = __builtin_fmaf(r, 0x1.555494p-3f, 0x1.fffffcp-2f);
    float high = __builtin_fmaf(r, 0x1.123856p-7f, 0x1.5558bep-5f);
    high = __builtin_fmaf(r2, 0x1.6a3d04p-10f, high);
    return __builtin_fmaf(high, r2, low);
}

/* e^x = 2^k e^r from what shift_in and reduced made of x: e^r = (1 + r) + r^2 (...), the first sum
 * in two parts, and 2^k as two factors, both normal where the result is not: 0 and subnormal
 * results, too. */
static inline float exp_of_parts(float shifted, float r)
{
    float r2 = r * r, one_more = 1.0f + r, rounded_off = (1.0f - one_more) + r;
    float root = one_more + __builtin_fmaf(series(r, r2), r2, rounded_off);
    int32_t k = (int32_t)(float_bits(shifted) - float_bits(0x1.8p23f)), half = k >> 1;
    float first = float_from_bits((uint32_t)(half + 127) << 23);
    float second = float_from_bits((uint32_t)(k - half + 127) << 23);
    return root * first * second;
}

/* A float and what rounding took from it. */
typedef struct two_floats {
    float high, low;
} two_floats;

/* About m - range, for x that are kept above it: x - m is then no lower than -range, or is exact
 * where m is so large that the subtraction rounds. */
static inline float least_for(float m, float range)
{
    return m - range - fabsf(m) * 0x1p-22f;
}

/* x - m exactly (Knuth's TwoSum). */
static inline two_floats exact_difference(float x, float m)
{
    float high = x - m, of_m = high - x, of_x = high - of_m;
    return (two_floats){high, (x - of_x) - (m + of_m)};
}

/* The same with x at least `least` and the first part at least -range. */
static inline two_floats difference(float x, float m, float least, float range)
{
    two_floats d = exact_difference(least > x ? least : x, m);
    d.high = -range > d.high ? -range : d.high;
    return d;
}

/* w with ln(1 + E) = E (1 - E (1/2 - E w)), E in [0, 1], less its value at E = 1: a polynomial in
 * 1 - E (tests/fixtures/make_exp.py), whose error in float counts little: where E^3 is not small,
 * 1 - E is. */
#define LOG1P_SERIES_AT_1 0x1.8b90bfbe8e7bdp-3 /* ln 2 - 1/2 */
static inline float log1p_series(float e)
{
    float z = 1.0f - e, z2 = z * z;
    float c01 = __builtin_fmaf(z, 0x1.159d1ep-5f, 0x1.45645ep-4f);
    float c23 = __builtin_fmaf(z, 0x1.d19754p-8f, 0x1.e29c5ep-7f);
    float c45 = __builtin_fmaf(z, 0x1.4f2d52p-8f, 0x1.1c5cdp-10f);
    float c67 = __builtin_fmaf(z, 0x1.265ea2p-9f, -0x1.c0bd2p-9f);
    float low = __builtin_fmaf(z2, c23, c01), high = __builtin_fmaf(z2, c67, c45);
    return z * __builtin_fmaf(z2 * z2, high, low);
}

static inline void exp_block(float *restrict y, const float *restrict x)
{
    _Alignas(64) float shifted[ELEMENTS_BLOCK], r[ELEMENTS_BLOCK];
    for (int i = 0; i < ELEMENTS_BLOCK; ++i) {
        float high = x[i] < -104.0f ? -104.0f : x[i];
        high = high > 89.0f ? 89.0f : high;
        shifted[i] = shift_in(high);
        r[i] = reduced(high, shifted[i]);
    }
    for (int i = 0; i < ELEMENTS_BLOCK; ++i)
        y[i] = exp_of_parts(shifted[i], r[i]);
}

/* tanh |x| = -u / (2 + u) with u = e^(-2|x|) - 1 = (2^k - 1) + 2^k r + 2^k (q - r). u has two
 * parts, the second being what the sums have rounded away (Dekker's Fast2Sum: the terms come in
 * falling order). The quotient is mended by what is left of the division, as in sigmoid_block. */
static inline void tanh_block(float *restrict y, const float *restrict x)
{
    _Alignas(64) float r[ELEMENTS_BLOCK], scale[ELEMENTS_BLOCK];
    for (int i = 0; i < ELEMENTS_BLOCK; ++i) {
        float t = -2.0f * fabsf(x[i]), high = t < -24.0f ? -24.0f : t, shifted = shift_in(high);
        r[i] = reduced(high, shifted);
        scale[i] = float_from_bits((float_bits(shifted) << 23) + float_bits(1.0f));
    }
    for (int i = 0; i < ELEMENTS_BLOCK; ++i) {
        float r2 = r[i] * r[i], a = scale[i] - 1.0f, b = scale[i] * r[i], ab = a + b;
        float c = scale[i] * (r2 * series(r[i], r2)), u = ab + c;
        float small = (c - (u - ab)) + (b - (ab - a)) + (scale[i] - (a + 1.0f));
        float under = 2.0f + u, under_small = ((2.0f - under) + u) + small;
        float inverse = 1.0f / under, quotient = -u * inverse;
        float left = __builtin_fmaf(-quotient, under, -u) - small;
        left = __builtin_fmaf(-quotient, under_small, left);
        y[i] = copysignf(__builtin_fmaf(left, inverse, quotient), x[i]);
    }
}

#define SIGMOID_LIMIT 16.0f

/* y = 1 / (1 + E) with E = e^-x = 2^k (1 + q). D = (1 + 2^k) + 2^k q in two parts, high + low,
 * makes the quotient right to 1 ULP:
 *     1 / D = R (1 + e) with R = 1 / high rounded, e = 1 - R D = (1 - R high) - R low.
 * 2^k q is q with k added to its exponent. 1 + 2^k is exact for |k| < 24, which is so for |x| <=
 * SIGMOID_LIMIT: returns whether all x are. (As integers, the bits of |x| are in the order of |x|,
 * and those of NaN above all.) */
static inline bool sigmoid_block(float *restrict y, const float *restrict x)
{
    _Alignas(64) float q[ELEMENTS_BLOCK];
    _Alignas(64) uint32_t exponent[ELEMENTS_BLOCK]; /* k, where a float has its exponent */
    uint32_t largest = 0;
    for (int i = 0; i < ELEMENTS_BLOCK; ++i) {
        uint32_t magnitude = float_bits(x[i]) & INT32_MAX;
        largest = magnitude > largest ? magnitude : largest;
        float shifted = shift_in(-x[i]);
        q[i] = reduced(-x[i], shifted);
        exponent[i] = float_bits(shifted) << 23;
    }
    for (int i = 0; i < ELEMENTS_BLOCK; ++i) {
        float r = q[i], r2 = r * r;
        q[i] = __builtin_fmaf(series(r, r2), r2, r);
    }
    for (int i = 0; i < ELEMENTS_BLOCK; ++i) {
        float small = float_from_bits(float_bits(q[i]) + exponent[i]);
        float one_more = 1.0f + float_from_bits(exponent[i] + float_bits(1.0f));
        float high = one_more + small, low = (one_more - high) + small;
        float quotient = 1.0f / high;
        float error = __builtin_fmaf(-low, quotient, __builtin_fmaf(-high, quotient, 1.0f));
        y[i] = __builtin_fmaf(quotient, error, quotient);
    }
    return largest <= float_bits(SIGMOID_LIMIT);
}

/* y = ln(1 + e^t) for a block. E = 2^k (1 + q) is made in double, but the slowly varying part of
 * ln(1 + E) in float. In passes, as sigmoid_block. */
static inline void softplus_block(double *restrict y, const float *restrict t)
{
    _Alignas(64) float q[ELEMENTS_BLOCK], w[ELEMENTS_BLOCK];
    _Alignas(64) int32_t k[ELEMENTS_BLOCK];
    for (int j = 0; j < ELEMENTS_BLOCK; ++j) {
        float r = -fabsf(t[j]), high = r < -110.0f ? -110.0f : r, shifted = shift_in(high);
        q[j] = reduced(high, shifted);
        k[j] = (int32_t)(float_bits(shifted) - float_bits(0x1.8p23f));
    }
    for (int j = 0; j < ELEMENTS_BLOCK; ++j) {
        float left = q[j], left2 = left * left;
        q[j] = __builtin_fmaf(series(left, left2), left2, left);
        int32_t normal = k[j] < -126 ? -126 : k[j];
        float scale = float_from_bits((uint32_t)(normal + 127) << 23);
        w[j] = __builtin_fmaf(scale, q[j], scale);
    }
    for (int j = 0; j < ELEMENTS_BLOCK; ++j)
        w[j] = log1p_series(w[j]);
    for (int j = 0; j < ELEMENTS_BLOCK; ++j) {
        double scale = from_bits((uint64_t)(int64_t)(k[j] + 1023) << 52);
        double e = __builtin_fma(scale, (double)q[j], scale), above = t[j] > 0 ? (double)t[j] : 0;
        double h = __builtin_fma(-e, LOG1P_SERIES_AT_1 + (double)w[j], 0.5);
        y[j] = __builtin_fma(e, __builtin_fma(-e, h, 1.0), above);
    }
}

#else

#if GD__REAL_IS_DOUBLE
static inline void softplus_block(double *restrict y, const double *restrict t)
#else
static inline void softplus_block(double *restrict y, const float *restrict t)
#endif
{
    for (int j = 0; j < ELEMENTS_BLOCK; ++j)
        y[j] = softplus_((double)t[j]);
}
#endif

#endif
