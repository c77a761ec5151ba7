/* gd_metric_update: shapes and dtypes are checked, then every value, and only then does the
 * metric's kind get one outcome after the other. A batch counts in whole or not at all. */
#include "losses/metrics/kind.h"
#include "tensor/internal.h"
#include "tensor/rows.h"

#include <float.h>
#include <inttypes.h>
#include <math.h>

enum { INPUT, TARGET, MASK, TENSORS };

typedef struct batch {
    gd_metric *metric;
    const gd_tensor *given[TENSORS]; /* the mask may be NULL */
    bool of_labels, of_scores;
    bool has_classes; /* the input's last dimension is that of the classes or labels */
} batch;

static bool accepts(const gd_metric_kind *kind, unsigned what)
{
    return (kind->accepts & what) == what;
}

/* ---- shapes and dtypes ---- */

static const char *const names[TENSORS] = {"input", "target", "mask"};

static gd_status wrong_dtype(const batch *b, int tensor, const char *needed)
{
    return gd_fail(GD_ERROR_DTYPE, "%s: the %s is %s; %s is needed", b->metric->kind->name,
                   names[tensor], gd_dtype_name(b->given[tensor]->dtype), needed);
}

static gd_status check_dtypes(const batch *b)
{
    const gd_metric_kind *kind = b->metric->kind;
    gd_dtype input = b->given[INPUT]->dtype, target = b->given[TARGET]->dtype;
    if (accepts(kind, GD__NUMBERS) && !gd_dtype_is_float(target))
        return wrong_dtype(b, TARGET, "float32 or float64");
    bool needs_labels =
        !accepts(kind, GD__CLASSES) || b->metric->options.average == GD_AVERAGE_SAMPLES;
    if (!b->of_labels && needs_labels)
        return gd_fail(GD_ERROR_DTYPE,
                       "%s: the target is int64, but it compares labels: bool, or "
                       "float32 or float64 of 0 and 1",
                       kind->name);
    if (b->of_labels && !accepts(kind, GD__LABELS))
        return wrong_dtype(b, TARGET, "int64");
    if (b->of_labels && target != GD_BOOL && !gd_dtype_is_float(target))
        return wrong_dtype(b, TARGET, "int64, bool or float");
    if (!b->of_scores && accepts(kind, GD__SCORES))
        return wrong_dtype(b, INPUT, "float32 or float64");
    if (!b->of_scores && input != (b->of_labels ? GD_BOOL : GD_I64))
        return wrong_dtype(b, INPUT,
                           b->of_labels ? "bool, float32 or float64" : "int64, float32 or float64");
    return b->given[MASK] == NULL || b->given[MASK]->dtype == GD_BOOL
               ? GD_OK
               : wrong_dtype(b, MASK, "bool");
}

static gd_status wrong_shape(const batch *b, int tensor, const char *needed)
{
    const gd_tensor *x = b->given[tensor], *target = b->given[TARGET];
    char texts[2][GD__SHAPE_TEXT];
    return gd_fail(GD_ERROR_SHAPE, "%s: %s %s and target %s: %s", b->metric->kind->name,
                   names[tensor], gd__shape_text(texts[0], x->ndim, x->shape),
                   gd__shape_text(texts[1], target->ndim, target->shape), needed);
}

static gd_status check_shapes(batch *b)
{
    const gd_tensor *input = b->given[INPUT], *target = b->given[TARGET], *mask = b->given[MASK];
    gd_tensor compared = gd__view_of(input); /* what must have the target's shape */
    int64_t classes = b->metric->classes;
    bool ends_in_classes = input->ndim > 0 && input->shape[input->ndim - 1] == classes;
    char needed[96];
    snprintf(needed, sizeof needed, "[..,%" PRId64 "] %s needed", classes,
             b->of_labels ? "is" : "scores for [..] are");
    b->has_classes = b->of_labels ? ends_in_classes : b->of_scores;
    if (!b->of_labels && b->of_scores) {
        --compared.ndim;
        if (!ends_in_classes || !gd__same_shape(&compared, target))
            return wrong_shape(b, INPUT, needed);
    }
    if (!gd__same_shape(&compared, target))
        return wrong_shape(b, INPUT, "shapes must be equal");
    if (b->of_labels && !b->has_classes && classes != 1)
        return wrong_shape(b, INPUT, needed);
    if (!b->has_classes && input->ndim == GD_MAX_DIMS)
        return wrong_shape(b, INPUT, "there is no dimension left for the classes");
    return mask == NULL || gd__same_shape(mask, target)
               ? GD_OK
               : wrong_shape(b, MASK, "shapes must be equal");
}

