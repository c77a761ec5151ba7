/* Taking in a batch: its shapes and dtypes are checked, then each value, and only then is it handed to
 * the kind, one outcome after the other: it counts in whole or not at all. */
#include "losses/metrics/kind.h"
#include "tensor/internal.h"
#include "tensor/rows.h"

#include <float.h>
#include <inttypes.h>
#include <math.h>

/* What is walked, position after position or sample after sample. */
enum { INPUT, TARGET, MASK, TENSORS };

typedef struct batch {
    gd_metric *metric;
    const gd_tensor *given[TENSORS];
    bool of_labels, of_scores;
    bool has_classes; /* the input's last dimension is that of the classes or labels */
    gd_dtype input_dtype, target_dtype;
} batch;

/* ---- shapes and dtypes ---- */

static gd_status wrong_shape(const batch *b, int tensor, const char *needed)
{
    static const char *const names[TENSORS] = {"input", "target", "mask"};
    const gd_tensor *x = b->given[tensor], *target = b->given[TARGET];
    char texts[2][GD__SHAPE_TEXT];
    return gd__fail(GD_ERROR_SHAPE, "%s: %s %s and target %s: %s", b->metric->kind->name,
                    names[tensor], gd__shape_text(texts[0], x->ndim, x->shape),
                    gd__shape_text(texts[1], target->ndim, target->shape), needed);
}

/* Where the last dimension is not that of the metric's classes. */
static gd_status wrong_classes(const batch *b, const char *what)
{
    char needed[96];
    snprintf(needed, sizeof needed, "[..,%" PRId64 "] %s needed", b->metric->classes, what);
    return wrong_shape(b, INPUT, needed);
}

/* Whether the input's shape is the target's followed by C. */
static bool has_scores_of(const gd_tensor *input, const gd_tensor *target, int64_t classes)
{
    bool fits = input->ndim == target->ndim + 1 && input->shape[input->ndim - 1] == classes;
    for (int k = 0; fits && k < target->ndim; ++k)
        fits = input->shape[k] == target->shape[k];
    return fits;
}

static gd_status check_classes(batch *b)
{
    const gd_metric *m = b->metric;
    const gd_tensor *input = b->given[INPUT], *target = b->given[TARGET];
    bool needs_scores = (m->kind->accepts & GD__OF_SCORES) != 0;
    b->has_classes = b->of_scores;
    if ((m->kind->accepts & GD__OF_CLASSES) == 0 || m->options.average == GD_AVERAGE_SAMPLES)
        return gd__fail(GD_ERROR_DTYPE,
                        "%s: the target is int64, but it compares labels: bool, or "
                        "float32 or float64 of 0 and 1",
                        m->kind->name);
    if (!b->of_scores && (input->dtype != GD_I64 || needs_scores))
        return gd__fail(GD_ERROR_DTYPE, "%s: the input is %s; %sfloat32 or float64 is needed",
                        m->kind->name, gd_dtype_name(input->dtype), needs_scores ? "" : "int64, ");
    if (b->of_scores && !has_scores_of(input, target, m->classes))
        return wrong_classes(b, "scores for [..] are");
    return b->of_scores || gd__same_shape(input, target)
               ? GD_OK
               : wrong_shape(b, INPUT, "shapes must be equal");
}

static gd_status check_labels(batch *b)
{
    const gd_metric *m = b->metric;
    const gd_tensor *input = b->given[INPUT], *target = b->given[TARGET];
    bool needs_scores = (m->kind->accepts & GD__OF_SCORES) != 0;
    bool of_labels = (m->kind->accepts & GD__OF_LABELS) != 0;
    if (!of_labels || (target->dtype != GD_BOOL && !gd_dtype_is_float(target->dtype)))
        return gd__fail(GD_ERROR_DTYPE, "%s: the target is %s; %s is needed", m->kind->name,
                        gd_dtype_name(target->dtype), of_labels ? "int64, bool or float" : "int64");
    if (!b->of_scores && (input->dtype != GD_BOOL || needs_scores))
        return gd__fail(GD_ERROR_DTYPE, "%s: the input is %s; %sfloat32 or float64 is needed",
                        m->kind->name, gd_dtype_name(input->dtype), needs_scores ? "" : "bool, ");
    if (!gd__same_shape(input, target))
        return wrong_shape(b, INPUT, "shapes must be equal");
    b->has_classes = input->ndim > 0 && input->shape[input->ndim - 1] == m->classes;
    return b->has_classes || m->classes == 1 ? GD_OK : wrong_classes(b, "is");
}

