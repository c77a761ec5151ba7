/* Random numbers: a function of (key, counter), so that a stream can be split, saved and repeated
 * anywhere.
 *
 * The bits are Philox4x32-10 (Salmon, Moraes, Dror, Shaw 2011, "Parallel random numbers: as easy
 * as 1, 2, 3"), by the authors' Random123. What is made of the bits uses + - * / and sqrt only,
 * which IEEE 754 rounds alike everywhere; the library is compiled without contraction. */
#include "tensor/random.h"
#include "tensor/walk.h"

#include <Random123/philox.h>
#include <math.h>

/* 128 bits, which serve two elements of the stream. */
static inline philox4x32_ctr_t block_of(uint64_t key, uint64_t number)
{
    philox4x32_ctr_t counter = {{(uint32_t)number, (uint32_t)(number >> 32), 0, 0}};
    philox4x32_key_t words = {{(uint32_t)key, (uint32_t)(key >> 32)}};
    return philox4x32_R(10, counter, words);
}

static inline uint64_t half_of(const philox4x32_ctr_t *block, int half)
{
    return (uint64_t)block->v[2 * half + 1] << 32 | block->v[2 * half];
}

/* A stream being read: the last block made is kept. */
typedef struct reader {
    gd_rng *rng;
    philox4x32_ctr_t block;
    bool has_block;
} reader;

static uint64_t next_bits(reader *r)
{
    uint64_t index = r->rng->counter++;
    if (index % 2 == 0 || !r->has_block) {
        r->block = block_of(r->rng->key, index / 2);
        r->has_block = true;
    }
    return half_of(&r->block, (int)(index % 2));
}

/* In [0, 1): multiples of 2^-53. */
static double next_unit(reader *r)
{
    return (double)(next_bits(r) >> 11) * 0x1p-53;
}

/* ln x for normal x > 0. With x = m 2^k, m in [sqrt(1/2), sqrt(2)), and s = (m - 1) / (m + 1): ln
 * m = 2 (s + s^3/3 + s^5/5 + ...). |s| <= 0.172, so 11 terms leave a relative error below
 * 2^-55. */
static double portable_log(double x)
{
    int exponent;
    double m = frexp(x, &exponent); /* exact */
    if (m < 0.70710678118654752) {
        m *= 2;
        --exponent;
    }
    double s = (m - 1) / (m + 1), square = s * s, sum = 0;
    for (int k = 21; k >= 1; k -= 2)
        sum = sum * square + 1.0 / k;
    return 2 * s * sum + exponent * 0.69314718055994530942;
}

/* A quotient of two polynomials of degree 7, whose coefficients stand side by side. */
static double ratio(const double coefficients[8][2], double x)
{
    double above = 0, beneath = 0;
    for (int i = 7; i >= 0; --i) {
        above = above * x + coefficients[i][0];
        beneath = beneath * x + coefficients[i][1];
    }
    return above / beneath;
}

/* The x below which a standard normal variable is with probability p, 0 < p < 1: algorithm AS 241,
 * PPND16 (Wichura 1988, Applied Statistics 37, 477-484). Relative error about 1e-16. */
static double inverse_normal(double p)
{
    static const double middle[][2] = {
        {3.3871328727963666080e0, 1.0},
        {1.3314166789178437745e+2, 4.2313330701600911252e+1},
        {1.9715909503065514427e+3, 6.8718700749205790830e+2},
        {1.3731693765509461125e+4, 5.3941960214247511077e+3},
        {4.5921953931549871457e+4, 2.1213794301586595867e+4},
        {6.7265770927008700853e+4, 3.9307895800092710610e+4},
        {3.3430575583588128105e+4, 2.8729085735721942674e+4},
        {2.5090809287301226727e+3, 5.2264952788528545610e+3},
    };
    static const double near[][2] = {
        {1.42343711074968357734e0, 1.0},
        {4.63033784615654529590e0, 2.05319162663775882187e0},
        {5.76949722146069140550e0, 1.67638483018380384940e0},
        {3.64784832476320460504e0, 6.89767334985100004550e-1},
        {1.27045825245236838258e0, 1.48103976427480074590e-1},
        {2.41780725177450611770e-1, 1.51986665636164571966e-2},
        {2.27238449892691845833e-2, 5.47593808499534494600e-4},
        {7.74545014278341407640e-4, 1.05075007164441684324e-9},
    };
    static const double far[][2] = {
        {6.65790464350110377720e0, 1.0},
        {5.46378491116411436990e0, 5.99832206555887937690e-1},
        {1.78482653991729133580e0, 1.36929880922735805310e-1},
        {2.96560571828504891230e-1, 1.48753612908506148525e-2},
        {2.65321895265761230930e-2, 7.86869131145613259100e-4},
        {1.24266094738807843860e-3, 1.84631831751005468180e-5},
        {2.71155556874348757815e-5, 1.42151175831644588870e-7},
        {2.01033439929228813265e-7, 2.04426310338993978564e-15},
    };
    double q = p - 0.5;
    if (fabs(q) <= 0.425)
        return q * ratio(middle, 0.180625 - q * q);
    double r = sqrt(-portable_log(q < 0 ? p : 1 - p));
    double x = r <= 5 ? ratio(near, r - 1.6) : ratio(far, r - 5);
    return q < 0 ? -x : x;
}

