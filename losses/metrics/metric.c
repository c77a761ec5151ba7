/* Metrics: creation, checks, and handing a batch to a kind, one outcome after the other. */
#include "losses/metrics/kind.h"
#include "tensor/internal.h"
#include "tensor/kernels.h"
#include "tensor/rows.h"

#include <float.h>
#include <inttypes.h>
#include <math.h>
#include <string.h>

const gd_metric_kind *const gd__metric_kinds[] = {&gd_metric_accuracy,
                                                  &gd_metric_top_k_accuracy,
                                                  &gd_metric_confusion_matrix,
                                                  &gd_metric_matthews_corrcoef,
                                                  &gd_metric_precision,
                                                  &gd_metric_recall,
                                                  &gd_metric_f1,
                                                  &gd_metric_subset_accuracy,
                                                  &gd_metric_hamming_loss,
                                                  &gd_metric_ranking_loss,
                                                  &gd_metric_ranking_average_precision,
                                                  &gd_metric_one_error,
                                                  &gd_metric_roc_auc,
                                                  &gd_metric_average_precision,
                                                  &gd_metric_log_loss,
                                                  &gd_metric_brier_score,
                                                  NULL};
enum { KINDS = sizeof gd__metric_kinds / sizeof *gd__metric_kinds - 1 };

const gd_metric_kind *gd_metric_kind_at(int i)
{
    return i >= 0 && i < KINDS ? gd__metric_kinds[i] : NULL;
}

const char *gd_metric_name(const gd_metric_kind *kind)
{
    return kind != NULL ? kind->name : "";
}

const gd_metric_kind *gd_metric_find(const char *name)
{
    for (int i = 0; i < KINDS && name != NULL; ++i)
        if (strcmp(gd__metric_kinds[i]->name, name) == 0)
            return gd__metric_kinds[i];
    return NULL;
}

/* ---- creation ---- */

static bool check_options(const gd_metric_kind *kind, int64_t classes, const gd_metric_options *o)
{
    if (classes < 1)
        return gd__fail_null("%s: %" PRId64 " classes", kind->name, classes) != NULL;
    if (o->average > GD_AVERAGE_NONE ||
        (o->average != GD_AVERAGE_MACRO && (kind->averages >> o->average & 1) == 0))
        return gd__fail_null("%s: there is no such average (%d)", kind->name, (int)o->average) !=
               NULL;
    if (o->k < 0 || o->k > classes)
        return gd__fail_null("%s: k %" PRId64 " is outside [0,%" PRId64 "]", kind->name, o->k,
                             classes) != NULL;
    if (isnan(o->threshold))
        return gd__fail_null("%s: the threshold is NaN", kind->name) != NULL;
    return true;
}

static size_t counts_of(const gd_metric *m)
{
    return m->kind->counts != NULL ? (size_t)m->kind->counts(m->classes) : 0;
}

/* How many dimensions of size C the result has. */
static int result_dims(const gd_metric *m)
{
    return m->kind->averages != 0 && m->options.average == GD_AVERAGE_NONE ? 1 : m->kind->results;
}

static bool allocate(gd_metric *m)
{
    size_t n = (size_t)m->classes;
    m->counts = gd__allocate(counts_of(m) * sizeof *m->counts);
    m->score = gd__allocate(n * sizeof *m->score);
    m->label = gd__allocate(n * sizeof *m->label);
    m->yes = gd__allocate(n);
    m->said_yes = gd__allocate(n);
    m->result = gd_tensor_create(GD_F64, result_dims(m), (int64_t[]){m->classes, m->classes});
    return m->counts != NULL && m->score != NULL && m->label != NULL && m->yes != NULL &&
           m->said_yes != NULL && m->result != NULL;
}

gd_metric *gd_metric_create(const gd_metric_kind *kind, int64_t classes,
                            const gd_metric_options *options)
{
    gd_metric_options o = options != NULL ? *options : (gd_metric_options){.k = 0};
    if (kind == NULL)
        return gd__fail_null("metric_create: the kind is NULL");
    if (!check_options(kind, classes, &o))
        return NULL;
    /* So that no size below overflows. */
    if (classes > INT32_MAX)
        return gd__fail_null("%s: %" PRId64 " classes are too many", kind->name, classes);
    gd_metric *m = gd__allocate(sizeof *m);
    if (m == NULL)
        return gd__fail_null("metric_create: out of memory");
    *m = (gd_metric){.kind = kind, .classes = classes, .options = o};
    m->options.k = o.k == 0 ? 1 : o.k;
    if (!allocate(m)) {
        gd_metric_destroy(m);
        return gd__fail_null("%s: out of memory", kind->name);
    }
    gd_metric_reset(m);
    return m;
}