static gd_status check_mask(const batch *b)
{
    const gd_tensor *mask = b->given[MASK];
    if (mask != NULL && mask->dtype != GD_BOOL)
        return gd__fail(GD_ERROR_DTYPE, "%s: the mask is %s; bool is needed", b->metric->kind->name,
                        gd_dtype_name(mask->dtype));
    return mask == NULL || gd__same_shape(mask, b->given[TARGET])
               ? GD_OK
               : wrong_shape(b, MASK, "shapes must be equal");
}

static gd_status check_tensors(batch *b)
{
    for (int k = 0; k < TENSORS; ++k)
        if ((k != MASK || b->given[k] != NULL) && !gd__is_valid(b->metric->kind->name, b->given[k]))
            return GD_ERROR_ARGUMENT;
    b->input_dtype = b->given[INPUT]->dtype;
    b->target_dtype = b->given[TARGET]->dtype;
    b->of_labels = b->target_dtype != GD_I64;
    b->of_scores = gd_dtype_is_float(b->input_dtype);
    gd_status status = b->of_labels ? check_labels(b) : check_classes(b);
    if (status == GD_OK && !b->has_classes && b->given[INPUT]->ndim == GD_MAX_DIMS)
        return wrong_shape(b, INPUT, "there is no dimension left for the classes");
    return status == GD_OK ? check_mask(b) : status;
}

/* ---- rows: a sample with its labels, or a position with its scores, if there are any ---- */

static gd__rows rows_of(const batch *b)
{
    gd_tensor views[TENSORS];
    const gd_tensor *walked[TENSORS];
    int longest = b->given[INPUT]->ndim + !b->has_classes;
    int count = b->given[MASK] != NULL ? TENSORS : MASK;
    for (int k = 0; k < count; ++k) {
        views[k] = gd__view_of(b->given[k]);
        if (views[k].ndim < longest)
            gd__insert_dimension(&views[k], views[k].ndim);
        walked[k] = &views[k];
    }
    return gd__rows_begin(count, walked, 1u << (longest - 1));
}

static double number_at(gd_dtype dtype, const gd__rows *r, int tensor, int64_t j)
{
    int64_t at = j * r->row.step[tensor];
    return dtype == GD_BOOL ? ((const uint8_t *)r->row.data[tensor])[at] != 0
                            : gd__float_at(dtype, r->row.data[tensor], at);
}

static int64_t class_at(const gd__rows *r, int tensor)
{
    return *(const int64_t *)(const void *)r->row.data[tensor];
}

static bool is_counted(const batch *b, const gd__rows *r, int64_t j)
{
    return b->given[MASK] == NULL ||
           ((const uint8_t *)r->row.data[MASK])[j * r->row.step[MASK]] != 0;
}

/* ---- checking values ---- */

/* Element j of this row, which a tensor without the dimension of the classes has one of. */
static const char *position_text(char *buffer, const batch *b, const gd__rows *r, int tensor,
                                 int64_t j)
{
    bool has_classes = b->of_labels || (tensor == INPUT && b->of_scores);
    return gd__position_text(buffer, b->given[tensor],
                             has_classes ? r->number * r->row.length + j : r->number);
}

/* All digits: what is refused for being just above 1 must not read as 1. */
static gd_status refuse(const batch *b, const gd__rows *r, int tensor, int64_t j, const char *what,
                        double value, const char *rule)
{
    char position[GD__SHAPE_TEXT];
    return gd__fail(GD_ERROR_VALUE, "%s: %s %.17g at %s %s", b->metric->kind->name, what, value,
                    position_text(position, b, r, tensor, j), rule);
}

static gd_status check_class(const batch *b, const gd__rows *r, int tensor, const char *what)
{
    int64_t c = class_at(r, tensor);
    char position[GD__SHAPE_TEXT];
    if (c >= 0 && c < b->metric->classes)
        return GD_OK;
    return gd__fail(GD_ERROR_VALUE, "%s: %s %" PRId64 " at %s is outside [0,%" PRId64 ")",
                    b->metric->kind->name, what, c, position_text(position, b, r, tensor, 0),
                    b->metric->classes);
}

