/* The report's section Feature importance: weights of a linear model, or permutation importance. */
#include "cli/cli.h"
#include "cli/report/html.h"
#include "cli/report/page.h"

#include <math.h>
#include <stdlib.h>

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

typedef struct ranked {
    double size;
    int64_t feature;
} ranked;

static int larger_first(const void *a, const void *b)
{
    const ranked *x = a, *y = b;
    return x->size != y->size ? (x->size < y->size) - (x->size > y->size)
                              : (x->feature > y->feature) - (x->feature < y->feature);
}

static double weight_at(const gd_tensor *weight, int64_t output, int64_t feature)
{
    return (double)((const float *)weight->data)[output * weight->shape[1] + feature];
}

/* The features by the largest of their weights for `count` outputs, the first of which is
 * `output`. Freed by the caller. */
static ranked *rank(const gd_tensor *weight, int64_t output, int64_t count)
{
    int64_t features = weight->shape[1];
    ranked *order = cli_calloc((size_t)features + 1, sizeof *order);
    for (int64_t i = 0; i < features; ++i) {
        order[i].feature = i;
        for (int64_t j = output; j < output + count; ++j)
            order[i].size = fmax(order[i].size, fabs(weight_at(weight, j, i)));
    }
    qsort(order, (size_t)features, sizeof *order, larger_first);
    return order;
}

static void put_weight(FILE *file, double weight, double most)
{
    cli_put_bar_cell(file, weight, 0.5, 0.5 + 0.5 * weight / most);
}

/* A row for each feature, a column for each output. */
static void put_weight_table(FILE *file, const gd_model *model, const gd_tensor *weight,
                             const ranked *order, double most)
{
    const gd_target *target = gd_model_target(model);
    int64_t outputs = weight->shape[0], features = weight->shape[1];
    const char *columns[MOST_OUTPUTS + 2] = {"feature"};
    bool second = outputs == 1 && gd_target_task(target) == GD_BINARY; /* has the one output */
    for (int64_t j = 0; j < outputs; ++j)
        columns[j + 1] = gd_target_label(target, second ? 1 : j);
    cli_open_table(file, "Weights, largest absolute value first", columns);
    for (int64_t i = 0; i < features && i < MOST_SHOWN; ++i) {
        cli_open_row(file, gd_encoder_feature(gd_model_encoder(model), order[i].feature));
        for (int64_t j = 0; j < outputs; ++j)
            put_weight(file, weight_at(weight, j, order[i].feature), most);
        cli_close_row(file);
    }
    cli_close_table(file);
    put_rest(file, (size_t)features);
}

static void put_largest_of_each(FILE *file, const gd_model *model, const gd_tensor *weight,
                                double most)
{
    const char *columns[] = {"class or label", "feature", "weight", NULL};
    cli_open_table(file, "Largest weights of each class or label", columns);
    for (int64_t j = 0; j < weight->shape[0]; ++j) {
        ranked *order = rank(weight, j, 1);
        for (int64_t k = 0; k < MOST_OF_AN_OUTPUT && k < weight->shape[1]; ++k) {
            cli_open_row(file, gd_target_label(gd_model_target(model), j));
            cli_put_text_cell(file, gd_encoder_feature(gd_model_encoder(model), order[k].feature));
            put_weight(file, weight_at(weight, j, order[k].feature), most);
            cli_close_row(file);
        }
        free(order);
    }
    cli_close_table(file);
}

static void put_weights(FILE *file, const cli_report *r)
{
    const gd_tensor *weight = gd_parameters_at(gd_model_parameters(r->model), 0);
    ranked *order = rank(weight, 0, weight->shape[0]);
    double most = order[0].size > 0 ? order[0].size : 1;
    fprintf(file,
            "<p>The weights of the linear model. A weight is the change in %s if the feature "
            "increases by 1. Numeric features are standardised, so their weights can be compared. "
            "Features that are 0 or 1 (one-hot, words, missing-value indicators) are not.</p>\n",
            gd_target_task(gd_model_target(r->model)) == GD_REGRESSION
                ? "the target, in standard deviations,"
                : "the logit of the class or label");
    if (weight->shape[0] <= MOST_OUTPUTS)
        put_weight_table(file, r->model, weight, order, most);
    else
        put_largest_of_each(file, r->model, weight, most);
    free(order);
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
    gd_model_importances(r->model, r->scored, r->truth, &list, &count); /* cells were predicted */
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
    else if (gd_table_columns(report->scored) <= MOST_COLUMNS)
        put_importances(file, report);
    else
        fprintf(file,
                "<p class=\"note\">Permutation importance is omitted for more than %d columns: it "
                "would take long.</p>\n",
                MOST_COLUMNS);
}
