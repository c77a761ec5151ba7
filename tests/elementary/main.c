/* Elementary functions of float32, for every instruction set that this processor has, against the
 * C library's double functions: at most 1 ULP, the right NaN, infinities and signs of zero.
 *
 *     elementary                 every 4099th bit pattern, all functions
 *     elementary --all [NAME..]  every bit pattern, about a minute each on two processors; all functions, or those named
 */
#include "autograd/kernels.h"

#include <float.h>
#include <inttypes.h>
#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static double sign_of(double x)
{
    return x > 0 ? 1 : x < 0 ? -1 : 0;
}

static double one_over_sqrt(double x)
{
    return 1 / sqrt(x);
}

/* e^-|x| is 0 beyond this, for nearly half of all patterns: not asking for it saves minutes. */
static const double far_out = 800;

static double sigmoid(double x)
{
    if (fabs(x) > far_out)
        return x > 0;
    return 1 / (1 + exp(-x));
}

static double sigmoid_slope(double x)
{
    return sigmoid(x) * sigmoid(-x);
}

static double silu(double x)
{
    return x * sigmoid(x);
}

static double softplus(double x)
{
    if (fabs(x) > far_out)
        return x > 0 ? x : 0;
    return x > 0 ? x + log1p(exp(-x)) : log1p(exp(x));
}

static double normal_cdf(double x)
{
    if (fabs(x) > far_out)
        return x > 0;
    return erfc(-x / sqrt(2)) / 2;
}

static double gelu(double x)
{
    return x * normal_cdf(x);
}

static double gelu_tanh(double x)
{
    return x * sigmoid(2 * sqrt(2 / acos(-1)) * (x + 0.044715 * x * x * x));
}

/* A kernel is unary or, from here on, a binary one that multiplies the function of its second
 * operand by the first, which is 1 here. */
#define TIMES(name) ((int)GD__UNARY_COUNT + (int)GD__BINARY_##name)

static const struct function {
    const char *name;
    int kernel;
    double (*exact)(double);
} functions[] = {
    {"abs", GD__UNARY_abs, fabs},
    {"sign", GD__UNARY_sign, sign_of},
    {"sqrt", GD__UNARY_sqrt, sqrt},
    {"rsqrt", GD__UNARY_rsqrt, one_over_sqrt},
    {"exp", GD__UNARY_exp, exp},
    {"expm1", GD__UNARY_expm1, expm1},
    {"log", GD__UNARY_log, log},
    {"log1p", GD__UNARY_log1p, log1p},
    {"sigmoid", GD__UNARY_sigmoid, sigmoid},
    {"tanh", GD__UNARY_tanh, tanh},
    {"silu", GD__UNARY_silu, silu},
    {"softplus", GD__UNARY_softplus, softplus},
    {"gelu", GD__UNARY_gelu, gelu},
    {"gelu_tanh", GD__UNARY_gelu_tanh, gelu_tanh},
    {"exp_times", TIMES(exp_times), exp},
    {"sigmoid_times", TIMES(sigmoid_times), sigmoid},
    {"sigmoid_slope", TIMES(sigmoid_slope), sigmoid_slope},
    {"normal_cdf_times", TIMES(normal_cdf_times), normal_cdf},
};

enum { FUNCTIONS = sizeof functions / sizeof *functions, RUN = 4096, THREADS = 2 };

static float from_pattern(uint32_t pattern)
{
    float x;
    memcpy(&x, &pattern, sizeof x);
    return x;
}

/* |y - exact| in units in the last place of exact. Infinity counts as 2^128, as in rounding. */
static double error_in_ulp(float y, double exact)
{
    const double limit = 0x1p128;
    if (isnan(exact) || isnan(y))
        return isnan(exact) && isnan(y) ? 0 : (double)INFINITY;
    if (exact == 0 && (y != 0 || !signbit(y) != !signbit(exact)))
        return (double)INFINITY;
    double value = isinf(y) ? copysign(limit, (double)y) : (double)y;
    exact = fabs(exact) > limit ? copysign(limit, exact) : exact;
    int exponent;
    frexp(fabs(exact) == limit ? (double)FLT_MAX : exact, &exponent);
    return fabs(value - exact) / ldexp(1, exponent > -125 ? exponent - 24 : -149);
}

/* One thread's share of the patterns: those from first on, stride apart; and the largest error for
 * each instruction set. */
