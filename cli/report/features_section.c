/* The report's section on feature importance. */
#include "cli/cli.h"
#include "cli/report/html.h"
#include "cli/report/page.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    MOST_SHOWN = 200,
    MOST_COLUMNS = 500,    /* more would take long */
    MOST_OUTPUTS = 10,     /* side by side */
    MOST_OF_AN_OUTPUT = 10 /* where there are more */
};

static void put_rest(FILE *file, size_t count)
{
    if (count > MOST_SHOWN)
        fprintf(file, "<p class=\"note\">Only the first %d of %zu are shown.</p>\n", MOST_SHOWN,
                count);
}

/* ---- a linear model ---- */

/* The weights of a linear model, [outputs,features], and its features by their largest weight. */
typedef struct weights {
    const gd_model *model;
    const float *at;
    int64_t outputs, features;
    struct ranked {
        double size;
        int64_t feature;
    } * ranked; /* [features] */
} weights;

static int larger_first(const void *a, const void *b)
{
    const struct ranked *x = a, *y = b;
    return x->size != y->size ? (x->size < y->size) - (x->size > y->size)
                              : (x->feature > y->feature) - (x->feature < y->feature);
}

static double weight_at(const weights *w, int64_t i, int64_t output)
{
    return (double)w->at[output * w->features + w->ranked[i].feature];
}

static const char *name_at(const weights *w, int64_t i)
{
    return gd_encoder_feature(gd_model_encoder(w->model), w->ranked[i].feature);
}

static void rank_weights(weights *w, const gd_model *model)
{
    const gd_tensor *x = gd_parameters_at(gd_model_parameters(model), 0);
    *w = (weights){model, x->data, x->shape[0], x->shape[1], NULL};
    w->ranked = cli_calloc((size_t)w->features + 1, sizeof *w->ranked);
    for (int64_t i = 0; i < w->features; ++i) {
        w->ranked[i].feature = i;
        for (int64_t j = 0; j < w->outputs; ++j)
            w->ranked[i].size = fmax(w->ranked[i].size, fabs(weight_at(w, i, j)));
    }
    qsort(w->ranked, (size_t)w->features, sizeof *w->ranked, larger_first);
}

static double largest_weight(const weights *w)
{
    return w->features > 0 && w->ranked[0].size > 0 ? w->ranked[0].size : 1;
}

/* What an output is; of two classes that have one, the second. */
static const char *output_name(const gd_target *target, size_t outputs, size_t j)
{
    return outputs == 1 && gd_target_task(target) == GD_BINARY
               ? gd_target_label(target, 1)
               : gd_target_label(target, (int64_t)j);
}

static void put_weight(FILE *file, double weight, double most)
{
    cli_put_bar_cell(file, weight, 0.5, 0.5 + 0.5 * weight / most);
}

static void put_weight_table(FILE *file, const weights *w)
{
    const char *columns[MOST_OUTPUTS + 2] = {"feature"};
    for (int64_t j = 0; j < w->outputs; ++j)
        columns[j + 1] = output_name(gd_model_target(w->model), (size_t)w->outputs, (size_t)j);
    cli_open_table(file, "Weights, largest absolute value first", columns);
    for (int64_t i = 0; i < w->features && i < MOST_SHOWN; ++i) {
        cli_open_row(file, name_at(w, i));
        for (int64_t j = 0; j < w->outputs; ++j)
            put_weight(file, weight_at(w, i, j), largest_weight(w));
        cli_close_row(file);
    }
    cli_close_table(file);
    put_rest(file, (size_t)w->features);
}

/* The feature whose weight for an output is the largest of those not yet shown. */
static int64_t next_largest(const weights *w, int64_t output, const bool *shown)
{
    int64_t best = -1;
    for (int64_t i = 0; i < w->features; ++i)
        if (!shown[i] &&
            (best < 0 || fabs(weight_at(w, i, output)) > fabs(weight_at(w, best, output))))
            best = i;
    return best;
}

static void put_largest_of_each(FILE *file, const weights *w)
{
    bool *shown = cli_calloc((size_t)w->features + 1, sizeof *shown);
    const char *columns[] = {"class or label", "feature", "weight", NULL};
    cli_open_table(file, "Largest weights of each class or label", columns);
    for (int64_t j = 0; j < w->outputs; ++j) {
        memset(shown, 0, (size_t)w->features);
        for (int64_t k = 0; k < MOST_OF_AN_OUTPUT && k < w->features; ++k) {
            int64_t i = next_largest(w, j, shown);
            shown[i] = true;
            cli_open_row(file, gd_target_label(gd_model_target(w->model), j));
            cli_put_text_cell(file, name_at(w, i));
            put_weight(file, weight_at(w, i, j), largest_weight(w));
            cli_close_row(file);
        }
    }
    cli_close_table(file);
    free(shown);
}

static void put_weights(FILE *file, const cli_report *r)
{
    weights w;
    rank_weights(&w, r->model);
    fprintf(file,
            "<p>The weights of the linear model. A weight is the change in %s if the feature "
            "increases by 1. Numeric features are standardised, so their weights can be compared. "
            "Features that are 0 or 1 (one-hot, words, missing-value indicators) are not.</p>\n",
            gd_target_task(gd_model_target(r->model)) == GD_REGRESSION
                ? "the target, in standard deviations,"
                : "the logit of the class or label");
    if (w.outputs <= MOST_OUTPUTS)
        put_weight_table(file, &w);
    else
        put_largest_of_each(file, &w);
    free(w.ranked);
}

/* ---- any other ---- */

static void put_importances(FILE *file, const cli_report *r)
{
    bool numbers = gd_target_task(gd_model_target(r->model)) == GD_REGRESSION;
    const char *unit = numbers ? "RMSE" : "log loss";
    const char *columns[] = {"column", numbers ? "increase in RMSE" : "increase in log loss",
                             "± std. dev.", NULL};
    gd_importance *list = NULL;
    int64_t count = 0;
    gd_model_importances(r->model, r->judged, r->truth, &list, &count); /* cells were predicted */
    fprintf(file,
            "<p>Permutation importance: the increase in %s when the values of one column are "
            "shuffled among the rows. Each number is the mean of 3 shuffles, on at most 2000 rows. "
            "Correlated columns can stand in for each other; both may then look "
            "unimportant.%s</p>\n",
            unit, r->seen ? " The model was trained on these rows." : "");
    cli_open_table(file, "Permutation importance, largest first", columns);
    for (int64_t i = 0; i < count && i < MOST_SHOWN; ++i) {
        double rise = list[i].increase, most = list[0].increase;
        cli_open_row(file, list[i].column);
        cli_put_bar_cell(file, rise, 0, most > 0 ? fmax(0, rise / most) : 0);
        cli_put_cell(file, list[i].deviation);
        cli_close_row(file);
    }
    cli_close_table(file);
    put_rest(file, (size_t)count);
    gd_importances_destroy(list, count);
}

/* A bag of words is a column, too. */
void cli_report_features(FILE *file, const cli_report *report)
{
    if (gd_model_architecture(report->model)->hidden_count == 0)
        put_weights(file, report);
    else if (gd_table_columns(report->judged) <= MOST_COLUMNS)
        put_importances(file, report);
    else
        fprintf(file,
                "<p class=\"note\">Permutation importance is omitted for more than %d columns: it "
                "would take long.</p>\n",
                MOST_COLUMNS);
}
