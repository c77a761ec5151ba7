#include "cli/thresholds.h"
#include "cli/cli.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

int cli_thresholds_set(cli_model *model, const cli_options *options)
{
    const char *list = options->threshold;
    const cli_target *target = &model->target;
    if (list == NULL)
        return CLI_OK;
    if (target->task != CLI_BINARY && target->task != CLI_MULTILABEL)
        return cli_usage_error(
            options, "--threshold applies to two classes or to labels; the model's task is %s",
            cli_task_name(target->task));
    for (cli_weight w; cli_next_weight(&list, &w);) {
        int label = w.name != NULL ? cli_target_index(target, w.name, w.length) : -1;
        if (w.name != NULL && label < 0)
            return cli_usage_error(options, "--threshold: the model has no class or label \"%.*s\"",
                                   (int)w.length, w.name);
        if (target->task == CLI_BINARY && label == 0)
            return cli_usage_error(
                options,
                "--threshold: with two classes, only the second one has a threshold, \"%s\"",
                cli_target_label(target, 1));
        for (int i = 0; i < (int)cli_target_width(target); ++i)
            if (w.name == NULL || i == label)
                model->thresholds[i] = w.number;
    }
    return CLI_OK;
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

/* The F1 of yes where `said` cells are said to be yes and `hits` of them are; of two classes, the mean of yes and no. */
static double f1_of(double hits, double said, double positive, double n, bool both)
{
    double yes = 2 * hits / (positive + said), right_no = n - said - (positive - hits);
    double no = n - positive + n - said > 0 ? 2 * right_no / (n - positive + n - said) : 0;
    return both ? (yes + no) / 2 : yes;
}

/* Between each two probabilities, from below: what is above is said. */
static double best_threshold(scored *cells, int64_t n, bool both)
{
    double positive = 0, best = -1, threshold = 0.5;
    qsort(cells, (size_t)n, sizeof *cells, lower_first);
    for (int64_t i = 0; i < n; ++i)
        positive += cells[i].yes;
    double hits = positive;
    for (int64_t i = 0; i < n && positive > 0; ++i) {
        double f1 = f1_of(hits, (double)(n - i), positive, (double)n, both);
        double between = i > 0 ? (cells[i - 1].p + cells[i].p) / 2 : cells[0].p / 2;
        bool apart = between < cells[i].p; /* by rounding it may not be */
        bool nearer = f1 == best && fabs(between - 0.5) < fabs(threshold - 0.5);
        if (apart && (f1 > best || nearer)) {
            best = f1;
            threshold = between;
        }
        hits -= cells[i].yes;
    }
    return threshold;
}

int cli_thresholds_tune(cli_model *model, const cli_truth *truth, const cli_prediction *prediction)
{
    const cli_target *target = &model->target;
    int64_t n = truth->y->shape[0], width = cli_target_width(target);
    bool binary = target->task == CLI_BINARY;
    if (!binary && target->task != CLI_MULTILABEL)
        return CLI_OK;
    scored *cells = cli_calloc((size_t)n + 1, sizeof *cells);
    if (cells == NULL)
        return cli_error(CLI_RUNTIME, "no memory");
    for (int64_t j = binary ? 1 : 0; j < width; ++j) {
        int64_t known = 0;
        for (int64_t i = 0; i < n; ++i) {
            double p = ((const double *)prediction->values->data)[i * width + j];
            if (binary)
                cells[known++] = (scored){p, ((const int64_t *)truth->y->data)[i] == 1};
            else if (((const bool *)truth->mask->data)[i * width + j])
                cells[known++] = (scored){p, ((const float *)truth->y->data)[i * width + j] > 0};
        }
        model->thresholds[j] = best_threshold(cells, known, binary);
    }
    free(cells);
    return CLI_OK;
}
