/* Of the report: the scores, each class or label, the confusion matrix. */
#include "cli/cli.h"
#include "cli/report/html.h"
#include "cli/report/page.h"
#include "cli/scores/print_scores.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static void put_scores(FILE *file, const cli_report *r, const gd_json *baseline)
{
    static const char *const columns[] = {"score", "model", "baseline", NULL};
    cli_open_table(file, "Scores", columns);
    for (size_t i = 0; i < gd_json_size(r->scores); ++i) {
        const char *key = gd_json_key(r->scores, i);
        if (strcmp(key, "majority_accuracy") == 0)
            continue;
        bool same = strcmp(key, "rows") == 0 || strcmp(key, "observed_fraction") == 0;
        fputs("<tr>", file);
        cli_put_head(file, key);
        cli_put_cell(file, gd_json_number_at(r->scores, key));
        if (same)
            fputs("<td></td>", file);
        else
            cli_put_cell(file, gd_json_number_at(baseline, key));
        fputs("</tr>\n", file);
    }
    if (gd_target_task(gd_model_target(r->model)) == GD_BINARY) {
        fputs("<tr>", file);
        cli_put_head(file, "threshold");
        cli_put_cell(file, gd_model_thresholds(r->model)[1]);
        fputs("<td></td></tr>\n", file);
    }
    cli_close_table(file);
}

enum { MOST_LISTED = 1000 /* classes, a row each */ };

static void put_classes(FILE *file, bool labels, const gd_json *classes)
{
    static const char *const keys[] = {"f1", "precision", "recall", "support", "threshold"};
    const char *columns[] = {
        labels ? "label" : "class", "f1", "precision", "recall", "support", "threshold", NULL};
    size_t i;
    gd_json *object;
    columns[5] = labels ? "threshold" : NULL;
    cli_open_table(file, labels ? "Scores per label" : "Scores per class", columns);
    for (i = 0; i < MOST_LISTED && (object = gd_json_at(classes, i)) != NULL; ++i) {
        fputs("<tr>", file);
        cli_put_head(file, gd_json_string_at(object, "name"));
        for (int k = 0; k < (labels ? 5 : 4); ++k)
            if (k < 3)
                cli_put_bar_cell(file, gd_json_number_at(object, keys[k]), 0,
                                 gd_json_number_at(object, keys[k]));
            else
                cli_put_cell(file, gd_json_number_at(object, keys[k]));
        fputs("</tr>\n", file);
    }
    cli_close_table(file);
    if (gd_json_size(classes) > MOST_LISTED)
        fprintf(file, "<p class=\"note\">and %zu more</p>\n", gd_json_size(classes) - MOST_LISTED);
}

static double row_sum(const gd_json *row)
{
    double sum = 0;
    for (size_t j = 0; j < gd_json_size(row); ++j)
        sum += gd_json_number_of(gd_json_at(row, j));
    return sum;
}

/* Right ones in one tint, wrong ones in another, the stronger the larger their part of the row. */
static void put_count(FILE *file, int64_t count, double sum, bool right)
{
    fprintf(file,
            "<td style=\"background:color-mix(in srgb,var(--%s) %.0f%%,transparent)\">"
            "<data value=\"%" PRId64 "\">%" PRId64 "</data></td>",
            right ? "bar" : "back", sum > 0 ? 100 * (double)count / sum : 0, count, count);
}

enum { MOST_CLASSES = 60 /* whose matrix can be looked at */ };

static int put_confusion(FILE *file, const cli_report *r, const gd_tensor *said)
{
    const gd_target *target = gd_model_target(r->model);
    int64_t width = gd_target_width(target);
    gd_json *matrix = cli_confusion(target, r->truth, said), *row, *count;
    if (matrix == NULL)
        return CLI_RUNTIME;
    const char **columns = cli_calloc((size_t)width + 2, sizeof *columns);
    columns[0] = "true \\ predicted";
    for (int64_t j = 0; j < width; ++j)
        columns[j + 1] = gd_target_label(target, j);
    fputs("<h3 id=\"confusion\">Confusion matrix</h3>\n", file);
    cli_open_table(file, "Confusion matrix (rows: true class, columns: predicted class)", columns);
    size_t i, j;
    for (i = 0; (row = gd_json_at(matrix, i)) != NULL; ++i) {
        fputs("<tr>", file);
        cli_put_head(file, gd_target_label(target, (int64_t)i));
        for (j = 0; (count = gd_json_at(row, j)) != NULL; ++j)
            put_count(file, gd_json_integer_of(count), row_sum(row), i == j);
        fputs("</tr>\n", file);
    }
    cli_close_table(file);
    gd_json_destroy(matrix);
    free(columns);
    return CLI_OK;
}

static int put_all_classes(FILE *file, const cli_report *r, const gd_tensor *said)
{
    const gd_target *target = gd_model_target(r->model);
    gd_json *classes = cli_class_scores(r->model, r->truth, said);
    if (classes == NULL)
        return CLI_RUNTIME;
    put_classes(file, !cli_has_classes(target), classes);
    gd_json_destroy(classes);
    if (!cli_has_classes(target))
        return CLI_OK;
    if (gd_target_width(target) <= MOST_CLASSES)
        return put_confusion(file, r, said);
    fprintf(file,
            "<p class=\"note\">The confusion matrix is omitted for more than %d classes.</p>\n",
            MOST_CLASSES);
    return CLI_OK;
}

int cli_report_scores(FILE *file, const cli_report *report)
{
    const gd_target *target = gd_model_target(report->model);
    gd_json *baseline = cli_baseline_scores(report->model, report->truth);
    if (baseline == NULL)
        return CLI_RUNTIME;
    fputs("<p>", file);
    cli_put_text(file, report->how, 0);
    fprintf(file,
            " Scores are defined as in scikit-learn. The baseline ignores the features: it always "
            "predicts the %s of the training rows.</p>\n",
            gd_target_task(target) == GD_REGRESSION ? "mean"
            : cli_has_classes(target)               ? "class frequencies"
                                                    : "label frequencies");
    char sentence[160];
    if (cli_is_no_better(target, report->scores, baseline, sentence))
        fprintf(file, "<p><strong>T%s.</strong></p>\n", sentence + 1);
    put_scores(file, report, baseline);
    gd_json_destroy(baseline);
    if (gd_target_task(target) == GD_REGRESSION)
        return CLI_OK;
    gd_tensor *said = gd_predicted_targets(target, report->prediction);
    int code = said != NULL ? put_all_classes(file, report, said)
                            : cli_error(CLI_RUNTIME, "%s", gd_message());
    gd_tensor_destroy(said);
    return code;
}