static gd_status check_score(const batch *b, const gd__rows *r, int64_t j)
{
    double score = number_at(b->input_dtype, r, INPUT, j);
    if (b->metric->kind->of_probabilities)
        return score >= 0 && score <= 1
                   ? GD_OK
                   : refuse(b, r, INPUT, j, "probability", score, "is outside [0,1]");
    return isnan(score) ? refuse(b, r, INPUT, j, "score", score, "cannot be ordered") : GD_OK;
}

static gd_status check_class_row(const batch *b, const gd__rows *r)
{
    if (!is_counted(b, r, 0))
        return GD_OK;
    gd_status status = check_class(b, r, TARGET, "target");
    if (status == GD_OK && !b->of_scores)
        return check_class(b, r, INPUT, "prediction");
    for (int64_t j = 0; status == GD_OK && j < r->row.length; ++j)
        status = check_score(b, r, j);
    return status;
}

static gd_status check_label_row(const batch *b, const gd__rows *r)
{
    gd_status status = GD_OK;
    for (int64_t j = 0; status == GD_OK && j < r->row.length; ++j) {
        if (!is_counted(b, r, j))
            continue;
        double target = number_at(b->target_dtype, r, TARGET, j);
        status = target == 0 || target == 1
                     ? check_score(b, r, j)
                     : refuse(b, r, TARGET, j, "target", target, "is neither 0 nor 1");
    }
    return status;
}

/* ---- taking in ---- */

static void add_class_row(const batch *b, const gd__rows *r, gd__outcome *o)
{
    gd_metric *m = b->metric;
    if (!is_counted(b, r, 0))
        return;
    o->right = class_at(r, TARGET);
    o->n = b->of_scores ? r->row.length : 0;
    o->guess = b->of_scores ? 0 : class_at(r, INPUT);
    for (int64_t j = 0; j < o->n; ++j) {
        m->score[j] = number_at(b->input_dtype, r, INPUT, j);
        o->guess = m->score[j] > m->score[o->guess] ? j : o->guess;
    }
    m->kind->add(m, o);
}

static void add_label_row(const batch *b, const gd__rows *r, gd__outcome *o)
{
    gd_metric *m = b->metric;
    int64_t n = 0;
    for (int64_t j = 0; j < r->row.length; ++j) {
        if (!is_counted(b, r, j))
            continue;
        m->score[n] = number_at(b->input_dtype, r, INPUT, j);
        m->label[n] = j;
        m->yes[n] = number_at(b->target_dtype, r, TARGET, j) != 0;
        m->said_yes[n] = m->score[n] > (b->of_scores ? m->options.threshold : 0);
        ++n;
    }
    o->n = n;
    if (n > 0)
        m->kind->add(m, o);
}

gd_status gd_metric_update(gd_metric *metric, const gd_tensor *input, const gd_tensor *target,
                           const gd_tensor *mask)
{
    if (metric == NULL)
        return gd__fail(GD_ERROR_ARGUMENT, "metric_update: the metric is NULL");
    batch b = {.metric = metric, .given = {input, target, mask}};
    gd_status status = check_tensors(&b);
    if (status != GD_OK)
        return status;
    for (gd__rows r = rows_of(&b); gd__rows_next(&r);)
        if ((status = b.of_labels ? check_label_row(&b, &r) : check_class_row(&b, &r)) != GD_OK)
            return status;
    if (metric->kind->keeps_scores && !gd__metric_make_room(metric, (size_t)gd_tensor_numel(input)))
        return gd__fail(GD_ERROR_MEMORY, "%s: out of memory", metric->kind->name);
    gd__outcome o = {.of_labels = b.of_labels,
                     .eps = b.input_dtype == GD_F32 ? (double)FLT_EPSILON : DBL_EPSILON,
                     .score = metric->score,
                     .label = metric->label,
                     .yes = metric->yes,
                     .said_yes = metric->said_yes};
    for (gd__rows r = rows_of(&b); gd__rows_next(&r);)
        b.of_labels ? add_label_row(&b, &r, &o) : add_class_row(&b, &r, &o);
    return GD_OK;
}