void gd_metric_destroy(gd_metric *m)
{
    if (m == NULL)
        return;
    size_t n = (size_t)m->classes;
    gd__free(m->counts, counts_of(m) * sizeof *m->counts);
    gd__free(m->score, n * sizeof *m->score);
    gd__free(m->label, n * sizeof *m->label);
    gd__free(m->yes, n);
    gd__free(m->said_yes, n);
    gd__free(m->scores, m->room * sizeof *m->scores);
    gd_tensor_destroy(m->result);
    gd__free(m, sizeof *m);
}

void gd_metric_reset(gd_metric *m)
{
    if (m == NULL)
        return;
    for (size_t i = 0; i < counts_of(m); ++i)
        m->counts[i] = 0;
    m->sum = (gd__total){0, 0};
    m->n = 0;
    m->n_scores = 0;
}

/* ---- a batch ---- */

/* What is walked, position after position or sample after sample. */
enum { INPUT, TARGET, MASK, TENSORS };

typedef struct batch {
    gd_metric *metric;
    const gd_tensor *given[TENSORS];
    bool of_labels, of_scores;
    bool without_labels; /* one label, and no dimension for it */
    gd_dtype input_dtype, target_dtype;
} batch;

static gd_status wrong_shapes(const batch *b, const char *needed)
{
    char texts[2][GD__SHAPE_TEXT];
    return gd__fail(GD_ERROR_SHAPE, "%s: input %s and target %s: %s", b->metric->kind->name,
                    gd__shape_text(texts[0], b->given[INPUT]->ndim, b->given[INPUT]->shape),
                    gd__shape_text(texts[1], b->given[TARGET]->ndim, b->given[TARGET]->shape),
                    needed);
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
    const gd_metric_kind *kind = b->metric->kind;
    const gd_tensor *input = b->given[INPUT], *target = b->given[TARGET];
    b->of_scores = gd_dtype_is_float(input->dtype);
    if ((kind->accepts & GD__OF_CLASSES) == 0)
        return gd__fail(GD_ERROR_DTYPE,
                        "%s: the target is int64, but it compares labels: bool, or "
                        "float32 or float64 of 0 and 1",
                        kind->name);
    if (!b->of_scores && (input->dtype != GD_I64 || (kind->accepts & GD__OF_SCORES) != 0))
        return gd__fail(GD_ERROR_DTYPE, "%s: the input is %s; %s is needed", kind->name,
                        gd_dtype_name(input->dtype),
                        (kind->accepts & GD__OF_SCORES) != 0 ? "float32 or float64"
                                                             : "int64, float32 or float64");
    if (b->of_scores && !has_scores_of(input, target, b->metric->classes))
        return wrong_shapes(b, "[..,C] scores for [..] are needed, C the metric's classes");
    if (!b->of_scores && !gd__same_shape(input, target))
        return wrong_shapes(b, "shapes must be equal");
    return GD_OK;
}

static gd_status check_labels(batch *b)
{
    const gd_metric_kind *kind = b->metric->kind;
    const gd_tensor *input = b->given[INPUT], *target = b->given[TARGET];
    b->of_scores = gd_dtype_is_float(input->dtype);
    if ((kind->accepts & GD__OF_LABELS) == 0 ||
        (target->dtype != GD_BOOL && !gd_dtype_is_float(target->dtype)))
        return gd__fail(GD_ERROR_DTYPE, "%s: the target is %s; %s is needed", kind->name,
                        gd_dtype_name(target->dtype),
                        (kind->accepts & GD__OF_LABELS) == 0 ? "int64" : "int64, bool or float");
    if (!b->of_scores && (input->dtype != GD_BOOL || (kind->accepts & GD__OF_SCORES) != 0))
        return gd__fail(GD_ERROR_DTYPE, "%s: the input is %s; float32 or float64%s is needed",
                        kind->name, gd_dtype_name(input->dtype),
                        (kind->accepts & GD__OF_SCORES) != 0 ? "" : ", or bool,");
    if (!gd__same_shape(input, target))
        return wrong_shapes(b, "shapes must be equal");
    bool has_labels = input->ndim > 0 && input->shape[input->ndim - 1] == b->metric->classes;
    b->without_labels = !has_labels && b->metric->classes == 1;
    return has_labels || b->without_labels
               ? GD_OK
               : wrong_shapes(b, "[..,C] is needed, C the metric's labels");
}

