/* Of the report: the scores, each class or label, the confusion matrix. */
#include "cli/cli.h"
#include "cli/html.h"
#include "cli/report_page.h"
#include "cli/score_report.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static double number_at(const json_t *object, const char *key)
{
    const json_t *value = json_object_get(object, key);
    return json_is_number(value) ? json_number_value(value) : (double)NAN;
}

static void put_scores(FILE *file, const cli_report *r, const json_t *baseline)
{
    static const char *const columns[] = {"score", "model", "baseline", NULL};
    const char *key;
    json_t *value;
    cli_open_table(file, "Scores", columns);
    json_object_foreach((json_t *)r->scores, key, value)
    {
        if (strcmp(key, "majority_accuracy") == 0)
            continue;
        bool same = strcmp(key, "rows") == 0 || strcmp(key, "observed_fraction") == 0;
        fputs("<tr>", file);
        cli_put_head(file, key);
        cli_put_cell(file, number_at(r->scores, key));
        if (same)
            fputs("<td></td>", file);
        else
            cli_put_cell(file, number_at(baseline, key));
        fputs("</tr>\n", file);
    }
    if (r->model->target.task == CLI_BINARY) {
        fputs("<tr>", file);
        cli_put_head(file, "threshold");
        cli_put_cell(file, r->model->thresholds[1]);
        fputs("<td></td></tr>\n", file);
    }
    cli_close_table(file);
}

static void put_classes(FILE *file, bool labels, const json_t *classes)
{
    static const char *const keys[] = {"f1", "precision", "recall", "support", "threshold"};
    const char *columns[] = {
        labels ? "label" : "class", "f1", "precision", "recall", "support", "threshold", NULL};
    size_t i;
    json_t *object;
    columns[5] = labels ? "threshold" : NULL;
    cli_open_table(file, labels ? "Each label" : "Each class", columns);
    json_array_foreach((json_t *)classes, i, object)
    {
        fputs("<tr>", file);
        cli_put_head(file, json_string_value(json_object_get(object, "name")));
        for (int k = 0; k < (labels ? 5 : 4); ++k)
            if (k < 3)
                cli_put_bar_cell(file, number_at(object, keys[k]), 0, number_at(object, keys[k]));
            else
                cli_put_cell(file, number_at(object, keys[k]));
        fputs("</tr>\n", file);
    }
    cli_close_table(file);
}

static double row_sum(const json_t *row)
{
    double sum = 0;
    size_t j;
    json_t *count;
    json_array_foreach((json_t *)row, j, count) sum += json_number_value(count);
    return sum;
}

/* Right ones in one tint, wrong ones in another, the stronger the larger their part of the row. */
static void put_count(FILE *file, json_int_t count, double sum, bool right)
{
    fprintf(file,
            "<td style=\"background:color-mix(in srgb,var(--%s) %.0f%%,transparent)\">"
            "<data value=\"%" JSON_INTEGER_FORMAT "\">%" JSON_INTEGER_FORMAT "</data></td>",
            right ? "bar" : "back", sum > 0 ? 100 * (double)count / sum : 0, count, count);
}

enum { MOST_CLASSES = 60 /* whose matrix can be looked at */ };

static int put_confusion(FILE *file, const cli_report *r)
{
    const cli_target *target = &r->model->target;
    int64_t width = cli_target_width(target);
    const char **columns = calloc((size_t)width + 2, sizeof *columns);
    if (columns == NULL)
        return cli_error(CLI_RUNTIME, "no memory");
    columns[0] = "true \\ said";
    for (int64_t j = 0; j < width; ++j)
        columns[j + 1] = cli_target_label(target, j);
    fputs("<h3 id=\"confusion\">Confusion</h3>\n", file);
    cli_open_table(file, "Rows of each class, and what the model says of them", columns);
    json_t *matrix = cli_confusion(target, r->truth, r->prediction), *row, *count;
    size_t i, j;
    json_array_foreach(matrix, i, row)
    {
        fputs("<tr>", file);
        cli_put_head(file, cli_target_label(target, (int64_t)i));
        json_array_foreach(row, j, count)
            put_count(file, json_integer_value(count), row_sum(row), i == j);
        fputs("</tr>\n", file);
    }
    cli_close_table(file);
    json_decref(matrix);
    free(columns);
    return CLI_OK;
}

int cli_report_scores(FILE *file, const cli_report *report)
{
    const cli_target *target = &report->model->target;
    json_t *baseline = cli_baseline_scores(report->model, report->truth);
    if (baseline == NULL)
        return CLI_RUNTIME;
    fputs("<p>", file);
    cli_put_text(file, report->how, 0);
    fputs(" Scores are as scikit-learn defines them; the baseline knows the frequencies of "
          "what is predicted, and nothing of the columns.</p>\n",
          file);
    char sentence[160];
    if (cli_is_no_better(target, report->scores, baseline, sentence))
        fprintf(file, "<p><strong>T%s.</strong></p>\n", sentence + 1);
    put_scores(file, report, baseline);
    json_decref(baseline);
    if (target->task == CLI_REGRESSION)
        return CLI_OK;
    json_t *classes = cli_class_scores(target, report->truth, report->prediction);
    put_classes(file, target->classes == NULL, classes);
    json_decref(classes);
    if (target->classes == NULL)
        return CLI_OK;
    if (cli_target_width(target) <= MOST_CLASSES)
        return put_confusion(file, report);
    fprintf(file,
            "<p class=\"note\">The confusion matrix of more than %d classes is left out.</p>\n",
            MOST_CLASSES);
    return CLI_OK;
}