static gd_status check_stream(const char *function, const gd_tensor *x, const gd_rng *rng)
{
    if (!gd__is_valid(function, x))
        return GD_ERROR_ARGUMENT;
    if (rng == NULL)
        return gd_fail(GD_ERROR_ARGUMENT, "%s: the stream is NULL", function);
    return GD_OK;
}

/* One element from the next of the stream, with the two numbers of its distribution. */
typedef double draw(reader *r, double first, double second);

/* Fills x in row-major order; no element is above `largest`. */
static gd_status fill(const char *function, gd_tensor *x, gd_rng *rng, draw *next, double first,
                      double second, double largest)
{
    if (!gd_dtype_is_float(x->dtype))
        return gd_fail(GD_ERROR_DTYPE, "%s: the tensor is %s; float32 or float64 is needed",
                       function, gd_dtype_name(x->dtype));
    reader r = {.rng = rng};
    gd__walk w = gd__walk_begin(1, (const gd_tensor *[]){x});
    do
        for (int64_t i = 0; i < w.length; ++i) {
            double value = next(&r, first, second);
            gd__set_float_at(x->dtype, w.data[0], i * w.step[0], value < largest ? value : largest);
        }
    while (gd__walk_next(&w));
    gd_tensor_modified(x);
    return GD_OK;
}

/* The largest value of this dtype below `high`: what rounding would make `high` becomes that. */
static double largest_below(gd_dtype dtype, double high)
{
    if (dtype == GD_F64)
        return nextafter(high, -INFINITY);
    float nearest = (float)high;
    return (double)((double)nearest < high ? nearest : nextafterf(nearest, -INFINITY));
}

static double draw_uniform(reader *r, double low, double high)
{
    return low + next_unit(r) * (high - low);
}

gd_status gd_tensor_uniform(gd_tensor *x, gd_rng *rng, double low, double high)
{
    gd_status status = check_stream("uniform", x, rng);
    if (status != GD_OK)
        return status;
    if (!(isfinite(low) && isfinite(high - low) && low <= high))
        return gd_fail(GD_ERROR_VALUE, "uniform: [%g, %g) is not a finite interval", low, high);
    double largest = low < high ? largest_below(x->dtype, high) : low;
    return fill("uniform", x, rng, draw_uniform, low, high, largest);
}

static double draw_normal(reader *r, double mean, double std)
{
    return mean + std * inverse_normal(next_unit(r) + 0x1p-54); /* in (0, 1) */
}

gd_status gd_tensor_normal(gd_tensor *x, gd_rng *rng, double mean, double std)
{
    gd_status status = check_stream("normal", x, rng);
    if (status != GD_OK)
        return status;
    if (!(isfinite(mean) && isfinite(std) && std >= 0))
        return gd_fail(GD_ERROR_VALUE,
                       "normal: mean %g, std %g: both must be finite, std not negative", mean, std);
    return fill("normal", x, rng, draw_normal, mean, std, INFINITY);
}

/* 1 if the unit number that next_unit would make of these bits is below p, else 0: the sign of a
 * difference of whole numbers, because compilers make of a comparison a branch, which no processor
 * can foresee. */
static inline double is_below(uint64_t bits, uint64_t p_scaled)
{
    return (double)(int)(((bits >> 11) - p_scaled) >> 63);
}

void gd__bernoulli(gd_rng *rng, double p, int64_t n, double *out)
{
    const uint64_t scaled = (uint64_t)ceil(p * 0x1p53); /* u 2^-53 < p as u < this */
    for (int64_t i = 0; i < n;) {
        philox4x32_ctr_t block = block_of(rng->key, rng->counter / 2);
        bool both = rng->counter % 2 == 0 && i + 1 < n;
        out[i++] = is_below(half_of(&block, (int)(rng->counter++ % 2)), scaled);
        if (!both)
            continue;
        out[i++] = is_below(half_of(&block, 1), scaled);
        ++rng->counter;
    }
}

/* floor(bits n / 2^64): uniform in [0, n) up to a bias of n / 2^64. */
static int64_t scale_to(uint64_t bits, int64_t n)
{
    uint64_t high = bits >> 32, low = (uint32_t)bits;
    uint64_t n_high = (uint64_t)n >> 32, n_low = (uint32_t)n;
    uint64_t middle = high * n_low + (low * n_low >> 32);
    uint64_t other = low * n_high + (uint32_t)middle;
    return (int64_t)(high * n_high + (middle >> 32) + (other >> 32));
}

gd_status gd_tensor_permutation(gd_tensor *x, gd_rng *rng)
{
    gd_status status = check_stream("permutation", x, rng);
    if (status != GD_OK)
        return status;
    if (x->dtype != GD_I64 || x->ndim != 1)
        return gd_fail(GD_ERROR_DTYPE, "permutation: the tensor is %d-d %s; 1-d int64 is needed",
                       x->ndim, gd_dtype_name(x->dtype));
    int64_t *values = x->data, step = x->stride[0];
    reader r = {.rng = rng};
    /* Fisher and Yates, from the inside out: position i takes the value of a random one up to
     * it. */
    for (int64_t i = 0; i < x->shape[0]; ++i) {
        int64_t j = scale_to(next_bits(&r), i + 1);
        if (j < i)
            values[i * step] = values[j * step];
        values[j * step] = i;
    }
    gd_tensor_modified(x);
    return GD_OK;
}
