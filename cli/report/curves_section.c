/* Of the report: what is drawn, and beside each picture its numbers as a table. */
#include "cli/charts/svg.h"
#include "cli/charts/training_log.h"
#include "cli/cli.h"
#include "cli/curves.h"
#include "cli/report/html.h"
#include "cli/report/page.h"

#include <math.h>
#include <stdlib.h>

enum { WIDTH = 350, SMALL_WIDTH = 250, MOST_CURVES = 60, MOST_POINTS = 1000 };

/* ---- training ---- */

static void put_epochs(FILE *file, const cli_history *h)
{
    const char *columns[] = {"epoch", "training loss", "validation loss", h->score_name, NULL};
    fputs("<details><summary>The curves as a table</summary>\n", file);
    cli_open_table(file, "After each epoch", columns);
    for (int64_t i = 0; i < h->count; ++i) {
        fprintf(file, "<tr><th scope=\"row\">%.0f</th>", h->epoch[i]);
        cli_put_cell(file, h->train_loss[i]);
        cli_put_cell(file, h->valid_loss[i]);
        if (h->score_name != NULL)
            cli_put_cell(file, h->score[i]);
        fputs("</tr>\n", file);
    }
    cli_close_table(file);
    fputs("</details>\n", file);
}

int cli_report_training(FILE *file, const cli_report *report)
{
    cli_history history;
    cli_history_charts charts = {.count = 0};
    cli_history_create(&history, report->log, report->stage);
    if (history.count == 0)
        fputs("<p>The checkpoint was already complete: this run trained no epoch.</p>\n", file);
    else
        cli_history_draw(&charts, &history, NULL, 1);
    if (charts.count > 0) {
        fputs("<div class=\"charts\">\n", file);
        for (int i = 0; i < charts.count; ++i)
            cli_svg_chart(file, &charts.charts[i], WIDTH, 0);
        fputs("</div>\n", file);
        put_epochs(file, &history);
    }
    cli_history_charts_free(&charts);
    cli_history_free(&history);
    return CLI_OK;
}

/* ---- thresholds ---- */

/* How a kind of curve is drawn and told. */
typedef struct drawing {
    const char *id, *title, *x_title, *y_title, *area, *caption;
    const char *sign; /* of the levels */
    bool diagonal;
} drawing;

static const drawing roc = {
    "roc",
    "ROC curve",
    "false positive rate",
    "true positive rate",
    "AUC",
    "Highest true positive rate where the false positive rate is at most the heading's value",
    "≤",
    true};
static const drawing precision = {"pr",
                                  "Precision-recall curve",
                                  "recall",
                                  "precision",
                                  "average precision",
                                  "Highest precision where recall is at least the heading's value",
                                  "≥",
                                  false};

static void put_curve(FILE *file, const drawing *d, const cli_curve *curve, int64_t index,
                      const char *name, int width)
{
    char id[32], description[400];
    cli_series series = {.x = curve->x, .y = curve->y, .count = curve->count};
    snprintf(id, sizeof id, "%s%lld", d->id, (long long)index);
    snprintf(description, sizeof description,
             "%s: %s over %s; %s %.4g. The table below gives the values.", d->title, d->y_title,
             d->x_title, d->area, curve->area);
    cli_chart chart = {.id = id,
                       .title = name,
                       .description = description,
                       .x_title = d->x_title,
                       .y_title = d->y_title,
                       .series = &series,
                       .count = 1,
                       .unit = true,
                       .style = CLI_LINES,
                       .diagonal = d->diagonal};
    cli_svg_chart(file, &chart, width, 0);
}

static void put_levels(FILE *file, const drawing *d, const cli_curve *curves, int64_t count,
                       int64_t first, const gd_target *target)
{
    char texts[CLI_LEVELS][16];
    const char *columns[CLI_LEVELS + 3] = {cli_has_classes(target) ? "class" : "label", d->area};
    for (int k = 0; k < CLI_LEVELS; ++k) {
        snprintf(texts[k], sizeof texts[k], "%s%g", d->sign, cli_levels[k]);
        columns[k + 2] = texts[k];
    }
    fputs("<details open=\"open\"><summary>As a table</summary>\n", file);
    cli_open_table(file, d->caption, columns);
    for (int64_t j = 0; j < count; ++j) {
        fputs("<tr>", file);
        cli_put_head(file, gd_target_label(target, first + j));
        cli_put_cell(file, curves[j].area);
        for (int k = 0; k < CLI_LEVELS; ++k)
            cli_put_cell(file, curves[j].best[k]);
        fputs("</tr>\n", file);
    }
    cli_close_table(file);
    fputs("</details>\n", file);
}

