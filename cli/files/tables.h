/* Reading tables, selecting columns and targets, and writing tables, by the options. The functions
 * print their messages. */
#ifndef CLI_TABLE_H
#define CLI_TABLE_H

#include "cli/cli.h"

#include <gradus/fit.h>

/* Reads the table at `path` ("-": standard input) by --format, --delimiter, --decimal, --missing
 * and --header, and prints a warning for each guess. The texts of the columns `verbatim` are kept
 * byte for byte; "*": numbers keep their spelling. Yours to gd_table_destroy. NULL with a message;
 * *code is the exit code. */
gd_table *cli_read_table(const cli_options *options, const char *path, const char *verbatim,
                         int *code);

/* The reading options given on the command line. */
gd_table_options cli_table_options(const cli_options *options, const char *verbatim);
/* Prints a warning for each guess of the reader, or its message (table NULL). Returns table; *code
 * is the exit code. */
gd_table *cli_checked_table(gd_table *table, int *code);

/* The columns named by --target or --targets, else the default targets of the format: one bool per
 * column, yours to free. NULL with a message: an unknown column, several columns for --target. */
bool *cli_choose_targets(const cli_options *options, const gd_table *table);

/* The only target; -1: there are none or several. */
int cli_only_target(const gd_table *table, const bool *targets);

/* The number of rows of each level of a column, [levels], yours to free. */
int64_t *cli_count_levels(const gd_table *table, int column);

/* The output format for a path: --to, else by the file name. NULL with a message if neither
 * determines it. */
const char *cli_format_of(const cli_options *options, const char *path);

/* Writes rows (NULL: all) to the file `path`; an exit code. */
int cli_write_table(const cli_options *options, const gd_table *table, const gd_tensor *rows,
                    const char *format, const char *path);

#endif
