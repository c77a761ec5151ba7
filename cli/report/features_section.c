/* Of the report: what the model goes by. */
#include "cli/cli.h"
#include "cli/importance.h"
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

static double weight_at(const gd__json *object, size_t j)
{
    return gd__json_number_of(gd__json_at(gd__json_get(object, "weights"), j));
}

static double largest_weight(const gd__json *list, size_t outputs)
{
    double most = 0;
    for (size_t j = 0; j < outputs; ++j) /* the first feature has the largest of all */
        most = fmax(most, fabs(weight_at(gd__json_at(list, 0), j)));
    return most > 0 ? most : 1;
}

/* What an output is; of two classes that have one, the second. */
static const char *output_name(const cli_target *target, size_t outputs, size_t j)
{
    return outputs == 1 && target->task == CLI_BINARY ? cli_target_label(target, 1)
                                                      : cli_target_label(target, (int64_t)j);
}

static void put_weight_rows(FILE *file, const gd__json *list, size_t outputs)
{
    double most = largest_weight(list, outputs);
    size_t i;
    gd__json *object;
    for (i = 0; (object = gd__json_at(list, i)) != NULL; ++i) {
        if (i == MOST_SHOWN)
            break;
        fputs("<tr>", file);
        cli_put_head(file, gd__json_string_at(object, "feature"));
        for (size_t j = 0; j < outputs; ++j)
            cli_put_bar_cell(file, weight_at(object, j), 0.5,
                             0.5 + 0.5 * weight_at(object, j) / most);
        fputs("</tr>\n", file);
    }
}

static void put_weight_table(FILE *file, const cli_report *r, const gd__json *list, size_t outputs)
{
    const char *columns[MOST_OUTPUTS + 2] = {"feature"};
    for (size_t j = 0; j < outputs; ++j)
        columns[j + 1] = output_name(&r->model->target, outputs, j);
    cli_open_table(file, "Weights, largest absolute value first", columns);
    put_weight_rows(file, list, outputs);
    cli_close_table(file);
    put_rest(file, gd__json_size(list));
}

/* The feature whose weight for an output is the largest of those not yet shown. */
static size_t next_largest(const gd__json *list, size_t output, const bool *shown)
{
    size_t n = gd__json_size(list), best = n;
    for (size_t i = 0; i < n; ++i)
        if (!shown[i] && (best == n || fabs(weight_at(gd__json_at(list, i), output)) >
                                           fabs(weight_at(gd__json_at(list, best), output))))
            best = i;
    return best;
}

static void put_largest_of(FILE *file, const cli_report *r, const gd__json *list, size_t output,
                           bool *shown)
{
    double most = largest_weight(list, (size_t)r->model->network.architecture.outputs);
    for (size_t k = 0; k < MOST_OF_AN_OUTPUT && k < gd__json_size(list); ++k) {
        size_t i = next_largest(list, output, shown);
        const gd__json *object = gd__json_at(list, i);
        shown[i] = true;
        fputs("<tr>", file);
        cli_put_head(file, cli_target_label(&r->model->target, (int64_t)output));
        cli_put_text_cell(file, gd__json_string_at(object, "feature"));
        cli_put_bar_cell(file, weight_at(object, output), 0.5,
                         0.5 + 0.5 * weight_at(object, output) / most);
        fputs("</tr>\n", file);
    }
}

static int put_largest_of_each(FILE *file, const cli_report *r, const gd__json *list,
                               size_t outputs)
{
    size_t n = gd__json_size(list);
    bool *shown = cli_calloc(n + 1, sizeof *shown);
    if (shown == NULL)
        return cli_error(CLI_RUNTIME, "no memory");
    const char *columns[] = {"class or label", "feature", "weight", NULL};
    cli_open_table(file, "Largest weights of each class or label", columns);
    for (size_t j = 0; j < outputs; ++j) {
        memset(shown, 0, n);
        put_largest_of(file, r, list, j, shown);
    }
    cli_close_table(file);
    free(shown);
    return CLI_OK;
}

static int put_weights(FILE *file, const cli_report *r)
{
    size_t outputs = (size_t)r->model->network.architecture.outputs;
    gd__json *list = cli_feature_weights(r->model);
    if (list == NULL)
        return CLI_RUNTIME;
    fprintf(file,
            "<p>The weights of the linear model. A weight is the change in %s if the feature "
            "increases by 1. Numeric features are standardised, so their weights can be compared. "
            "Features that are 0 or 1 (one-hot, words, missing-value indicators) are not.</p>\n",
            r->model->target.task == CLI_REGRESSION ? "the target, in standard deviations,"
                                                    : "the logit of the class or label");
    int code = CLI_OK;
    if (outputs <= MOST_OUTPUTS)
        put_weight_table(file, r, list, outputs);
    else
        code = put_largest_of_each(file, r, list, outputs);
    gd__json_destroy(list);
    return code;
}

/* ---- any other ---- */

static void put_importance_rows(FILE *file, const gd__json *list)
{
    double most = gd__json_number_of(gd__json_get(gd__json_at(list, 0), "rise"));
    size_t i;
    gd__json *object;
    for (i = 0; (object = gd__json_at(list, i)) != NULL; ++i) {
        if (i == MOST_SHOWN)
            break;
        double rise = gd__json_number_of(gd__json_get(object, "rise"));
        fputs("<tr>", file);
        cli_put_head(file, gd__json_string_at(object, "column"));
        cli_put_bar_cell(file, rise, 0, most > 0 ? fmax(0, rise / most) : 0);
        cli_put_cell(file, gd__json_number_of(gd__json_get(object, "deviation")));
        fputs("</tr>\n", file);
    }
}

static int put_importances(FILE *file, const cli_report *r)
{
    char head[64];
    const char *columns[] = {"column", head, "± std. dev.", NULL};
    gd__json *list = cli_importances(r->model, r->judged, r->truth);
    if (list == NULL)
        return CLI_RUNTIME;
    snprintf(head, sizeof head, "increase in %s", cli_importance_unit(&r->model->target));
    fprintf(file,
            "<p>Permutation importance: the increase in %s when the values of one column are "
            "shuffled among the rows. Each number is the mean of %d shuffles, on at most %d rows. "
            "Correlated columns can stand in for each other; both may then look "
            "unimportant.%s</p>\n",
            cli_importance_unit(&r->model->target), CLI_IMPORTANCE_REPEATS,
            CLI_MOST_IMPORTANCE_ROWS, r->seen ? " The model was trained on these rows." : "");
    cli_open_table(file, "Permutation importance, largest first", columns);
    put_importance_rows(file, list);
    cli_close_table(file);
    put_rest(file, gd__json_size(list));
    gd__json_destroy(list);
    return CLI_OK;
}

/* A bag of words is a column, too. */
int cli_report_features(FILE *file, const cli_report *report)
{
    if (report->model->network.architecture.hidden_count == 0)
        return put_weights(file, report);
    if (gd_table_columns(report->judged) <= MOST_COLUMNS)
        return put_importances(file, report);
    fprintf(
        file,
        "<p class=\"note\">Permutation importance is omitted for more than %d columns: it would "
        "take long.</p>\n",
        MOST_COLUMNS);
    return CLI_OK;
}