static void put_kind(FILE *file, const drawing *d, const cli_curve *curves, const cli_curves *all,
                     const gd_target *target)
{
    bool many = all->count > 1;
    fprintf(file, "<h3 id=\"%s\">%s</h3>\n<div class=\"charts%s\">\n", d->id, d->title,
            many ? " small" : "");
    for (int64_t j = 0; j < all->count && j < MOST_CURVES; ++j)
        if (curves[j].count > 0)
            put_curve(file, d, &curves[j], j, gd_target_label(target, all->first + j),
                      many ? SMALL_WIDTH : WIDTH);
    fputs("</div>\n", file);
    if (all->count > MOST_CURVES)
        fprintf(file, "<p class=\"note\">Only the first %d curves are drawn.</p>\n", MOST_CURVES);
    put_levels(file, d, curves, all->count, all->first, target);
}

int cli_report_curves(FILE *file, const cli_report *report)
{
    const gd_target *target = gd_model_target(report->model);
    cli_curves curves;
    int code = cli_curves_create(&curves, target, report->truth, report->prediction);
    if (code == CLI_OK) {
        fputs("<p>Each point is one threshold: a row is predicted positive if its probability is "
              "at least the threshold. Classes and labels that occur in no row or in every row "
              "are not drawn.</p>\n",
              file);
        put_kind(file, &roc, curves.roc, &curves, target);
        put_kind(file, &precision, curves.precision, &curves, target);
    }
    cli_curves_free(&curves);
    return code;
}

/* ---- numbers ---- */

static int ascending(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* As numpy.quantile has it. */
static double quantile(const double *values, int64_t n, double part)
{
    double at = part * (double)(n - 1);
    int64_t i = (int64_t)at;
    double rest = at - (double)i;
    return i + 1 < n ? values[i] + rest * (values[i + 1] - values[i]) : values[i];
}

static void put_errors(FILE *file, double *errors, int64_t n)
{
    static const double parts[] = {0, 0.05, 0.25, 0.5, 0.75, 0.95, 1};
    static const char *const columns[] = {"quantile", "error (predicted − true)", NULL};
    qsort(errors, (size_t)n, sizeof *errors, ascending);
    cli_open_table(file, "Quantiles of the prediction errors", columns);
    for (int k = 0; k < 7; ++k) {
        fprintf(file, "<tr><th scope=\"row\">%g %%</th>", 100 * parts[k]);
        cli_put_cell(file, quantile(errors, n, parts[k]));
        fputs("</tr>\n", file);
    }
    cli_close_table(file);
}

/* rows: of the table, which need not all have a target. */
static void put_point_table(FILE *file, const int64_t *rows, const double *x, const double *said,
                            int64_t count)
{
    static const char *const columns[] = {"row", "true", "predicted", NULL};
    fputs("<details><summary>The points as a table</summary>\n", file);
    cli_open_table(file, "Predictions", columns);
    for (int64_t i = 0; i < count; ++i) {
        fprintf(file, "<tr><th scope=\"row\">%lld</th>", (long long)rows[i] + 1);
        cli_put_cell(file, x[i]);
        cli_put_cell(file, said[i]);
        fputs("</tr>\n", file);
    }
    cli_close_table(file);
    fputs("</details>\n", file);
}

static void draw_points(FILE *file, const int64_t *rows, const double *x, const double *said,
                        int64_t count)
{
    char description[200];
    snprintf(description, sizeof description,
             "Predicted over true values of %lld rows. On the diagonal, both are equal. "
             "The table below gives the values.",
             (long long)count);
    cli_series series = {.x = x, .y = said, .count = count};
    cli_chart chart = {.id = "scatter",
                       .title = "Predictions",
                       .description = description,
                       .x_title = "true value",
                       .y_title = "predicted value",
                       .series = &series,
                       .count = 1,
                       .style = CLI_DOTS,
                       .diagonal = true};
    fputs("<div class=\"charts\">\n", file);
    cli_svg_chart(file, &chart, WIDTH, 0);
    fputs("</div>\n", file);
    put_point_table(file, rows, x, said, count);
}

/* So many rows, evenly taken. */
static void put_points(FILE *file, const cli_report *r, int64_t count)
{
    const double *y = r->truth->y->data, *p = r->prediction->values->data;
    int64_t n = r->truth->y->shape[0];
    int64_t *rows = cli_calloc((size_t)count, sizeof *rows);
    double *x = cli_calloc((size_t)count, sizeof *x),
           *said = cli_calloc((size_t)count, sizeof *said);
    for (int64_t i = 0; i < count; ++i) {
        rows[i] = ((const int64_t *)r->truth->rows->data)[i * n / count];
        x[i] = y[i * n / count];
        said[i] = isfinite(p[i * n / count]) ? p[i * n / count] : (double)NAN;
    }
    draw_points(file, rows, x, said, count);
    free(rows);
    free(x);
    free(said);
}

int cli_report_predictions(FILE *file, const cli_report *report)
{
    int64_t n = report->truth->y->shape[0];
    double *errors = cli_calloc((size_t)n, sizeof *errors);
    for (int64_t i = 0; i < n; ++i)
        errors[i] = ((const double *)report->prediction->values->data)[i] -
                    ((const double *)report->truth->y->data)[i];
    put_errors(file, errors, n);
    free(errors);
    put_points(file, report, n < MOST_POINTS ? n : MOST_POINTS);
    return CLI_OK;
}
