/* The report's section on thresholds: the ROC and the precision-recall curve of each class or
 * label, and values on them as a table. */
#include "cli/charts/chart.h"
#include "cli/report/html.h"
#include "cli/report/page.h"
#include "cli/scores/scores.h"

#include <math.h>
#include <stdlib.h>

enum { WIDTH = 350, SMALL_WIDTH = 250, MOST_CURVES = 60, LEVELS = 10 };

static const double levels[LEVELS] = {0.01, 0.05, 0.1, 0.2, 0.3, 0.5, 0.7, 0.9, 0.95, 0.99};

/* ---- points ---- */

typedef struct curve {
    double *x, *y; /* [count]; of precision and recall a line of steps */
    int64_t count;
    /* The largest y of all points with x at most the level, of precision and recall at least;
     * NaN: none. */
    double best[LEVELS];
    double area; /* as the metrics have it; NaN: there is none */
} curve;

static void add(curve *c, double x, double y)
{
    if ((c->count & (c->count - 1)) == 0) { /* full: 0, 1, 2, 4, .. */
        size_t size = (size_t)(c->count > 0 ? 2 * c->count : 1) * sizeof(double);
        c->x = cli_realloc(c->x, size);
        c->y = cli_realloc(c->y, size);
    }
    c->x[c->count] = x;
    c->y[c->count++] = y;
}

/* Whether a point is farther from the last one than a pixel. */
static bool is_far(const curve *c, double x, double y)
{
    const double least_step = 1.0 / 500;
    int64_t last = c->count - 1;
    return last < 0 || fabs(x - c->x[last]) >= least_step || fabs(y - c->y[last]) >= least_step;
}

/* Of every point, also of those that are not drawn. */
static void note(curve *c, double x, double y, bool from)
{
    for (int k = 0; k < LEVELS; ++k)
        if (from ? x >= levels[k] : x <= levels[k])
            c->best[k] = fmax(c->best[k], y);
}

typedef struct scored {
    double p;
    bool yes;
} scored;

static int higher_first(const void *a, const void *b)
{
    const scored *x = a, *y = b;
    return (x->p < y->p) - (x->p > y->p);
}

/* The rows in which it is known whether they are of the class or have the label, the most probable
 * first; how many those are. */
static int64_t collect(scored *cells, const cli_report *r, const gd_target *target, int64_t label)
{
    int64_t n = r->truth->y->shape[0], width = gd_target_width(target), count = 0;
    for (int64_t i = 0; i < n; ++i) {
        double p = ((const double *)r->prediction->values->data)[i * width + label];
        if (cli_has_classes(target))
            cells[count++] = (scored){p, ((const int64_t *)r->truth->y->data)[i] == label};
        else if (((const bool *)r->truth->mask->data)[i * width + label])
            cells[count++] = (scored){p, ((const float *)r->truth->y->data)[i * width + label] > 0};
    }
    qsort(cells, (size_t)count, sizeof *cells, higher_first);
    return count;
}

/* A point for each threshold, from the highest down: rows that are at least as probable are
 * predicted positive. roc: false positives of all negatives, true positives of all positives.
 * precision: recall, precision. */
static void trace(curve *roc, curve *precision, const scored *cells, int64_t n)
{
    double positives = 0, hits = 0;
    for (int k = 0; k < LEVELS; ++k)
        roc->best[k] = precision->best[k] = NAN;
    for (int64_t i = 0; i < n; ++i)
        positives += cells[i].yes;
    double negatives = (double)n - positives;
    if (positives == 0 || negatives == 0)
        return;
    add(roc, 0, 0);
    note(roc, 0, 0, false);
    for (int64_t i = 0; i < n; ++i) {
        hits += cells[i].yes;
        if (i + 1 < n && cells[i + 1].p == cells[i].p)
            continue;
        double above = (double)(i + 1), recall = hits / positives, x = (above - hits) / negatives;
        note(roc, x, recall, false);
        note(precision, recall, hits / above, true);
        if (i + 1 == n || is_far(roc, x, recall))
            add(roc, x, recall);
        if (i + 1 < n && !is_far(precision, recall, hits / above))
            continue;
        add(precision, precision->count > 0 ? precision->x[precision->count - 1] : 0, hits / above);
        add(precision, recall, hits / above);
    }
}

/* ---- drawing ---- */

