/* Charts made of characters, for a terminal. */
#ifndef CLI_ASCII_H
#define CLI_ASCII_H

#include "cli/charts/chart.h"

#include <stdio.h>

/* The width of the terminal behind `file`; 80 if it is not a terminal. */
int cli_columns_of(FILE *file);

/* Draws a chart of at most `columns` columns. Each look has a letter: a, b, ..; upper case is
 * drawn over lower case. */
void cli_ascii_chart(FILE *file, const cli_chart *chart, int columns);

#endif
