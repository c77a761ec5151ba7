/* A chart: what is drawn, as SVG (cli/charts/svg.h) or of characters (cli/charts/ascii.h). */
#ifndef CLI_CHART_H
#define CLI_CHART_H

#include <stdbool.h>
#include <stdint.h>

typedef struct cli_series {
    const char *name;    /* for the legend; NULL: not there */
    const double *x, *y; /* [count]; where y is NaN there is nothing */
    int64_t count;
    int look;       /* its colour and marker, from 0; in characters its letter */
    bool secondary; /* drawn thinner and dashed; in characters the small letter */
} cli_series;

typedef struct cli_chart {
    const char *id; /* unique in its file; letters and digits */
    const char *title, *description, *x_title;
    const char
        *y_title; /* beside an axis whose labels are short, in SVG; NULL: the title says it */
    const cli_series *series;
    int count;
    bool whole_x; /* x counts: ticks are whole numbers */
    bool unit;    /* both axes go from 0 to 1, and the chart is a square */
    enum { CLI_MARKED_LINES, CLI_LINES, CLI_DOTS } style;
    bool diagonal; /* the line y = x behind them */
} cli_chart;

typedef struct cli_axis {
    double low, high;   /* its ends */
    double first, step; /* ticks: first, first + step, .. up to high */
} cli_axis;

/* Axes that hold all points, with about so many ticks at 1, 2 or 5 times a power of ten. */
void cli_chart_axes(const cli_chart *chart, int x_ticks, int y_ticks, cli_axis *x, cli_axis *y);

int cli_axis_ticks(const cli_axis *axis);
double cli_axis_tick(const cli_axis *axis, int i);
void cli_axis_label(const cli_axis *axis, int i, char text[32]); /* "0.50", "20k" */
double cli_axis_place(const cli_axis *axis, double value); /* 0 at its low end, 1 at its high */

#endif