/* How a kind of curve is drawn and described. */
typedef struct drawing {
    const char *id, *title, *x_title, *y_title, *area, *caption;
    const char *sign; /* of the levels */
    bool diagonal;
    const gd_metric_kind *metric;
} drawing;

static const drawing drawings[2] = {
    {"roc", "ROC curve", "false positive rate", "true positive rate", "AUC",
     "Highest true positive rate where the false positive rate is at most the heading's value", "≤",
     true, &gd_metric_roc_auc},
    {"pr", "Precision-recall curve", "recall", "precision", "average precision",
     "Highest precision where recall is at least the heading's value", "≥", false,
     &gd_metric_average_precision}};

static void put_curve(FILE *file, const drawing *d, const curve *c, int64_t index, const char *name,
                      int width)
{
    char id[32], description[400];
    cli_series series = {.x = c->x, .y = c->y, .count = c->count};
    snprintf(id, sizeof id, "%s%lld", d->id, (long long)index);
    snprintf(description, sizeof description,
             "%s: %s over %s; %s %.4g. The table below gives the values.", d->title, d->y_title,
             d->x_title, d->area, c->area);
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

static void put_levels(FILE *file, const drawing *d, const curve *curves, int64_t count,
                       int64_t first, const gd_target *target)
{
    char texts[LEVELS][16];
    const char *columns[LEVELS + 3] = {cli_has_classes(target) ? "class" : "label", d->area};
    for (int k = 0; k < LEVELS; ++k) {
        snprintf(texts[k], sizeof texts[k], "%s%g", d->sign, levels[k]);
        columns[k + 2] = texts[k];
    }
    fputs("<details open=\"open\"><summary>As a table</summary>\n", file);
    cli_open_table(file, d->caption, columns);
    for (int64_t j = 0; j < count; ++j) {
        cli_open_row(file, gd_target_label(target, first + j));
        cli_put_cell(file, curves[j].area);
        for (int k = 0; k < LEVELS; ++k)
            cli_put_cell(file, curves[j].best[k]);
        cli_close_row(file);
    }
    cli_close_table(file);
    fputs("</details>\n", file);
}

static void put_kind(FILE *file, const drawing *d, const curve *curves, int64_t count,
                     int64_t first, const gd_target *target)
{
    fprintf(file, "<h3 id=\"%s\">%s</h3>\n<div class=\"charts%s\">\n", d->id, d->title,
            count > 1 ? " small" : "");
    for (int64_t j = 0; j < count && j < MOST_CURVES; ++j)
        if (curves[j].count > 0)
            put_curve(file, d, &curves[j], j, gd_target_label(target, first + j),
                      count > 1 ? SMALL_WIDTH : WIDTH);
    fputs("</div>\n", file);
    if (count > MOST_CURVES)
        fprintf(file, "<p class=\"note\">Only the first %d curves are drawn.</p>\n", MOST_CURVES);
    put_levels(file, d, curves, count, first, target);
}

void cli_report_curves(FILE *file, const cli_report *r)
{
    const gd_target *target = gd_model_target(r->model);
    /* of two classes the second alone */
    int64_t first = gd_target_task(target) == GD_BINARY, count = gd_target_width(target) - first;
    curve *roc = cli_calloc(2 * (size_t)count, sizeof *roc), *precision = roc + count;
    scored *cells = cli_calloc((size_t)r->truth->y->shape[0] + 1, sizeof *cells);
    for (int64_t j = 0; j < count; ++j)
        trace(&roc[j], &precision[j], cells, collect(cells, r, target, first + j));
    free(cells);
    fputs("<p>Each point is one threshold: a row is predicted positive if its probability is "
          "at least the threshold. Classes and labels that occur in no row or in every row "
          "are not drawn.</p>\n",
          file);
    for (int kind = 0; kind < 2; ++kind) {
        curve *curves = kind == 0 ? roc : precision;
        double *areas =
            cli_metric(drawings[kind].metric, target, r->truth, r->prediction->values, NAN);
        for (int64_t j = 0; j < count; ++j)
            curves[j].area = curves[j].count > 0 ? areas[first + j] : (double)NAN;
        free(areas);
        put_kind(file, &drawings[kind], curves, count, first, target);
    }
    for (int64_t j = 0; j < 2 * count; ++j) {
        free(roc[j].x);
        free(roc[j].y);
    }
    free(roc);
}
