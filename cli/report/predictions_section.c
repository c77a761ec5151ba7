/* The report's section on the predictions of a regression: quantiles of the errors, and a scatter
 * plot with its points as a table. */
#include "cli/charts/chart.h"
#include "cli/report/html.h"
#include "cli/report/page.h"

#include <math.h>
#include <stdlib.h>

enum { WIDTH = 350, MOST_POINTS = 1000 };

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
        cli_close_row(file);
    }
    cli_close_table(file);
}

/* Points of `count` rows, evenly taken; row numbers are those of the table. */
static void put_points(FILE *file, const cli_report *r, int64_t count)
{
    static const char *const columns[] = {"row", "true", "predicted", NULL};
    const double *y = r->truth->y->data, *p = r->prediction->values->data;
    int64_t n = r->truth->y->shape[0];
    double *truth = cli_calloc(2 * (size_t)count, sizeof *truth), *predicted = truth + count;
    for (int64_t i = 0; i < count; ++i) {
        truth[i] = y[i * n / count];
        predicted[i] = isfinite(p[i * n / count]) ? p[i * n / count] : (double)NAN;
    }
    char *description = cli_text("Predicted over true values of %lld rows. On the diagonal, both "
                                 "are equal. The table below gives the values.",
                                 (long long)count);
    cli_series series = {.x = truth, .y = predicted, .count = count};
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
    fputs("</div>\n<details><summary>The points as a table</summary>\n", file);
    cli_open_table(file, "Predictions", columns);
    for (int64_t i = 0; i < count; ++i) {
        int64_t row = ((const int64_t *)r->truth->rows->data)[i * n / count];
        fprintf(file, "<tr><th scope=\"row\">%lld</th>", (long long)row + 1);
        cli_put_cell(file, truth[i]);
        cli_put_cell(file, predicted[i]);
        cli_close_row(file);
    }
    cli_close_table(file);
    fputs("</details>\n", file);
    free(description);
    free(truth);
}

void cli_report_predictions(FILE *file, const cli_report *report)
{
    int64_t n = report->truth->y->shape[0];
    double *errors = cli_calloc((size_t)n, sizeof *errors);
    for (int64_t i = 0; i < n; ++i)
        errors[i] = ((const double *)report->prediction->values->data)[i] -
                    ((const double *)report->truth->y->data)[i];
    put_errors(file, errors, n);
    free(errors);
    put_points(file, report, n < MOST_POINTS ? n : MOST_POINTS);
}
