/* The report's section Scores: of all rows, of each class or label, and the confusion matrix. */
#include "cli/report/html.h"
#include "cli/report/page.h"
#include "cli/scores/scores.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static void put_all_rows(FILE *file, const cli_report *r, const gd_scores *baseline)
{
    static const char *const columns[] = {"score", "model", "baseline", NULL};
    cli_open_table(file, "Scores", columns);
    for (int i = 0; i < r->scores->count; ++i) {
        const char *name = r->scores->at[i].name;
        if (strcmp(name, "majority_accuracy") == 0)
            continue;
        cli_open_row(file, name);
        cli_put_cell(file, r->scores->at[i].value);
        if (cli_is_about_rows(name))
            fputs("<td></td>", file);
        else
            cli_put_cell(file, gd_scores_get(baseline, name));
        cli_close_row(file);
    }
    if (gd_target_task(gd_model_target(r->model)) == GD_BINARY) {
        cli_open_row(file, "threshold");
        cli_put_cell(file, gd_model_thresholds(r->model)[1]);
        fputs("<td></td>", file);
        cli_close_row(file);
    }
    cli_close_table(file);
}

enum { MOST_LISTED = 1000 /* classes, a row each */ };

static void put_classes(FILE *file, const gd_target *target, const double *scores)
{
    static const int order[] = {CLI_F1, CLI_PRECISION, CLI_RECALL, CLI_SUPPORT, CLI_THRESHOLD};
    bool labels = !cli_has_classes(target);
    int64_t count = gd_target_width(target);
    const char *columns[CLI_CLASS_SCORES + 2] = {labels ? "label" : "class"};
    for (int k = 0; k < CLI_CLASS_SCORES - !labels; ++k)
        columns[k + 1] = cli_class_score_names[order[k]];
    cli_open_table(file, labels ? "Scores per label" : "Scores per class", columns);
    for (int64_t i = 0; i < count && i < MOST_LISTED; ++i) {
        cli_open_row(file, gd_target_label(target, i));
        for (int k = 0; columns[k + 1] != NULL; ++k) {
            double score = scores[i * CLI_CLASS_SCORES + order[k]];
            if (order[k] <= CLI_F1)
                cli_put_bar_cell(file, score, 0, score);
            else
                cli_put_cell(file, score);
        }
        cli_close_row(file);
    }
    cli_close_table(file);
    if (count > MOST_LISTED)
        fprintf(file, "<p class=\"note\">and %" PRId64 " more</p>\n", count - MOST_LISTED);
}

/* Right ones in one tint, wrong ones in another, the stronger the larger their part of the row. */
static void put_count(FILE *file, double count, double sum, bool right)
{
    fprintf(file,
            "<td style=\"background:color-mix(in srgb,var(--%s) %.0f%%,transparent)\">"
            "<data value=\"%.0f\">%.0f</data></td>",
            right ? "bar" : "back", sum > 0 ? 100 * count / sum : 0, count, count);
}

enum { MOST_CLASSES = 60 /* whose matrix can be looked at */ };

static void put_confusion(FILE *file, const cli_report *r, const gd_tensor *predicted)
{
    const gd_target *target = gd_model_target(r->model);
    int64_t width = gd_target_width(target);
    double *matrix = cli_metric(&gd_metric_confusion_matrix, target, r->truth, predicted, 0);
    const char *columns[MOST_CLASSES + 2] = {"true \\ predicted"};
    for (int64_t j = 0; j < width; ++j)
        columns[j + 1] = gd_target_label(target, j);
    fputs("<h3 id=\"confusion\">Confusion matrix</h3>\n", file);
    cli_open_table(file, "Confusion matrix (rows: true class, columns: predicted class)", columns);
    for (int64_t i = 0; i < width; ++i) {
        const double *row = matrix + i * width;
        double sum = 0;
        for (int64_t j = 0; j < width; ++j)
            sum += row[j];
        cli_open_row(file, gd_target_label(target, i));
        for (int64_t j = 0; j < width; ++j)
            put_count(file, row[j], sum, i == j);
        cli_close_row(file);
    }
    cli_close_table(file);
    free(matrix);
}

static void put_each_class(FILE *file, const cli_report *r, const gd_tensor *predicted)
{
    const gd_target *target = gd_model_target(r->model);
    double *scores = cli_class_scores(r->model, r->truth, predicted);
    put_classes(file, target, scores);
    free(scores);
    if (cli_has_classes(target) && gd_target_width(target) <= MOST_CLASSES)
        put_confusion(file, r, predicted);
    else if (cli_has_classes(target))
        fprintf(file,
                "<p class=\"note\">The confusion matrix is omitted for more than %d classes.</p>\n",
                MOST_CLASSES);
}

void cli_report_scores(FILE *file, const cli_report *report)
{
    const gd_target *target = gd_model_target(report->model);
    gd_scores baseline = cli_baseline_scores(report->model, report->truth);
    fputs("<p>", file);
    cli_put_text(file, report->how, 0);
    fprintf(file,
            " Scores are defined as in scikit-learn. The baseline ignores the features: it always "
            "predicts the %s of the training rows.</p>\n",
            gd_target_task(target) == GD_REGRESSION ? "mean"
            : cli_has_classes(target)               ? "class frequencies"
                                                    : "label frequencies");
    char sentence[160];
    if (cli_is_no_better(target, report->scores, &baseline, sentence))
        fprintf(file, "<p><strong>T%s.</strong></p>\n", sentence + 1);
    put_all_rows(file, report, &baseline);
    if (gd_target_task(target) == GD_REGRESSION)
        return;
    gd_tensor *predicted = gd_predicted_targets(target, report->prediction);
    put_each_class(file, report, predicted);
    gd_tensor_destroy(predicted);
}
