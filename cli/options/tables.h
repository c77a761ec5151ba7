/* Tables as the options say: reading, choosing columns, what a target is, writing. Messages are printed here. */
#ifndef CLI_TABLE_H
#define CLI_TABLE_H

#include "cli/cli.h"
#include "cli/system/output.h"

#include <gradus/data.h>

/* The table at `path`, "-" for standard input, read as --format, --delimiter, --decimal, --missing and --header say, with a
 * warning of each guess; the texts of the columns `verbatim` are kept byte for byte. "*": numbers keep their spelling. Yours to gd_table_destroy. NULL with a message; *code says why. */
gd_table *cli_read_table(const cli_options *options, const char *path, const char *verbatim,
                         int *code);

/* The columns that --target or --targets name, else those that the format makes targets. The columns' number of bools,
 * yours to free. NULL with a message: a column that there is not, several for --target, no memory. */
bool *cli_choose_targets(const cli_options *options, const gd_table *table);

/* The one column that the list of this option names; -1 with a message. */
int cli_choose_column(const gd_table *table, const char *option, const char *list);

/* Whether a column holds classes rather than amounts: texts, or a few whole numbers. */
bool cli_is_classes(const gd_table *table, int column);

/* The class of each row, [rows] int64, yours; missing ones are a class of their own. NULL with a message. */
gd_tensor *cli_classes(const gd_table *table, int column);

/* How often each level of a column comes, [levels], yours to free; NULL: no memory. */
int64_t *cli_count_levels(const gd_table *table, int column);

/* The format to write a path in: --to, or by the name's ending. NULL with a message: neither tells it. */
const char *cli_format_of(const cli_options *options, const char *path);

/* Writes rows (NULL: all) into an open output; an exit code. With CLI_OK it is still to be committed. */
int cli_write_table(const cli_options *options, const gd_table *table, const gd_tensor *rows,
                    const char *format, cli_output *output);

#endif
