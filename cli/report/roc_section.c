/* The report's section on thresholds: ROC and precision-recall curves, and their values as tables. */
#include "cli/charts/svg.h"
#include "cli/report/html.h"
#include "cli/report/page.h"
#include "cli/report/roc_curves.h"

enum { WIDTH = 350, SMALL_WIDTH = 250, MOST_CURVES = 60 };

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
        cli_open_row(file, gd_target_label(target, first + j));
        cli_put_cell(file, curves[j].area);
        for (int k = 0; k < CLI_LEVELS; ++k)
            cli_put_cell(file, curves[j].best[k]);
        cli_close_row(file);
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
