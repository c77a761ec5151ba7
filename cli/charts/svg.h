/* Charts as SVG: no script, no font of its own, readable by programs that know no more than SVG 1.1. */
#ifndef CLI_SVG_H
#define CLI_SVG_H

#include "cli/charts/chart.h"

#include <stdio.h>

/* The colours, in light and dark, for a <style>. */
extern const char cli_chart_style[];

/* The height of what cli_svg_chart draws. */
int cli_svg_height(const cli_chart *chart, int width);

/* An <svg class="chart">, with its title and description as names for screen readers; y: where it begins in another one.
 * Series differ by colour, and by markers. */
void cli_svg_chart(FILE *file, const cli_chart *chart, int width, int y);

#endif
