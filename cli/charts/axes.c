/* The axes of charts: ends, ticks and labels. */
#include "cli/charts/chart.h"

#include <math.h>
#include <stdio.h>

/* 1, 2 or 5 times a power of ten, so that a range has about so many. */
static double nice_step(double range, int ticks)
{
    double rough = range / ticks, power = pow(10, floor(log10(rough)));
    double part = rough / power;
    return power * (part <= 1 ? 1 : part <= 2 ? 2 : part <= 5 ? 5 : 10);
}

/* Limits the ends so that differences are finite; larger values are outside the chart. */
static double within(double end)
{
    return fmax(-1e300, fmin(1e300, end));
}

/* `outward`: the ends are ticks, too. */
static cli_axis make_axis(double least, double most, int ticks, bool whole, bool outward)
{
    if (!(least <= most)) { /* there is no point */
        least = 0;
        most = 1;
    }
    least = within(least);
    most = within(most);
    double size = fmax(fabs(least), fabs(most));
    if (most - least <= 1e-9 * size || size < 1e-200) { /* a line is in the middle */
        double margin = whole ? 0.5 : size < 1e-200 ? 1 : 0.01 * size;
        least -= margin;
        most += margin;
    }
    double step = nice_step(most - least, ticks);
    if (whole)
        step = fmax(1, step);
    cli_axis axis = {.low = least, .high = most, .step = step};
    if (outward) {
        axis.low = step * floor(least / step + 1e-9);
        axis.high = step * ceil(most / step - 1e-9);
    }
    axis.first = step * ceil(axis.low / step - 1e-9);
    return axis;
}

void cli_chart_axes(const cli_chart *chart, int x_ticks, int y_ticks, cli_axis *x, cli_axis *y)
{
    double x_least = INFINITY, x_most = -INFINITY, y_least = INFINITY, y_most = -INFINITY;
    for (int i = 0; i < chart->count; ++i) {
        const cli_series *s = &chart->series[i];
        for (int64_t k = 0; k < s->count; ++k) {
            if (isnan(s->y[k]))
                continue;
            x_least = fmin(x_least, s->x[k]);
            x_most = fmax(x_most, s->x[k]);
            y_least = fmin(y_least, s->y[k]);
            y_most = fmax(y_most, s->y[k]);
        }
    }
    if (chart->unit)
        x_least = y_least = 0, x_most = y_most = 1;
    if (chart->diagonal && !chart->unit) { /* one scale for both */
        x_least = y_least = fmin(x_least, y_least);
        x_most = y_most = fmax(x_most, y_most);
    }
    *x = make_axis(x_least, x_most, x_ticks, chart->whole_x, !chart->whole_x);
    *y = make_axis(y_least, y_most, y_ticks, false, true);
}

int cli_axis_ticks(const cli_axis *axis)
{
    return (int)floor((axis->high - axis->first) / axis->step + 1e-9) + 1;
}

double cli_axis_tick(const cli_axis *axis, int i)
{
    double value = axis->first + i * axis->step;
    return fabs(value) < 1e-9 * axis->step ? 0 : value; /* not 1e-17, nor -0 */
}

void cli_axis_label(const cli_axis *axis, int i, char text[32])
{
    double value = cli_axis_tick(axis, i);
    double size = fmax(fabs(axis->low), fabs(axis->high));
    int decimals = (int)fmax(0, -floor(log10(axis->step) + 1e-9));
    /* so many that neighbours differ */
    int digits = (int)fmax(6, floor(log10(size)) - floor(log10(axis->step) + 1e-9) + 1);
    if (axis->step >= 1e3 && size < 1e9)
        snprintf(text, 32, "%.*g%c", digits, value / (axis->step >= 1e6 ? 1e6 : 1e3),
                 axis->step >= 1e6 ? 'M' : 'k');
    else if (size >= 1e7 || decimals > 5)
        snprintf(text, 32, "%.*g", digits, value);
    else
        snprintf(text, 32, "%.*f", decimals, value);
}

double cli_axis_place(const cli_axis *axis, double value)
{
    return (value - axis->low) / (axis->high - axis->low);
}
