/* Central differences with a step that is chosen for each tensor and element.
 *
 * D(h) = (L(x + h) - L(x - h)) / 2h is off by L''' h^2 / 6, by up to N / h where L is rounded by N,
 * and by a kink that lies within h of x. The first step is the smallest whose rounding is harmless,
 * so that hardly a kink is near enough, and four times that. Where these two disagree smaller steps
 * are tried; (16 D(h/4) - D(h)) / 15 takes the h^2 out. How far two estimates are apart tells how
 * far off they are, as in Ridders (1982); the one that is least off is taken.
 *
 * The right and the left difference part by L'' h where L is smooth, which goes with h, and by a
 * constant at a kink: (4 J(h/4) - J(h)) / 3 leaves the constant alone. */
#include "trace/proof/derivative.h"

#include <math.h>
#include <string.h>

enum { LEVELS = 8 };

/* L where element `element`, or all along the direction, is moved by t. */
static double value_at(gd__function *f, int64_t element, const gd_tensor *direction, double t)
{
    double *x = f->x->data;
    int64_t n = gd_tensor_numel(f->x);
    double old = element >= 0 ? x[element] : 0, value;
    if (element >= 0) {
        x[element] = old + t; /* NaN stays NaN, which a mask may drop */
        value = gd__function_value(f);
        x[element] = old;
        return value;
    }
    gd_tensor *before = gd_tensor_create_copy(f->x);
    if (before == NULL) {
        f->has_failed = true;
        return (double)NAN;
    }
    for (int64_t i = 0; i < n; ++i)
        x[i] += t * ((const double *)direction->data)[i];
    value = gd__function_value(f);
    memcpy(x, before->data, (size_t)n * sizeof *x);
    gd_tensor_destroy(before);
    return value;
}

/* What a step is small or large in terms of: the elements, or 1 where these are small. */
static double scale_of(const gd__function *f, int64_t element)
{
    const double *x = f->x->data;
    int64_t n = gd_tensor_numel(f->x);
    double sum = 0;
    if (element >= 0)
        return isfinite(x[element]) ? fmax(1, fabs(x[element])) : 1;
    for (int64_t i = 0; i < n; ++i)
        sum += isfinite(x[i]) ? x[i] * x[i] / (double)n : 0;
    return fmax(1, sqrt(sum)) / sqrt((double)n);
}

/* Powers of two, so that x + h - (x - h) is 2h for elements of ordinary size. */
static double power_of_two(double x)
{
    int exponent;
    frexp(x, &exponent);
    return ldexp(1, exponent - 1);
}

gd__derivative gd__derivative_of(gd__function *f, int64_t element, const gd_tensor *direction)
{
    gd__derivative d = {.value = (double)NAN};
    double middle = value_at(f, element, direction, 0);
    if (!isfinite(middle))
        return d;
    double scale = scale_of(f, element), least = (double)INFINITY;
    double smallest = fmax(0x1p-20 * scale, 1e8 * gd__function_noise(f));
    double h = 4 * power_of_two(fmin(smallest, 0x1p-4 * scale));
    double central = (double)NAN, jump = (double)NAN, better = (double)NAN;
    for (int level = 0; level < LEVELS; ++level, h /= 4) {
        double plus = value_at(f, element, direction, h),
               minus = value_at(f, element, direction, -h);
        double noise = gd__function_noise(f) / h;
        double c = (plus - minus) / (2 * h), j = ((plus - middle) - (middle - minus)) / h;
        double b = (16 * c - central) / 15, jump_alone = (4 * j - jump) / 3;
        double error =
            fmax(fabs(c - central) / 15, isfinite(better) ? fabs(b - better) : 0) + noise;
        if (isfinite(b) && error < least) {
            least = error;
            d = (gd__derivative){.value = b, .step = h};
            d.left = b - jump_alone / 2;
            d.right = b + jump_alone / 2;
            d.is_kink = fabs(jump_alone) > 1e-4 * (1 + fabs(b)) + 16 * noise;
        }
        if (least <= 2e-8 * (1 + fabs(d.value)) || noise > least)
            break;
        central = c;
        jump = j;
        better = b;
    }
    return d;
}
