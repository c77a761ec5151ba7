/* The number that a formula gives for an element, and what it reads for that. In long double: what
 * float64 has rounded or lost is seen against it. */
#include "trace/formula/formula.h"
#include "trace/formula/formula_names.h"

#include <inttypes.h>
#include <math.h>

static void note(gd__evaluation *e, gd__reading reading)
{
    gd__reading *next = gd__array_add(&e->readings);
    if (next != NULL)
        *next = reading;
    else
        gd_fail(GD_ERROR_MEMORY, "no memory for what a formula reads");
    e->failed |= next == NULL;
}

/* Element `number` of a slot; of -1, a place that is not there, 0. */
static long double read_element(gd__evaluation *e, int slot, int64_t number)
{
    const gd__numbers *x = &e->f->call->slots[slot];
    double value = 0;
    if (number < 0 || e->failed)
        return 0;
    if (!gd__known_element(x, number, &value)) {
        e->failed = true;
        gd_fail(GD_ERROR_VALUE, "element %" PRId64 " of %s was not recorded", number, x->name);
    } else if (e->watch)
        note(e, (gd__reading){slot, number, value, HUGE_VAL});
    return value;
}

static long double read(gd__evaluation *e, const gd__term *t)
{
    long double at[GD_MAX_DIMS] = {0};
    for (int i = 0; i < t->n_list; ++i)
        at[i] = gd__evaluate(e, t->list[i]);
    if (t->n_list == 0 && t->a >= 0)
        at[0] = gd__evaluate(e, t->a);
    return read_element(e, t->slot, gd__place_read(e, t, at));
}

static long double joined(gd__evaluation *e, const gd__term *t)
{
    int slot;
    int64_t number = gd__place_joined(e, t, &slot);
    return read_element(e, slot, number);
}

/* ---- sums ---- */

bool gd__is_left_out(gd__evaluation *e, int term)
{
    const gd__term *t = &e->f->terms[term], *other = &e->f->terms[t->kind == GD__WHERE ? t->c : 0];
    return t->kind == GD__WHERE && other->kind == GD__NUMBER && other->value == 0 &&
           gd__evaluate(e, t->b) == 0;
}

/* A term of a sum, whose size is the share of all that it reads. */
static long double term_of(gd__evaluation *e, int term)
{
    int64_t first = e->readings.count;
    long double value = gd__evaluate(e, term);
    gd__reading *readings = e->readings.items;
    for (int64_t i = first; i < e->readings.count; ++i)
        readings[i].share = (double)fabsl(value);
    return value;
}

static long double reduce(gd__evaluation *e, const gd__term *t)
{
    long double result = 0;
    int64_t count = 0;
    for (gd__sum_walk w = gd__sum_begin(e, t); gd__sum_next(&w);) {
        long double term = term_of(e, t->a);
        bool better = isnan(term) || (t->slot == GD__MAX ? term > result : term < result);
        if (t->slot == GD__SUM || t->slot == GD__MEAN)
            result += term;
        else if (count == 0 || better)
            result = term;
        ++count;
    }
    return t->slot == GD__MEAN ? result / (long double)count : result;
}

/* ---- where a mask is true ---- */

/* The mask of t, as a term that reads it here. */
static bool mask_here(gd__evaluation *e, const gd__term *t)
{
    bool watch = e->watch;
    gd__term mask = {.kind = GD__READ, .slot = t->slot, .a = -1};
    e->watch = false;
    bool value = read(e, &mask) != 0;
    e->watch = watch;
    return value;
}

bool gd__go_to_nth(gd__evaluation *e, const gd__term *t)
{
    int64_t wanted = gd__frame_number(&e->frame), seen = 0;
    bool found = false;
    gd__frame place = e->f->whole;
    gd__term all = {.kind = GD__REDUCE, .over = GD__OVER_ALL};
    e->frame = e->f->whole;
    for (gd__sum_walk w = gd__sum_begin(e, &all); gd__sum_next(&w);)
        if (!found && mask_here(e, t) && seen++ == wanted) {
            found = true;
            place = e->frame;
        }
    e->frame = place;
    return found;
}

static long double nth(gd__evaluation *e, const gd__term *t)
{
    gd__frame before = e->frame;
    long double result = gd__go_to_nth(e, t) ? gd__evaluate(e, t->a) : 0;
    e->frame = before;
    return result;
}

static long double count_before(gd__evaluation *e, const gd__term *t)
{
    gd__frame here = e->frame;
    int64_t end = gd__frame_number(&here), at = 0, count = 0;
    gd__term all = {.kind = GD__REDUCE, .over = GD__OVER_ALL};
    for (gd__sum_walk w = gd__sum_begin(e, &all); gd__sum_next(&w);)
        count += at++ < end && mask_here(e, t);
    e->frame = here;
    return (long double)count;
}

/* ---- losses ---- */

bool gd__is_kept(gd__evaluation *e)
{
    return e->f->kept < 0 || gd__evaluate(e, e->f->kept) != 0;
}

/* The dimensions that positions have: those of the whole without the classes'. */
static unsigned position_bits(const gd__evaluation *e)
{
    return ((1u << e->f->whole.ndim) - 1) & ~e->f->reduced;
}

gd__sum_walk gd__positions(gd__evaluation *e)
{
    static const gd__term all = {.kind = GD__REDUCE, .over = GD__OVER_ALL};
    gd__sum_walk w = gd__sum_begin(e, &all);
    w.bits = position_bits(e);
    e->frame = e->f->whole;
    return w;
}

