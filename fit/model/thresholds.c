/* Thresholds: the probability above which a label, or the second of two classes, is predicted. */
#include "fit/model/model.h"
#include "fit/number_lists.h"

#include <math.h>
#include <string.h>

gd_status gd_model_set_thresholds(gd_model *model, const char *list)
{
    const gd_target *target = &model->target;
    gd__weight w;
    if (target->task != GD_BINARY && target->task != GD_MULTILABEL)
        return gd_fail(GD_ERROR_ARGUMENT,
                       ".threshold applies to two classes or to labels; the model's task is %s",
                       gd_task_name(target->task));
    while (gd__next_weight(&list, &w)) {
        int64_t label = w.name != NULL ? gd_target_find(target, w.name, w.length) : -1;
        if (w.name == NULL && list != NULL)
            break;
        if (!(w.number >= 0 && w.number <= 1))
            return gd_fail(GD_ERROR_ARGUMENT, ".threshold: %g is outside [0,1]", w.number);
        if (w.name != NULL && label < 0)
            return gd_fail(GD_ERROR_ARGUMENT,
                           ".threshold: the model has no class or label \"%.*s\"", (int)w.length,
                           w.name);
        if (target->task == GD_BINARY && label == 0)
            return gd_fail(
                GD_ERROR_ARGUMENT,
                ".threshold: with two classes, only the second one has a threshold, \"%s\"",
                gd_target_label(target, 1));
        for (int64_t i = 0; i < gd_target_width(target); ++i)
            if (w.name == NULL || i == label)
                model->thresholds[i] = w.number;
    }
    return list == NULL ? GD_OK
                        : gd_fail(GD_ERROR_ARGUMENT,
                                  ".threshold: X or NAME=X is expected, found \"%.80s\"", list);
}

/* ---- tuning ---- */

typedef struct scored {
    double p;
    bool yes;
} scored;

static int lower_first(const void *a, const void *b)
{
    const scored *x = a, *y = b;
    return (x->p > y->p) - (x->p < y->p);
}

/* The F1 of yes if `predicted` cells are predicted as yes and `hits` of them are; with `both` the
 * mean of the F1 of yes and of no. */
static double f1_of(double hits, double predicted, double positive, double n, bool both)
{
    double yes = 2 * hits / (positive + predicted), right_no = n - predicted - (positive - hits);
    double no =
        n - positive + n - predicted > 0 ? 2 * right_no / (n - positive + n - predicted) : 0;
    return both ? (yes + no) / 2 : yes;
}

/* Tries a threshold between each two probabilities, from below. */
static double best_threshold(scored *cells, int64_t n, bool both)
{
    double positive = 0, best = -1, threshold = 0.5;
    gd__sort(cells, (size_t)n, sizeof *cells, lower_first);
    for (int64_t i = 0; i < n; ++i)
        positive += cells[i].yes;
    double hits = positive;
    for (int64_t i = 0; i < n && positive > 0; ++i) {
        double f1 = f1_of(hits, (double)(n - i), positive, (double)n, both);
        double between = i > 0 ? (cells[i - 1].p + cells[i].p) / 2 : cells[0].p / 2;
        bool apart = between < cells[i].p; /* false after rounding between neighbours */
        bool nearer = f1 == best && fabs(between - 0.5) < fabs(threshold - 0.5);
        if (apart && (f1 > best || nearer)) {
            best = f1;
            threshold = between;
        }
        hits -= cells[i].yes;
    }
    return threshold;
}

bool gd__thresholds_tune(gd_model *model, const gd_examples *examples,
                         const gd_prediction *prediction)
{
    const gd_target *target = &model->target;
    int64_t n = gd__examples_rows(examples), width = gd_target_width(target);
    bool binary = target->task == GD_BINARY;
    if (!binary && target->task != GD_MULTILABEL)
        return true;
    scored *cells = gd__zeros((size_t)n + 1, sizeof *cells);
    for (int64_t j = binary ? 1 : 0; cells != NULL && j < width; ++j) {
        int64_t known = 0;
        bool yes;
        for (int64_t i = 0; i < n; ++i)
            if (gd__is_known(examples, i, width, j, &yes))
                cells[known++] =
                    (scored){((const double *)prediction->values->data)[i * width + j], yes};
        model->thresholds[j] = best_threshold(cells, known, binary);
    }
    gd_free(cells, ((size_t)n + 1) * sizeof *cells);
    return cells != NULL;
}
