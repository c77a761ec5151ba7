/* What metrics have in common: the list of kinds, creation and memory, and the value. */
#include "losses/metrics/kind.h"
#include "losses/metrics/metric_list.h"
#include "tensor/internal.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

static const gd_metric_kind *const kinds[] = {
#define ROW(name) &gd_metric_##name,
    GD__METRICS(ROW)
#undef ROW
};
enum { KINDS = sizeof kinds / sizeof *kinds };

const gd_metric_kind *gd_metric_kind_at(int i)
{
    return i >= 0 && i < KINDS ? kinds[i] : NULL;
}

const char *gd_metric_name(const gd_metric_kind *kind)
{
    return kind != NULL ? kind->name : "";
}

const gd_metric_kind *gd_metric_find(const char *name)
{
    for (int i = 0; i < KINDS && name != NULL; ++i)
        if (strcmp(kinds[i]->name, name) == 0)
            return kinds[i];
    return NULL;
}

/* ---- creation and memory ---- */

static size_t counts_of(const gd_metric_kind *kind, int64_t classes)
{
    return kind->counts != NULL ? (size_t)kind->counts(classes) : 0;
}

/* gd__score numbers labels in 32 bits, whose square does not overflow 64; the counts' bytes might. */
static bool too_many(const gd_metric_kind *kind, int64_t classes)
{
    return classes > INT32_MAX || counts_of(kind, classes) > PTRDIFF_MAX / sizeof(double);
}

static gd_status check_options(const gd_metric_kind *kind, int64_t classes,
                               const gd_metric_options *o)
{
    if (classes < 1)
        return gd__fail(GD_ERROR_ARGUMENT, "%s: %" PRId64 " classes", kind->name, classes);
    if (too_many(kind, classes))
        return gd__fail(GD_ERROR_ARGUMENT, "%s: %" PRId64 " classes are too many", kind->name,
                        classes);
    if (o->average > GD_AVERAGE_NONE ||
        (o->average != GD_AVERAGE_MACRO && (kind->averages >> o->average & 1) == 0))
        return gd__fail(GD_ERROR_ARGUMENT, "%s: there is no such average (%d)", kind->name,
                        (int)o->average);
    if (o->k < 0 || o->k > classes)
        return gd__fail(GD_ERROR_ARGUMENT, "%s: k %" PRId64 " is outside [0,%" PRId64 "]",
                        kind->name, o->k, classes);
    if (isnan(o->threshold))
        return gd__fail(GD_ERROR_ARGUMENT, "%s: the threshold is NaN", kind->name);
    return GD_OK;
}

/* How many dimensions of size C the result has. */
static int result_dims(const gd_metric *m)
{
    return m->kind->averages != 0 && m->options.average == GD_AVERAGE_NONE ? 1 : m->kind->results;
}

static bool allocate(gd_metric *m)
{
    size_t n = (size_t)m->classes;
    m->counts = gd__allocate(counts_of(m->kind, m->classes) * sizeof *m->counts);
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
    if (check_options(kind, classes, &o) != GD_OK)
        return NULL;
    gd_metric *m = gd__allocate(sizeof *m);
    if (m == NULL)
        return gd__fail_memory("%s: out of memory", kind->name);
    *m = (gd_metric){.kind = kind, .classes = classes, .options = o};
    m->options.k = o.k == 0 ? 1 : o.k;
    if (!allocate(m)) {
        gd_metric_destroy(m);
        return gd__fail_memory("%s: out of memory", kind->name);
    }
    gd_metric_reset(m);
    return m;
}

static size_t score_bytes(size_t room)
{
    return 2 * room * sizeof(gd__score);
}

void gd_metric_destroy(gd_metric *m)
{
    if (m == NULL)
        return;
    size_t n = (size_t)m->classes;
    gd__free(m->counts, counts_of(m->kind, m->classes) * sizeof *m->counts);
    gd__free(m->score, n * sizeof *m->score);
    gd__free(m->label, n * sizeof *m->label);
    gd__free(m->yes, n);
    gd__free(m->said_yes, n);
    gd__free(m->scores, score_bytes(m->room));
    gd_tensor_destroy(m->result);
    gd__free(m, sizeof *m);
}

void gd_metric_reset(gd_metric *m)
{
    if (m == NULL)
        return;
    for (size_t i = 0; i < counts_of(m->kind, m->classes); ++i)
        m->counts[i] = 0;
    m->sum = (gd__exact_sum){0, 0};
    m->n = 0;
    m->n_scores = 0;
}

bool gd__metric_make_room(gd_metric *m, size_t more)
{
    size_t needed = m->n_scores + more, room = needed > 2 * m->room ? needed : 2 * m->room;
    if (needed <= m->room)
        return true;
    if (room > PTRDIFF_MAX / score_bytes(1))
        return false;
    gd__score *scores = gd__allocate(score_bytes(room));
    if (scores == NULL)
        return false;
    if (m->n_scores > 0)
        memcpy(scores, m->scores, m->n_scores * sizeof *scores);
    gd__free(m->scores, score_bytes(m->room));
    m->scores = scores;
    m->room = room;
    return true;
}

/* ---- the value ---- */

void gd__metric_add(gd_metric *metric, double value)
{
    gd__exact_sum_add(&metric->sum, value);
    metric->n += 1;
}

void gd__metric_mean(gd_metric *metric, double *result)
{
    *result = gd__metric_ratio(metric, gd__exact_sum_value(metric->sum), metric->n);
}

double gd__metric_ratio(const gd_metric *metric, double a, double b)
{
    return b != 0 ? a / b : metric->options.zero_division;
}

double gd__metric_average(int64_t n, const double *values, const double *weights)
{
    gd__exact_sum sum = {0, 0};
    double total = 0;
    for (int64_t i = 0; i < n; ++i) {
        double weight = weights != NULL ? weights[i] : 1;
        if (isnan(values[i]))
            continue;
        gd__exact_sum_add(&sum, weight * values[i]);
        total += weight;
    }
    if (total == 0 && weights != NULL)
        return gd__metric_average(n, values, NULL);
    return gd__exact_sum_value(sum) / total; /* 0 / 0 where all are NaN */
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