static long double count_positions(gd__evaluation *e)
{
    long double count = 0;
    for (gd__sum_walk w = gd__positions(e); gd__sum_next(&w);)
        if (gd__is_kept(e))
            count += e->f->counted < 0 ? 1 : gd__evaluate(e, e->f->counted);
    return count;
}

static long double divide_by(gd__evaluation *e)
{
    const gd__call *call = e->f->call;
    double denominator;
    if (gd__attribute_is(call, "reduction", "batchmean")) {
        unsigned bits = position_bits(e);
        return bits != 0 ? (long double)e->f->whole.size[__builtin_ctz(bits)] : 1;
    }
    if (!gd__attribute_is(call, "reduction", "mean"))
        return 1;
    return gd__attribute(call, "denominator", 11, &denominator) ? denominator : count_positions(e);
}

long double gd__divisor(gd__evaluation *e)
{
    bool watch = e->watch;
    e->watch = false;
    if (!e->has_divisor)
        e->divisor = divide_by(e);
    e->has_divisor = true;
    e->watch = watch;
    return e->divisor;
}

static long double reduced(gd__evaluation *e, const gd__term *t)
{
    long double sum = 0, divisor = gd__divisor(e);
    double nan_when_empty = 0;
    if (gd__attribute_is(e->f->call, "reduction", "none"))
        return gd__is_kept(e) ? gd__evaluate(e, t->a) : 0;
    for (gd__sum_walk w = gd__positions(e); gd__sum_next(&w);)
        if (gd__is_kept(e))
            sum += term_of(e, t->a);
    gd__attribute(e->f->call, "nan_when_empty", 14, &nan_when_empty);
    return divisor > 0 ? sum / divisor : nan_when_empty != 0 ? (long double)NAN : 0;
}

static long double slope(gd__evaluation *e)
{
    gd__term dy = {.kind = GD__READ, .slot = GD__DY, .a = -1};
    return gd__is_kept(e) && gd__divisor(e) > 0 ? read(e, &dy) / gd__divisor(e) : 0;
}

/* ---- the rest ---- */

static long double noise(gd__evaluation *e)
{
    gd_rng rng;
    double value = 0;
    if (!gd__attribute_stream(e->f->call, &rng))
        return 0;
    rng.counter += (uint64_t)gd__frame_number(&e->frame);
    gd_tensor one = {.data = &value, .dtype = GD_F64};
    gd_tensor_uniform(&one, &rng, 0, 1);
    return value;
}

static bool is_number(const gd__evaluation *e, int term, double value)
{
    const gd__term *t = &e->f->terms[term];
    return t->kind == GD__NUMBER && t->value == value;
}

static bool is_e(const gd__evaluation *e, int term)
{
    return is_number(e, term, 2.718281828459045235);
}

/* ln(1 + x) and e^x - 1 keep a small x; 0 times anything is 0 in a loss. */
static long double of_two(gd__evaluation *e, const gd__term *t)
{
    const gd__term *a = &e->f->terms[t->a];
    if (t->kind == GD__POWER && is_e(e, t->a))
        return expl(gd__evaluate(e, t->b));
    if (t->kind == GD__SUBTRACT && a->kind == GD__POWER && is_e(e, a->a) && is_number(e, t->b, 1))
        return expm1l(gd__evaluate(e, a->b));
    long double left = gd__evaluate(e, t->a);
    bool decided = (t->kind == GD__MULTIPLY && e->f->zero_wins && left == 0) ||
                   (t->kind == GD__AND && left == 0);
    return decided ? 0 : gd__of_two(t->kind, left, gd__evaluate(e, t->b));
}

static long double function(gd__evaluation *e, const gd__term *t)
{
    const gd__function *f = &gd__functions[t->slot];
    const gd__term *a = &e->f->terms[t->a];
    bool sum = a->kind == GD__ADD || a->kind == GD__SUBTRACT;
    if (f->of_one == logl && sum && is_number(e, a->a, 1))
        return log1pl(gd__evaluate(e, a->b) * (a->kind == GD__ADD ? 1 : -1));
    return f->of_one != NULL ? f->of_one(gd__evaluate(e, t->a))
                             : f->of_two(gd__evaluate(e, t->a), gd__evaluate(e, t->b));
}

long double gd__evaluate(gd__evaluation *e, int term)
{
    const gd__term *t = &e->f->terms[term];
    unsigned bits;
    if (e->failed)
        return 0;
    switch (t->kind) {
    case GD__NUMBER:
        return t->value;
    case GD__ABSENT:
        return 1;
    case GD__VARIABLE:
        return (long double)e->variables[t->slot];
    case GD__READ:
        return read(e, t);
    case GD__NEGATIVE:
        return -gd__evaluate(e, t->a);
    case GD__NOT:
        return gd__evaluate(e, t->a) == 0;
    case GD__WHERE:
        return gd__evaluate(e, gd__evaluate(e, t->b) != 0 ? t->a : t->c);
    case GD__FUNCTION:
        return function(e, t);
    case GD__REDUCE:
        return reduce(e, t);
    case GD__NTH:
        return nth(e, t);
    case GD__BEFORE:
        return count_before(e, t);
    case GD__AT:
        bits = gd__over_bits(e->f, t->over, e->frame.ndim);
        return bits != 0 ? (long double)e->frame.at[__builtin_ctz(bits)] : 0;
    case GD__JOINED:
        return joined(e, t);
    case GD__NOISE:
        return noise(e);
    case GD__REDUCED:
        return reduced(e, t);
    case GD__SLOPE:
        return slope(e);
    default:
        return of_two(e, t);
    }
}