static gd_status check_tensors(batch *b)
{
    const char *name = b->metric->kind->name;
    const gd_tensor *mask = b->given[MASK];
    if (!gd__is_valid(name, b->given[INPUT]) || !gd__is_valid(name, b->given[TARGET]) ||
        (mask != NULL && !gd__is_valid(name, mask)))
        return GD_ERROR_ARGUMENT;
    b->input_dtype = b->given[INPUT]->dtype;
    b->target_dtype = b->given[TARGET]->dtype;
    b->of_labels = b->target_dtype != GD_I64;
    gd_status status = b->of_labels ? check_labels(b) : check_classes(b);
    if (status != GD_OK || mask == NULL)
        return status;
    if (mask->dtype != GD_BOOL)
        return gd__fail(GD_ERROR_DTYPE, "%s: the mask is %s; bool is needed", name,
                        gd_dtype_name(mask->dtype));
    return gd__same_shape(mask, b->given[TARGET])
               ? GD_OK
               : gd__fail(GD_ERROR_SHAPE, "%s: the mask has not the target's shape", name);
}

static gd__rows rows_of(const batch *b)
{
    gd_tensor views[TENSORS];
    const gd_tensor *walked[TENSORS];
    bool whole = (b->of_labels || b->of_scores) && !b->without_labels;
    int longest = whole ? b->given[INPUT]->ndim : b->given[INPUT]->ndim + 1;
    int count = b->given[MASK] != NULL ? TENSORS : MASK;
    for (int k = 0; k < count; ++k) {
        views[k] = gd__view_of(b->given[k]);
        if (views[k].ndim < longest)
            gd__insert_dimension(&views[k], views[k].ndim);
        walked[k] = &views[k];
    }
    return gd__rows_begin(count, walked, longest - 1);
}

static double number_at(gd_dtype dtype, const gd__rows *r, int tensor, int64_t j)
{
    int64_t at = j * r->step[tensor];
    return dtype == GD_BOOL ? ((const uint8_t *)r->data[tensor])[at] != 0
                            : gd__float_at(dtype, r->data[tensor], at);
}

static int64_t class_at(const gd__rows *r, int tensor)
{
    return *(const int64_t *)(const void *)r->data[tensor];
}

static bool counts(const batch *b, const gd__rows *r, int64_t j)
{
    return b->given[MASK] == NULL || ((const uint8_t *)r->data[MASK])[j * r->step[MASK]] != 0;
}

/* ---- values: checked first, so that a batch is taken in whole or not at all ---- */

/* Element j of this row, in a tensor with or without the dimension of the classes. */
static gd_status refuse(const batch *b, const gd__rows *r, int tensor, int64_t j, const char *what,
                        double value, const char *rule)
{
    const gd_tensor *x = b->given[tensor];
    char position[GD__SHAPE_TEXT];
    bool has_classes = b->of_labels || (tensor == INPUT && b->of_scores);
    return gd__fail(
        GD_ERROR_VALUE, "%s: %s %g at %s %s", b->metric->kind->name, what, value,
        gd__position_text(position, x, has_classes ? r->number * r->size + j : r->number), rule);
}

