/* Charts: their contents, their axes, and two ways to draw them. */
#ifndef CLI_CHART_H
#define CLI_CHART_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

typedef struct cli_series {
    const char *name;    /* in the legend; NULL: none */
    const double *x, *y; /* [count]; no point where y is NaN */
    int64_t count;
    int look;       /* colour and marker, from 0; in text the letter */
    bool secondary; /* thin and dashed; in text the lower-case letter */
} cli_series;

typedef struct cli_chart {
    const char *id; /* unique in its file; letters and digits */
    const char *title, *description, *x_title;
    const char *y_title; /* beside the y axis, in SVG; NULL: none */
    const cli_series *series;
    int count;
    bool whole_x; /* ticks of x are whole numbers */
    bool unit;    /* square chart, both axes from 0 to 1 */
    enum { CLI_MARKED_LINES, CLI_LINES, CLI_DOTS } style;
    bool diagonal; /* draw the line y = x */
} cli_chart;

/* ---- axes ---- */

typedef struct cli_axis {
    double low, high;   /* the ends */
    double first, step; /* ticks: first, first + step, .. up to high */
} cli_axis;

/* Axes that contain all points, with about so many ticks at multiples of 1, 2 or 5 times a power
 * of ten. */
void cli_chart_axes(const cli_chart *chart, int x_ticks, int y_ticks, cli_axis *x, cli_axis *y);

int cli_axis_ticks(const cli_axis *axis);
double cli_axis_tick(const cli_axis *axis, int i);
void cli_axis_label(const cli_axis *axis, int i, char text[32]); /* "0.50", "20k" */
double cli_axis_place(const cli_axis *axis, double value); /* 0 at the low end, 1 at the high end */

/* ---- SVG 1.1, without scripts and fonts ---- */

/* The height of the chart that cli_svg_chart draws. */
int cli_svg_height(const cli_chart *chart, int width);

/* Writes an <svg class="chart"> in the colours of chart.css, with title and description for
 * screen readers. y: its position in an enclosing <svg>. Series differ by colour and marker. */
void cli_svg_chart(FILE *file, const cli_chart *chart, int width, int y);

/* ---- characters, for a terminal ---- */

/* The width of the terminal behind `file`; 80 if it is not a terminal. */
int cli_columns_of(FILE *file);

/* Draws a chart of at most `columns` columns. Each look has a letter: a, b, ..; upper case is
 * drawn over lower case. */
void cli_ascii_chart(FILE *file, const cli_chart *chart, int columns);

#endif
