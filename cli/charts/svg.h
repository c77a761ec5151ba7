/* Charts as SVG 1.1, without scripts and fonts. */
#ifndef CLI_SVG_H
#define CLI_SVG_H

#include "cli/charts/chart.h"

#include <stdio.h>

/* Colours for light and dark mode, for a <style> element. */
extern const char cli_chart_style[];

/* The height of the chart that cli_svg_chart draws. */
int cli_svg_height(const cli_chart *chart, int width);

/* Writes an <svg class="chart"> with title and description for screen readers. y: its position in
 * an enclosing <svg>. Series differ by colour and marker. */
void cli_svg_chart(FILE *file, const cli_chart *chart, int width, int y);

#endif