static gd_status check_class(const batch *b, const gd__rows *r, int tensor, const char *what)
{
    int64_t c = class_at(r, tensor);
    char rule[64];
    snprintf(rule, sizeof rule, "is outside [0,%" PRId64 ")", b->metric->classes);
    return c >= 0 && c < b->metric->classes ? GD_OK
                                            : refuse(b, r, tensor, 0, what, (double)c, rule);
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

static gd_status check_row(const batch *b, const gd__rows *r)
{
    gd_status status = GD_OK;
    if (!b->of_labels && !counts(b, r, 0))
        return GD_OK;
    if (!b->of_labels)
        status = check_class(b, r, TARGET, "target");
    if (status == GD_OK && !b->of_labels && !b->of_scores)
        return check_class(b, r, INPUT, "prediction");
    for (int64_t j = 0; status == GD_OK && j < r->size; ++j) {
        if (!counts(b, r, b->of_labels ? j : 0))
            continue;
        double target = b->of_labels ? number_at(b->target_dtype, r, TARGET, j) : 0;
        status = target == 0 || target == 1
                     ? check_score(b, r, j)
                     : refuse(b, r, TARGET, j, "target", target, "is neither 0 nor 1");
    }
    return status;
}

/* ---- taking in ---- */

static gd__outcome class_outcome(const batch *b, const gd__rows *r)
{
    const gd_metric *m = b->metric;
    gd__outcome o = {.right = class_at(r, TARGET), .score = m->score};
    if (!b->of_scores) {
        o.guess = class_at(r, INPUT);
        return o;
    }
    o.n = r->size;
    for (int64_t j = 0; j < o.n; ++j) {
        m->score[j] = number_at(b->input_dtype, r, INPUT, j);
        o.guess = m->score[j] > m->score[o.guess] ? j : o.guess;
    }
    return o;
}

static gd__outcome label_outcome(const batch *b, const gd__rows *r)
{
    const gd_metric *m = b->metric;
    gd__outcome o = {.of_labels = true,
                     .score = m->score,
                     .label = m->label,
                     .yes = m->yes,
                     .said_yes = m->said_yes};
    for (int64_t j = 0; j < r->size; ++j) {
        if (!counts(b, r, j))
            continue;
        m->score[o.n] = number_at(b->input_dtype, r, INPUT, j);
        m->label[o.n] = j;
        m->yes[o.n] = number_at(b->target_dtype, r, TARGET, j) != 0;
        m->said_yes[o.n] = m->score[o.n] > (b->of_scores ? m->options.threshold : 0);
        ++o.n;
    }
    return o;
}

static void add_row(const batch *b, const gd__rows *r)
{
    gd__outcome o = b->of_labels ? label_outcome(b, r) : class_outcome(b, r);
    o.eps = b->input_dtype == GD_F32 ? (double)FLT_EPSILON : DBL_EPSILON;
    if (b->of_labels ? o.n > 0 : counts(b, r, 0))
        b->metric->kind->add(b->metric, &o);
}

/* Room for `more` further scores; what is there stays. */
static bool make_room(gd_metric *m, size_t more)
{
    size_t needed = m->n_scores + more, room = needed > 2 * m->room ? needed : 2 * m->room;
    if (needed <= m->room)
        return true;
    if (room > SIZE_MAX / sizeof *m->scores)
        return false;
    gd__score *scores = gd__allocate(room * sizeof *scores);
    if (scores == NULL)
        return false;
    if (m->n_scores > 0)
        memcpy(scores, m->scores, m->n_scores * sizeof *scores);
    gd__free(m->scores, m->room * sizeof *m->scores);
    m->scores = scores;
    m->room = room;
    return true;
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
        if ((status = check_row(&b, &r)) != GD_OK)
            return status;
    if (metric->kind->keeps_scores && !make_room(metric, (size_t)gd_tensor_numel(input)))
        return gd__fail(GD_ERROR_MEMORY, "%s: out of memory", metric->kind->name);
    for (gd__rows r = rows_of(&b); gd__rows_next(&r);)
        add_row(&b, &r);
    return GD_OK;
}

/* ---- the value ---- */

void gd__metric_add(gd_metric *metric, double value)
{
    gd__two_sum(&metric->sum.high, &metric->sum.low, value);
    metric->n += 1;
}

void gd__metric_mean(gd_metric *metric, double *result)
{
    *result = gd__metric_ratio(metric, gd__sum_value(metric->sum.high, metric->sum.low), metric->n);
}

double gd__metric_ratio(const gd_metric *metric, double a, double b)
{
    return b != 0 ? a / b : metric->options.zero_division;
}

double gd__metric_average(int64_t n, const double *values, const double *weights)
{
    gd__total sum = {0, 0};
    double total = 0;
    for (int64_t i = 0; i < n; ++i)
        if (!isnan(values[i]) && (weights == NULL || weights[i] != 0)) {
            gd__two_sum(&sum.high, &sum.low, (weights != NULL ? weights[i] : 1) * values[i]);
            total += weights != NULL ? weights[i] : 1;
        }
    if (total == 0 && weights != NULL)
        return gd__metric_average(n, values, NULL);
    return total > 0 ? gd__sum_value(sum.high, sum.low) / total : (double)NAN;
}

const gd_tensor *gd_metric_compute(gd_metric *metric)
{
    if (metric == NULL)
        return gd__fail_null("metric_compute: the metric is NULL");
    metric->kind->compute(metric, metric->result->data);
    return metric->result;
}

double gd_metric_value(gd_metric *metric)
{
    const gd_tensor *result = gd_metric_compute(metric);
    return result != NULL ? gd_item(result) : (double)NAN;
}
