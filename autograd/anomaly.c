/* Anomaly mode: looks for the first NaN or infinity in what an op or a gradient rule has made, and
 * says what went in. */
#include "autograd/internal.h"
#include "tensor/chunks.h"

#include <float.h>
#include <inttypes.h>
#include <math.h>
#include <string.h>

bool gd_tape_set_anomaly_mode(gd_tape *tape, bool on)
{
    bool before = tape != NULL && tape->anomaly_mode;
    if (tape != NULL)
        tape->anomaly_mode = on;
    return before;
}

/* The number, in row-major order, of x's first element that is NaN or infinite; -1: none is. */
static int64_t first_anomaly(const gd_tensor *x, double *value)
{
    if (!gd_dtype_is_float(x->dtype))
        return -1;
    double most = x->dtype == GD_F32 ? (double)FLT_MAX : DBL_MAX;
    return gd__find_outside(x, (gd__range){-most, most, false}, value);
}

bool gd__is_finite(const gd_tensor *x)
{
    double value;
    return first_anomaly(x, &value) < 0;
}

/* ---- the message ---- */

enum {
    FOR_PLACE = 128, /* bytes of a message that its file, line and op are expected to take */
    PART_SIZE = GD__SHAPE_TEXT + 192
};

/* All but file, line and op. A part that does not fit is left out whole, and all after it. */
typedef struct report {
    char text[GD__MESSAGE_SIZE - FOR_PLACE];
    size_t length;
    bool is_cut;
} report;

static void append(report *r, const char *part)
{
    static const char cut[] = "; ...";
    size_t length = strlen(part);
    if (r->is_cut)
        return;
    if (r->length + length + sizeof cut > sizeof r->text) {
        r->is_cut = true;
        part = cut;
        length = strlen(cut);
    }
    memcpy(r->text + r->length, part, length + 1);
    r->length += length;
}

/* printf's word for a NaN may have a sign. */
static const char *name_of(double value)
{
    return isnan(value) ? "nan" : value < 0 ? "-inf" : "inf";
}

/* " in [-1, 2.5] and 2 nan, 1 inf": the range of the finite values, and how many are not. */
static void write_float_range(char *text, size_t size, const gd_tensor *x)
{
    double values[GD__CHUNK], least = (double)INFINITY, greatest = -(double)INFINITY;
    int64_t nans = 0, infinities = 0;
    gd__walk w = gd__walk_begin(1, &x);
    gd__chunks c = gd__chunks_begin(&w);
    while (gd__chunks_next(&c)) {
        gd__chunks_load(&c, 0, values);
        for (int64_t j = 0; j < c.n; ++j) {
            double value = values[j];
            nans += isnan(value) != 0;
            infinities += isinf(value) != 0;
            least = isfinite(value) && value < least ? value : least;
            greatest = isfinite(value) && value > greatest ? value : greatest;
        }
    }
    bool any_finite = least <= greatest;
    size_t at = 0;
    if (any_finite)
        at += (size_t)snprintf(text, size, " in [%g, %g]", least, greatest);
    if (nans + infinities > 0)
        at += (size_t)snprintf(text + at, size - at, any_finite ? " and " : " of ");
    if (nans > 0)
        at += (size_t)snprintf(text + at, size - at, "%" PRId64 " nan", nans);
    if (infinities > 0)
        snprintf(text + at, size - at, "%s%" PRId64 " inf", nans > 0 ? ", " : "", infinities);
}

static void write_integer_range(char *text, size_t size, const gd_tensor *x)
{
    int64_t least = INT64_MAX, greatest = INT64_MIN;
    gd__walk w = gd__walk_begin(1, &x);
    do {
        const int64_t *run = (const int64_t *)(const void *)w.data[0];
        for (int64_t j = 0; j < w.length; ++j) {
            int64_t value = run[j * w.step[0]];
            least = value < least ? value : least;
            greatest = value > greatest ? value : greatest;
        }
    } while (gd__walk_next(&w));
    if (least <= greatest)
        snprintf(text, size, " in [%" PRId64 ", %" PRId64 "]", least, greatest);
}

/* "; dy: float32 [8] in [1, 1]" */
static void append_tensor(report *r, const char *name, const gd_tensor *x)
{
    char part[PART_SIZE], shape[GD__SHAPE_TEXT], range[128] = "";
    if (gd_dtype_is_float(x->dtype))
        write_float_range(range, sizeof range, x);
    else if (x->dtype == GD_I64)
        write_integer_range(range, sizeof range, x);
    snprintf(part, sizeof part, "; %s: %s %s%s", name, gd_dtype_name(x->dtype),
             gd__shape_text(shape, x->ndim, x->shape), range);
    append(r, part);
}

/* Fails for `what`, element number `index` of x. dy: NULL in a forward. */
static bool fail(gd_tape *tape, const gd_node *node, const char *what, const gd_tensor *x,
                 int64_t index, double value, const gd_tensor *dy)
{
    report r = {.length = 0};
    char part[PART_SIZE], position[GD__SHAPE_TEXT];
    snprintf(part, sizeof part, "%s at %s is %s", what, gd__position_text(position, x, index),
             name_of(value));
    append(&r, part);
    if (dy != NULL)
        append_tensor(&r, "dy", dy);
    for (int i = 0; i < node->n_in && !r.is_cut; ++i) {
        char name[GD__NAME_SIZE];
        if (node->in[i] != NULL)
            append_tensor(&r, gd__operand_name(node, i, name), node->in[i]);
    }
    tape->calling = node->op->name;
    return gd_tape_fail(tape, GD_ERROR_VALUE, "%s", r.text);
}

/* ---- what is scanned ---- */

bool gd__scan_result(gd_tape *tape, const gd_node *node)
{
    double value;
    int64_t index = first_anomaly(node->out, &value);
    return index < 0 || fail(tape, node, "the result", node->out, index, value, NULL);
}

bool gd__scan_gradient(gd_tape *tape, const gd_node *node, int i, const gd_tensor *gradient,
                       bool is_sum)
{
    double value;
    int64_t index = first_anomaly(gradient, &value);
    if (index < 0)
        return true;
    char what[96], name[GD__NAME_SIZE];
    snprintf(what, sizeof what, "the %s of %s", is_sum ? "sum of gradients" : "gradient",
             gd__operand_name(node, i, name));
    return fail(tape, node, what, gradient, index, value, node->gradient);
}
