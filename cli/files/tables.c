/* Reads and writes tables as the options say. */
#include "cli/files/tables.h"
#include "cli/files/output.h"
#include "cli/system/memory.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static char delimiter_of(const cli_options *options)
{
    if (options->delimiter == NULL)
        return '\0';
    return strcmp(options->delimiter, "tab") == 0 ? '\t' : options->delimiter[0];
}

static char decimal_of(const cli_options *options)
{
    return options->decimal == NULL || strcmp(options->decimal, "auto") == 0 ? '\0'
                                                                             : options->decimal[0];
}

/* A file that cannot be read is another failure than one that does not hold a table. */
static int reading_code(void)
{
    gd_status status = gd_message_status();
    return status == GD_ERROR_IO || status == GD_ERROR_MEMORY ? CLI_RUNTIME : CLI_DATA;
}

/* Tells what the reader guessed, and the option that overrides the guess. */
static void warn_of_guesses(const gd_table *table)
{
    static const char *const otherwise[] = {
        [GD_GUESS_HEADER] = "--no-header reads it as a row",
        [GD_GUESS_NO_HEADER] = "--header reads it as a header",
        [GD_GUESS_DECIMAL_COMMA] = "--decimal . reads commas as thousands separators",
        [GD_GUESS_THOUSANDS] = "--decimal , reads commas as decimal marks"};
    gd_guess guess;
    const char *note;
    for (int64_t i = 0; (note = gd_table_note(table, i, &guess)) != NULL; ++i)
        cli_warn("%s; %s", note, otherwise[guess]);
}

gd_table_options cli_table_options(const cli_options *options, const char *verbatim)
{
    bool spelling = verbatim != NULL && strcmp(verbatim, "*") == 0;
    return (gd_table_options){.format = options->format,
                              .delimiter = delimiter_of(options),
                              .header = options->header      ? GD_HEADER_YES
                                        : options->no_header ? GD_HEADER_NO
                                                             : GD_HEADER_AUTO,
                              .decimal = decimal_of(options),
                              .missing = options->missing,
                              .spelling = spelling,
                              .verbatim = spelling ? NULL : verbatim};
}

gd_table *cli_checked_table(gd_table *table, int *code)
{
    *code = CLI_OK;
    if (table == NULL)
        *code = cli_error(reading_code(), "%s", gd_message());
    else
        warn_of_guesses(table);
    return table;
}

gd_table *cli_read_table(const cli_options *options, const char *path, const char *verbatim,
                         int *code)
{
    gd_table_options how = cli_table_options(options, verbatim);
    return cli_checked_table(gd_table_read(path, &how), code);
}

/* ---- columns ---- */

bool *cli_choose_targets(const cli_options *options, const gd_table *table)
{
    bool *chosen = cli_calloc((size_t)gd_table_columns(table), sizeof *chosen);
    if (cli_check(gd_table_choose_targets(table, options->fit.target, options->fit.targets,
                                          chosen)) == CLI_OK)
        return chosen;
    free(chosen);
    return NULL;
}

int cli_only_target(const gd_table *table, const bool *targets)
{
    int only = -1, count = 0;
    for (int i = 0; i < gd_table_columns(table); ++i)
        if (targets[i]) {
            only = i;
            ++count;
        }
    return count == 1 ? only : -1;
}

int64_t *cli_count_levels(const gd_table *table, int column)
{
    int64_t levels = gd_table_level_count(table, column);
    int64_t *counts = cli_calloc((size_t)levels + 1, sizeof *counts);
    for (int64_t row = 0; row < gd_table_rows(table); ++row) {
        int64_t code = gd_table_code(table, row, column);
        if (code >= 0)
            ++counts[code];
    }
    return counts;
}

/* ---- writing ---- */

const char *cli_format_of(const cli_options *options, const char *path)
{
    const char *format = options->to != NULL ? options->to : gd_table_format_of(path);
    size_t length = strlen(path);
    if (length > 3 && strcmp(path + length - 3, ".gz") == 0)
        cli_usage_error(options,
                        "\"%s\" would not be compressed: gzip is supported for reading only", path);
    else if (format == NULL && strcmp(path, "-") == 0)
        cli_usage_error(
            options, "--to is missing: standard output has no file name to determine the format");
    else if (format == NULL)
        cli_usage_error(options, "the name \"%s\" does not determine the format to write", path);
    else if (!gd_table_can_write(format))
        cli_usage_error(options, "%s: %s", path, gd_message());
    else
        return format;
    return NULL;
}

int cli_write_table(const cli_options *options, const gd_table *table, const gd_tensor *rows,
                    const char *format, const char *path)
{
    cli_output output;
    char delimiter = strcmp(format, "csv") == 0 ? delimiter_of(options) : '\0';
    if (!cli_output_open(&output, path))
        return CLI_RUNTIME;
    gd_status status = gd_table_write(table, output.file, format, rows, delimiter);
    if (status == GD_ERROR_IO)
        output.error = errno; /* which the output tells, with its name, when it ends */
    if (status == GD_OK || status == GD_ERROR_IO)
        return cli_output_finish(&output);
    cli_output_discard(&output);
    return cli_error(CLI_DATA, "%s", gd_message());
}
