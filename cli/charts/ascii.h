/* Charts of characters, for a terminal. */
#ifndef CLI_ASCII_H
#define CLI_ASCII_H

#include "cli/charts/chart.h"

#include <stdio.h>

/* The columns of the terminal that the file is; 80 where it is none. */
int cli_columns_of(FILE *file);

/* A chart, at most so many columns wide. Each look is a letter: a, b, ..; large ones are drawn over small ones. */
void cli_ascii_chart(FILE *file, const cli_chart *chart, int columns);

#endif
