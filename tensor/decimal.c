#include "tensor/decimal.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static gd__decimal without_zeros(gd__decimal d)
{
    while (d.count > 0 && d.digits[d.count - 1] == '0')
        --d.count;
    if (d.count == 0)
        d.point = 1;
    return d;
}

gd__decimal gd__decimal_rounded(double value, int significant)
{
    char text[64];
    gd__decimal d = {.negative = signbit(value) != 0};
    snprintf(text, sizeof text, "%.*e", significant - 1, fabs(value));
    const char *exponent = strchr(text, 'e');
    for (const char *c = text; c < exponent; ++c)
        if (*c >= '0' && *c <= '9')
            d.digits[d.count++] = *c;
    d.point = atoi(exponent + 1) + 1;
    return without_zeros(d);
}

/* Whether this is read as the value. */
static bool reads_back(const gd__decimal *d, double value, gd_dtype dtype)
{
    char text[64];
    snprintf(text, sizeof text, "0%.*se%d", d->count, d->digits, d->point - d->count);
    return (dtype == GD_F32 ? (double)strtof(text, NULL) : strtod(text, NULL)) == fabs(value);
}

/* The next larger decimal of so many digits. */
static gd__decimal above(const gd__decimal *d, int significant)
{
    gd__decimal next = {.negative = d->negative};
    int64_t whole = 0;
    for (int i = 0; i < significant; ++i)
        whole = 10 * whole + (gd__digit_at(d, i) - '0');
    next.count = snprintf(next.digits, sizeof next.digits, "%" PRId64, whole + 1);
    next.point = d->point + next.count - significant;
    return without_zeros(next);
}

/* As few digits as tell the value from all others of its dtype. They need not be the value
 * rounded: below a power of two numbers lie twice as densely as above, so that what it is rounded
 * down to may be read as the next smaller number where the decimal above is still read as the
 * value. */
static gd__decimal unique(double value, gd_dtype dtype)
{
    int significant = 1, enough = dtype == GD_F32 ? 9 : 17;
    for (; significant < enough; ++significant) {
        gd__decimal d = gd__decimal_rounded(value, significant);
        if (reads_back(&d, value, dtype))
            return d;
        d = above(&d, significant);
        if (reads_back(&d, value, dtype))
            return d;
    }
    return gd__decimal_rounded(value, enough);
}

gd__decimal gd__decimal_shortest(double value, gd_dtype dtype, int most, bool scientific)
{
    gd__decimal d = unique(value, dtype);
    int allowed = scientific ? most + 1 : most + d.point;
    if (d.count <= allowed)
        return d;
    return allowed > 0 ? gd__decimal_rounded(value, allowed)
                       : (gd__decimal){.point = 1, .negative = d.negative};
}
