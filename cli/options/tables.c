#include "cli/options/tables.h"
#include "cli/system/memory.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_CLASSES = 20 }; /* of numbers; more are taken for amounts */

/* '\0' of NULL. */
static char delimiter_of(const char *text)
{
    return text == NULL ? '\0' : strcmp(text, "tab") == 0 ? '\t' : text[0];
}

static char decimal_of(const cli_options *options)
{
    return options->decimal == NULL || strcmp(options->decimal, "auto") == 0 ? '\0'
                                                                             : options->decimal[0];
}

/* A file that cannot be read is another failure than one that does not hold a table. */
static int reading_code(void)
{
    gd_status status = gd__message_status();
    return status == GD_ERROR_IO || status == GD_ERROR_MEMORY ? CLI_RUNTIME : CLI_DATA;
}

/* What was decided, and which option decides otherwise. */
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

gd_table *cli_read_table(const cli_options *options, const char *path, const char *verbatim,
                         int *code)
{
    gd_table_options how = {.format = options->format,
                            .delimiter = delimiter_of(options->delimiter),
                            .header = options->header      ? GD_HEADER_YES
                                      : options->no_header ? GD_HEADER_NO
                                                           : GD_HEADER_AUTO,
                            .decimal = decimal_of(options),
                            .missing = options->missing};
    how.likely_format = options->likely_format;
    how.likely_delimiter = delimiter_of(options->likely_delimiter);
    if (options->likely_decimal != NULL)
        how.likely_decimal = options->likely_decimal[0];
    how.spelling = verbatim != NULL && strcmp(verbatim, "*") == 0;
    how.verbatim = how.spelling ? NULL : verbatim;
    gd_table *table = gd_table_read(path, &how);
    *code = CLI_OK;
    if (table == NULL)
        *code = cli_error(reading_code(), "%s", gd_message());
    else
        warn_of_guesses(table);
    return table;
}

/* ---- columns ---- */

int cli_choose_column(const gd_table *table, const char *option, const char *list)
{
    int columns = gd_table_columns(table), count = 0, chosen = -1;
    bool *is_chosen = cli_calloc((size_t)columns, sizeof *is_chosen);
    if (is_chosen == NULL)
        return cli_error(-1, "no memory for a list of columns");
    if (gd_table_select(table, list, is_chosen) != GD_OK) {
        cli_error(CLI_DATA, "--%s: %s", option, gd_message());
        count = -1;
    }
    for (int i = 0; count >= 0 && i < columns; ++i)
        if (is_chosen[i]) {
            chosen = i;
            ++count;
        }
    free(is_chosen);
    if (count > 1)
        cli_error(CLI_DATA, "--%s takes one column; \"%s\" are %d", option, list, count);
    return count == 1 ? chosen : -1;
}

bool *cli_choose_targets(const cli_options *options, const gd_table *table)
{
    bool *chosen = cli_calloc((size_t)gd_table_columns(table), sizeof *chosen);
    if (chosen == NULL) {
        cli_error(CLI_RUNTIME, "no memory for a list of columns");
        return NULL;
    }
    bool fine = true;
    if (options->target != NULL) {
        int column = cli_choose_column(table, "target", options->target);
        fine = column >= 0;
        if (fine)
            chosen[column] = true;
    } else if (options->targets != NULL) {
        fine = gd_table_select(table, options->targets, chosen) == GD_OK;
        if (!fine)
            cli_error(CLI_DATA, "--targets: %s", gd_message());
    } else {
        gd_table_default_targets(table, chosen);
    }
    if (fine)
        return chosen;
    free(chosen);
    return NULL;
}

bool cli_is_classes(const gd_table *table, int column)
{
    int64_t levels = gd_table_level_count(table, column);
    if (gd_table_kind(table, column) == GD_COLUMN_TEXTS)
        return true;
    if (gd_table_kind(table, column) == GD_COLUMN_WORDS || levels < 0 || levels > MOST_CLASSES)
        return false;
    for (int64_t row = 0; row < gd_table_rows(table); ++row) {
        double number = gd_table_number(table, row, column);
        if (!isnan(number) && number != trunc(number))
            return false;
    }
    return true;
}

gd_tensor *cli_classes(const gd_table *table, int column)
{
    int64_t rows = gd_table_rows(table), missing = gd_table_level_count(table, column);
    gd_tensor *classes = gd_tensor_create(GD_I64, GD_DIMS(rows));
    if (classes == NULL) {
        cli_error(CLI_RUNTIME, "%s", gd_message());
        return NULL;
    }
    for (int64_t row = 0; row < rows; ++row) {
        int64_t code = gd_table_code(table, row, column);
        ((int64_t *)classes->data)[row] = code >= 0 ? code : missing;
    }
    return classes;
}

int64_t *cli_count_levels(const gd_table *table, int column)
{
    int64_t levels = gd_table_level_count(table, column);
    int64_t *counts = cli_calloc((size_t)levels + 1, sizeof *counts);
    for (int64_t row = 0; counts != NULL && row < gd_table_rows(table); ++row) {
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
                    const char *format, cli_output *output)
{
    char delimiter = strcmp(format, "csv") == 0 ? delimiter_of(options->delimiter) : '\0';
    gd_status status = gd_table_write(table, output->file, format, rows, delimiter);
    if (status == GD_ERROR_IO)
        output->error = errno; /* which the output tells, with its name, when it ends */
    if (status == GD_OK || status == GD_ERROR_IO)
        return CLI_OK;
    return cli_error(status == GD_ERROR_MEMORY ? CLI_RUNTIME : CLI_DATA, "%s", gd_message());
}