static gd_status check_tensors(batch *b)
{
    for (int k = 0; k < TENSORS; ++k)
        if ((k != MASK || b->given[k] != NULL) && !gd__is_valid(b->metric->kind->name, b->given[k]))
            return GD_ERROR_ARGUMENT;
    b->of_labels = b->given[TARGET]->dtype != GD_I64;
    b->of_scores = gd_dtype_is_float(b->given[INPUT]->dtype);
    gd_status status = check_dtypes(b);
    return status == GD_OK ? check_shapes(b) : status;
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

static int64_t class_at(const gd__rows *r, int tensor)
{
    return *(const int64_t *)(const void *)r->row.data[tensor];
}

/* Of labels each is masked, of classes the position. */
static bool is_counted(const batch *b, const gd__rows *r, int64_t j)
{
    return b->given[MASK] == NULL || r->row.data[MASK][j * r->row.step[MASK]] != 0;
}

/* The row of a tensor as numbers. */
static void load(const batch *b, const gd__rows *r, int tensor, double *to)
{
    gd_dtype dtype = b->given[tensor]->dtype;
    const char *data = r->row.data[tensor];
    int64_t step = r->row.step[tensor], n = r->row.length;
    for (int64_t j = 0; j < n; ++j)
        to[j] = dtype == GD_BOOL ? data[j * step] != 0 : gd__float_at(dtype, data, j * step);
}

/* Loads scores and labels of a row, if it has any. Returns how many. */
static int64_t load_row(const batch *b, const gd__rows *r, const gd__outcome *o)
{
    if (b->of_labels)
        load(b, r, TARGET, o->yes);
    if (b->of_labels || b->of_scores)
        load(b, r, INPUT, o->score);
    return b->of_labels || b->of_scores ? r->row.length : 0;
}

static gd_status check_class(const batch *b, const gd__rows *r, int tensor, const char *what)
{
    int64_t c = class_at(r, tensor);
    char position[GD__SHAPE_TEXT];
    if (c >= 0 && c < b->metric->classes)
        return GD_OK;
    return gd_fail(GD_ERROR_VALUE, "%s: %s %" PRId64 " at %s is outside [0,%" PRId64 ")",
                   b->metric->kind->name, what, c,
                   gd__position_text(position, b->given[tensor], r->number), b->metric->classes);
}

/* Of element j of the row. All digits are shown: a value just above 1 must not read as 1. */
static gd_status refuse(const batch *b, const gd__rows *r, int tensor, int64_t j, const char *what,
                        double value, const char *rule)
{
    char position[GD__SHAPE_TEXT];
    gd__position_text(position, b->given[tensor], r->number * r->row.length + j);
    return gd_fail(GD_ERROR_VALUE, "%s: %s %.17g at %s %s", b->metric->kind->name, what, value,
                   position, rule);
}

static gd_status check_row(const batch *b, const gd__rows *r, const gd__outcome *o)
{
    if (!b->of_labels && !is_counted(b, r, 0))
        return GD_OK;
    gd_status status = b->of_labels ? GD_OK : check_class(b, r, TARGET, "target");
    if (status == GD_OK && !b->of_labels && !b->of_scores)
        status = check_class(b, r, INPUT, "prediction");
    bool probabilities = accepts(b->metric->kind, GD__PROBABILITIES);
    bool numbers = accepts(b->metric->kind, GD__NUMBERS);
    int64_t n = load_row(b, r, o);
    for (int64_t j = 0; status == GD_OK && j < n; ++j) {
        double score = o->score[j], yes = b->of_labels ? o->yes[j] : 0;
        if (b->of_labels && !is_counted(b, r, j))
            continue;
        if (numbers && !isfinite(yes))
            status = refuse(b, r, TARGET, j, "target", yes, "is not finite");
        else if (!numbers && yes != 0 && yes != 1)
            status = refuse(b, r, TARGET, j, "target", yes, "is neither 0 nor 1");
        else if (probabilities && !(score >= 0 && score <= 1))
            status = refuse(b, r, INPUT, j, "probability", score, "is outside [0,1]");
        else if (numbers && !isfinite(score))
            status = refuse(b, r, INPUT, j, "prediction", score, "is not finite");
        else if (isnan(score))
            status = refuse(b, r, INPUT, j, "score", score, "cannot be ordered");
    }
    return status;
}

static void add_row(const batch *b, const gd__rows *r, gd__outcome *o)
{
    int64_t size = load_row(b, r, o), n = 0, guess = 0, *label = o->label;
    double *score = o->score, *yes = o->yes, largest = -(double)INFINITY;
    if (!b->of_labels && !is_counted(b, r, 0))
        return;
    o->right = b->of_labels ? 0 : class_at(r, TARGET);
    for (int64_t j = 0; j < size; ++j) {
        if (b->of_labels && !is_counted(b, r, j))
            continue;
        label[n] = j;
        yes[n] = b->of_labels ? yes[j] : j == o->right;
        score[n] = score[j];
        guess = score[n] > largest ? n : guess;
        largest = score[n] > largest ? score[n] : largest;
        ++n;
    }
    o->n = n;
    o->guess = b->of_labels || b->of_scores ? guess : class_at(r, INPUT);
    if (!b->of_labels || n > 0)
        b->metric->kind->add(b->metric, o);
}

gd_status gd_metric_update(gd_metric *m, const gd_tensor *input, const gd_tensor *target,
                           const gd_tensor *mask)
{
    if (m == NULL)
        return gd_fail(GD_ERROR_ARGUMENT, "metric_update: the metric is NULL");
    batch b = {.metric = m, .given = {input, target, mask}};
    gd_status status = check_tensors(&b);
    if (status != GD_OK)
        return status;
    gd__outcome *o = &m->outcome;
    o->of_labels = b.of_labels;
    o->threshold = b.of_scores ? m->options.threshold : 0;
    o->eps = input->dtype == GD_F32 ? (double)FLT_EPSILON : DBL_EPSILON;
    for (gd__rows r = rows_of(&b); gd__rows_next(&r);)
        if ((status = check_row(&b, &r, o)) != GD_OK)
            return status;
    if (m->kind->family->keeps_scores && !gd__metric_make_room(m, (size_t)gd_tensor_numel(input)))
        return gd_fail(GD_ERROR_MEMORY, "%s: out of memory", m->kind->name);
    for (gd__rows r = rows_of(&b); gd__rows_next(&r);)
        add_row(&b, &r, o);
    return GD_OK;
}
