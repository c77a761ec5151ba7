/* What metrics have in common: the list of all, creation and memory, the value. */
#include "losses/metrics/kind.h"
#include "tensor/internal.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

/* In the order of <gradus/metrics.h>. */
static const gd_metric_kind *const kinds[] = {
    &gd_metric_accuracy,
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
    &gd_metric_rmse,
    &gd_metric_mae,
    &gd_metric_r2,
};
enum { KINDS = sizeof kinds / sizeof *kinds };

const gd_metric_kind *gd_metric_kind_at(int i)
{
    return i >= 0 && i < KINDS ? kinds[i] : NULL;
}

const gd_metric_kind *gd_metric_find(const char *name)
{
    for (int i = 0; i < KINDS && name != NULL; ++i)
        if (strcmp(kinds[i]->name, name) == 0)
            return kinds[i];
    return NULL;
}

const char *gd_metric_name(const gd_metric_kind *kind)
{
    return kind != NULL ? kind->name : "";
}

static size_t counts_of(const gd_metric_kind *kind, int64_t classes)
{
    size_t n = (size_t)classes;
    return n * (size_t)kind->family->per_class + n * n * (size_t)kind->family->per_pair;
}

/* gd__score numbers labels in 32 bits. The square does not overflow 64, the bytes might. */
static gd_status check_options(const gd_metric_kind *kind, int64_t classes,
                               const gd_metric_options *o)
{
    if (classes < 1)
        return gd_fail(GD_ERROR_ARGUMENT, "%s: %" PRId64 " classes", kind->name, classes);
    if (classes > INT32_MAX || counts_of(kind, classes) > PTRDIFF_MAX / sizeof(double))
        return gd_fail(GD_ERROR_ARGUMENT, "%s: %" PRId64 " classes are too many", kind->name,
                       classes);
    if (o->average > GD_AVERAGE_NONE ||
        (o->average != GD_AVERAGE_MACRO && (kind->family->averages >> o->average & 1) == 0))
        return gd_fail(GD_ERROR_ARGUMENT, "%s: there is no such average (%d)", kind->name,
                       (int)o->average);
    if (o->k < 0 || o->k > classes)
        return gd_fail(GD_ERROR_ARGUMENT, "%s: k %" PRId64 " is outside [0,%" PRId64 "]",
                       kind->name, o->k, classes);
    if (isnan(o->threshold))
        return gd_fail(GD_ERROR_ARGUMENT, "%s: the threshold is NaN", kind->name);
    return GD_OK;
}

/* The struct, the counts and the arrays of an outcome. */
static size_t size_of(const gd_metric_kind *kind, int64_t classes)
{
    size_t n = (size_t)classes, doubles = counts_of(kind, classes) + 2 * n;
    return sizeof(gd_metric) + doubles * sizeof(double) + n * sizeof(int64_t);
}

gd_metric *gd_metric_create(const gd_metric_kind *kind, int64_t classes,
                            const gd_metric_options *options)
{
    gd_metric_options o = options != NULL ? *options : (gd_metric_options){.k = 0};
    if (kind == NULL)
        return gd__fail_null("metric_create: the kind is NULL");
    if (check_options(kind, classes, &o) != GD_OK)
        return NULL;
    gd_metric *m = gd_allocate(size_of(kind, classes));
    int dims = o.average == GD_AVERAGE_NONE ? 1 : kind->family->results;
    gd_tensor *result = gd_tensor_create(GD_F64, dims, (int64_t[]){classes, classes});
    if (m == NULL || result == NULL) {
        gd_free(m, size_of(kind, classes));
        gd_tensor_destroy(result);
        return gd__fail_memory("%s: out of memory", kind->name);
    }
    *m = (gd_metric){.kind = kind, .classes = classes, .options = o, .result = result};
    m->options.k = o.k == 0 ? 1 : o.k;
    m->outcome.score = m->counts + counts_of(kind, classes);
    m->outcome.yes = m->outcome.score + classes;
    m->outcome.label = (int64_t *)(void *)(m->outcome.yes + classes);
    gd_metric_reset(m);
    return m;
}

enum { SCORE_BYTES = 2 * sizeof(gd__score) }; /* of gd_metric.scores, for each that has room */

void gd_metric_destroy(gd_metric *m)
{
    if (m == NULL)
        return;
    gd_free(m->scores, m->room * SCORE_BYTES);
    gd_tensor_destroy(m->result);
    gd_free(m, size_of(m->kind, m->classes));
}

void gd_metric_reset(gd_metric *m)
{
    if (m == NULL)
        return;
    memset(m->counts, 0, counts_of(m->kind, m->classes) * sizeof *m->counts);
    m->sum = (gd__exact_sum){0, 0};
    m->n = 0;
    m->n_scores = 0;
}

bool gd__metric_make_room(gd_metric *m, size_t more)
{
    size_t needed = m->n_scores + more, room = needed > 2 * m->room ? needed : 2 * m->room;
    if (needed <= m->room)
        return true;
    if (room > PTRDIFF_MAX / SCORE_BYTES)
        return false;
    gd__score *scores = gd_allocate(room * SCORE_BYTES);
    if (scores == NULL)
        return false;
    if (m->n_scores > 0)
        memcpy(scores, m->scores, m->n_scores * sizeof *scores);
    gd_free(m->scores, m->room * SCORE_BYTES);
    m->scores = scores;
    m->room = room;
    return true;
}

const gd_tensor *gd_metric_compute(gd_metric *m)
{
    if (m == NULL)
        return gd__fail_null("metric_compute: the metric is NULL");
    m->kind->family->compute(m, m->result->data);
    return m->result;
}

double gd_metric_value(gd_metric *m)
{
    const gd_tensor *result = gd_metric_compute(m);
    return result != NULL ? gd_item(result) : (double)NAN;
}