typedef struct share {
    const struct function *function;
    uint64_t first, stride;
    double worst[GD__LEVEL_COUNT];
    float worst_at[GD__LEVEL_COUNT];
} share;

/* Whether all n are exactly rounded, bit for bit: a loop that vectorises, for what is so nearly
 * always. */
static bool all_rounded(int n, const float *y, const double *exact)
{
    uint32_t different = 0;
    for (int i = 0; i < n; ++i) {
        float rounded = (float)exact[i];
        uint32_t bits[2];
        memcpy(&bits[0], &y[i], sizeof *y);
        memcpy(&bits[1], &rounded, sizeof rounded);
        different |= bits[0] ^ bits[1];
    }
    return different == 0;
}

static void check_values(share *s, int level, int n, const float *x, const float *y,
                         const double *exact)
{
    for (int i = 0; i < n; ++i) {
        bool rounded = (double)y[i] == (double)(float)exact[i] && y[i] != 0;
        double error = rounded ? 0.5 : error_in_ulp(y[i], exact[i]);
        if (error > s->worst[level]) {
            s->worst[level] = error;
            s->worst_at[level] = x[i];
        }
    }
}

static void check_run(share *s, int n, const float *x)
{
    enum { FEW = 32 };
    const float one = 1;
    float y[RUN];
    double exact[RUN];
    for (int i = 0; i < n; ++i)
        exact[i] = s->function->exact((double)x[i]);
    for (int level = 0; level <= (int)gd__best_level(); ++level) {
        const gd__op_kernels *kernels = gd__op_kernels_at((gd__level)level, GD_F32);
        int kernel = s->function->kernel;
        if (kernel < GD__UNARY_COUNT)
            kernels->unary[kernel](n, y, x, 1);
        else
            kernels->binary[kernel - GD__UNARY_COUNT](n, y, &one, 0, x, 1);
        for (int i = 0; i < n; i += FEW) {
            int few = n - i < FEW ? n - i : FEW;
            if (!all_rounded(few, y + i, exact + i))
                check_values(s, level, few, x + i, y + i, exact + i);
        }
    }
}

static void *check_share(void *argument)
{
    share *s = argument;
    float x[RUN];
    for (uint64_t next = s->first; next <= UINT32_MAX;) {
        int n = 0;
        for (; n < RUN && next <= UINT32_MAX; ++n, next += s->stride)
            x[n] = from_pattern((uint32_t)next);
        check_run(s, n, x);
    }
    return NULL;
}

/* Prints the largest errors; whether they are allowed. */
static bool check(const struct function *f, uint64_t stride)
{
    share shares[THREADS];
    pthread_t threads[THREADS];
    for (int k = 0; k < THREADS; ++k) {
        shares[k] =
            (share){.function = f, .first = (uint64_t)k * stride, .stride = THREADS * stride};
        if (pthread_create(&threads[k], NULL, check_share, &shares[k]) != 0)
            return false;
    }
    for (int k = 0; k < THREADS; ++k)
        pthread_join(threads[k], NULL);
    bool ok = true;
    printf("%-10s", f->name);
    for (int level = 0; level <= (int)gd__best_level(); ++level) {
        int k = shares[1].worst[level] > shares[0].worst[level];
        printf("  %.4f ULP at %a", shares[k].worst[level], (double)shares[k].worst_at[level]);
        ok &= shares[k].worst[level] <= 1;
    }
    puts(ok ? "" : "  FAILED");
    fflush(stdout);
    return ok;
}

static bool is_named(const struct function *f, int count, char **names)
{
    for (int i = 0; i < count; ++i)
        if (strcmp(names[i], f->name) == 0)
            return true;
    return count <= 0;
}

int main(int argc, char **argv)
{
    bool all = argc > 1 && strcmp(argv[1], "--all") == 0;
    int checked = 0, failed = 0;
    if (argc > 1 && !all) {
        fprintf(stderr, "usage: elementary [--all [NAME..]]\n");
        return 2;
    }
    for (int i = 0; i < FUNCTIONS; ++i)
        if (is_named(&functions[i], argc - 2, argv + 2)) {
            failed += !check(&functions[i], all ? 1 : 4099);
            ++checked;
        }
    printf("%d checked, %d failed\n", checked, failed);
    return failed > 0 || checked == 0;
}
