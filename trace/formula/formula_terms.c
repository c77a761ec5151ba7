/* Terms, and what makes them shorter: an operand that was not given falls out of its sum or
 * product, as do a constant 0 and 1; of a choice that does not depend on a tensor one side is
 * left. */
#include "trace/formula/formula.h"
#include "trace/formula/formula_names.h"

#include <math.h>

int gd__term_add(gd__formula *f, gd__term term)
{
    if (f->n_terms == GD__TERMS) {
        gd_fail(GD_ERROR_FORMAT, "%s: its formula is too long", f->call->op->name);
        return -1;
    }
    f->terms[f->n_terms] = term;
    return f->n_terms++;
}

static bool two_values(const gd__formula *f, const gd__term *t, double *a, double *b)
{
    return gd__static_value(f, t->a, a) && gd__static_value(f, t->b, b);
}

bool gd__static_value(const gd__formula *f, int term, double *value)
{
    const gd__term *t = &f->terms[term];
    double a, b;
    switch (t->kind) {
    case GD__NUMBER:
        *value = t->value;
        return true;
    case GD__ABSENT:
        *value = 1;
        return true;
    case GD__NEGATIVE:
    case GD__NOT:
        if (!gd__static_value(f, t->a, &a))
            return false;
        *value = t->kind == GD__NOT ? a == 0 : -a;
        return true;
    case GD__ADD:
    case GD__SUBTRACT:
    case GD__MULTIPLY:
    case GD__DIVIDE:
    case GD__POWER:
    case GD__LESS:
    case GD__LESS_EQUAL:
    case GD__GREATER:
    case GD__GREATER_EQUAL:
    case GD__EQUAL:
    case GD__UNEQUAL:
    case GD__AND:
    case GD__OR:
        if (!two_values(f, t, &a, &b))
            return false;
        *value = (double)gd__of_two(t->kind, a, b);
        return true;
    default:
        return false;
    }
}

static bool is_static(const gd__formula *f, int term, double wanted)
{
    double value;
    return gd__static_value(f, term, &value) && value == wanted;
}

static bool is_absent(const gd__formula *f, int term)
{
    return f->terms[term].kind == GD__ABSENT;
}

/* The term that stands for two; -1: both stay. */
static int one_of(gd__formula *f, gd__kind kind, int a, int b)
{
    double value;
    switch (kind) {
    case GD__ADD:
    case GD__MULTIPLY:
        if (is_absent(f, a) || is_static(f, a, kind == GD__MULTIPLY))
            return b;
        return is_absent(f, b) || is_static(f, b, kind == GD__MULTIPLY) ? a : -1;
    case GD__SUBTRACT:
    case GD__DIVIDE:
        return is_absent(f, b) || is_static(f, b, kind == GD__DIVIDE) ? a : -1;
    case GD__AND:
        if (gd__static_value(f, a, &value))
            return value != 0 ? b : a;
        return is_static(f, b, 1) ? a : -1;
    case GD__OR:
        if (gd__static_value(f, a, &value))
            return value != 0 ? a : b;
        return is_static(f, b, 0) ? a : -1;
    default:
        return -1;
    }
}

int gd__simplified(gd__formula *f, gd__kind kind, int a, int b, int c)
{
    double value;
    if (a < 0)
        return a;
    if (kind == GD__WHERE && gd__static_value(f, b, &value))
        return value != 0 ? a : c;
    int one = b >= 0 ? one_of(f, kind, a, b) : -1;
    return one >= 0 ? one : gd__term_add(f, (gd__term){.kind = kind, .a = a, .b = b, .c = c});
}

/* ---- arithmetic ---- */

static long double power(long double a, long double b)
{
    return b == 2 ? a * a : powl(a, b);
}

long double gd__of_two(gd__kind kind, long double a, long double b)
{
    switch (kind) {
    case GD__ADD:
        return a + b;
    case GD__SUBTRACT:
        return a - b;
    case GD__MULTIPLY:
        return a * b;
    case GD__DIVIDE:
        return a / b;
    case GD__POWER:
        return power(a, b);
    case GD__LESS:
        return a < b;
    case GD__LESS_EQUAL:
        return a <= b;
    case GD__GREATER:
        return a > b;
    case GD__GREATER_EQUAL:
        return a >= b;
    case GD__EQUAL:
        return a == b;
    case GD__UNEQUAL:
        return a != b;
    case GD__AND:
        return a != 0 && b != 0;
    default:
        return a != 0 || b != 0;
    }
}

/* ---- functions ---- */

static long double sigmoid(long double x)
{
    return 1 / (1 + expl(-x));
}

static long double softplus(long double x)
{
    return x > 0 ? x + log1pl(expl(-x)) : log1pl(expl(x));
}

static long double sign(long double x)
{
    return (x > 0) - (x < 0);
}

/* The probability that a standard normal variable is below x. */
static long double normal_cdf(long double x)
{
    return erfcl(-x / sqrtl(2)) / 2;
}

static long double larger(long double a, long double b)
{
    return isnan(a) || a > b ? a : b;
}

static long double smaller(long double a, long double b)
{
    return isnan(a) || a < b ? a : b;
}

const gd__function gd__functions[] = {
    {"ln", logl, NULL},      {"exp", expl, NULL},        {"sqrt", sqrtl, NULL},
    {"tanh", tanhl, NULL},   {"sigmoid", sigmoid, NULL}, {"softplus", softplus, NULL},
    {"abs", fabsl, NULL},    {"sign", sign, NULL},       {"erf", erfl, NULL},
    {"sin", sinl, NULL},     {"cos", cosl, NULL},        {"normal_cdf", normal_cdf, NULL},
    {"trunc", truncl, NULL}, {"max", NULL, larger},      {"min", NULL, smaller},
    {NULL, NULL, NULL}};
