/* gradus predict: writes the predictions for the rows of a table as CSV. */
#include "cli/cli.h"
#include "cli/files/model.h"
#include "cli/files/output.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* ---- columns that are passed through ---- */

/* Those of the model that the table has, and those that the option names. */
static int choose_passed(const cli_options *options, const gd_model *model, const gd_table *table,
                         bool *passed)
{
    for (int64_t i = 0; gd_model_id(model, i) != NULL; ++i) {
        int column = gd_table_find(table, gd_model_id(model, i));
        if (column >= 0)
            passed[column] = true;
    }
    if (options->passthrough != NULL &&
        gd_table_select(table, options->passthrough, passed) != GD_OK)
        return cli_error(CLI_DATA, "--passthrough: %s", gd_message());
    return CLI_OK;
}

/* The names of the columns of predictions, the last one NULL. */
static char **name_columns(const cli_options *options, const gd_target *target)
{
    int64_t width = gd_target_width(target), count = 0;
    char **names = cli_calloc(2 * (size_t)width + 2, sizeof *names);
    bool labels = gd_target_task(target) == GD_MULTILABEL;
    if (!labels)
        names[count++] = cli_strdup("prediction");
    for (int64_t c = 0; labels && c < width; ++c)
        names[count++] = cli_strdup(gd_target_label(target, c));
    for (int64_t c = 0; options->prob && c < width; ++c)
        names[count++] = cli_text("prob_%s", gd_target_label(target, c));
    return names;
}

static int check_names(const gd_table *table, const bool *passed, char *const *names)
{
    for (; *names != NULL; ++names) {
        int column = gd_table_find(table, *names);
        if (column >= 0 && passed[column])
            return cli_error(CLI_DATA,
                             "%s: the column \"%s\" cannot be passed through: predictions have a "
                             "column of that name",
                             gd_table_path(table), *names);
    }
    return CLI_OK;
}

/* Adds a name in double quotes, those within it twice. */
static void add_name(cli_bytes *list, const char *name)
{
    cli_bytes_print(list, list->size > 0 ? ",\"" : "\"");
    for (; *name != '\0'; ++name)
        cli_bytes_print(list, *name == '"' ? "\"\"" : "%c", *name);
    cli_bytes_print(list, "\"");
}

/* The columns whose texts are kept byte for byte: a list for gd_table_options. */
static cli_bytes verbatim_list(const cli_options *options, const gd_model *model)
{
    cli_bytes list = {.data = NULL};
    if (options->passthrough != NULL)
        cli_bytes_print(&list, "%s", options->passthrough);
    for (int64_t i = 0; gd_model_id(model, i) != NULL; ++i)
        add_name(&list, gd_model_id(model, i));
    return list;
}

/* ---- rows ---- */

static void print_field(FILE *file, const char *text)
{
    gd_csv_write_field(file, "", text, false, ',');
}

static void print_header(FILE *file, const gd_table *table, const bool *passed, char *const *names)
{
    for (int j = 0; j < gd_table_columns(table); ++j)
        if (passed[j]) {
            print_field(file, gd_table_name(table, j));
            fputc(',', file);
        }
    for (int i = 0; names[i] != NULL; ++i) {
        fputs(i > 0 ? "," : "", file);
        print_field(file, names[i]);
    }
    fputc('\n', file);
}

static void print_row(FILE *file, const cli_options *options, const gd_model *model,
                      const gd_prediction *prediction, int64_t row)
{
    const gd_target *target = gd_model_target(model);
    int64_t width = gd_target_width(target);
    const double *values = (const double *)prediction->values->data + row * width;
    if (gd_target_task(target) == GD_REGRESSION)
        fprintf(file, "%.9g", values[0]);
    else if (gd_target_task(target) != GD_MULTILABEL)
        print_field(file, gd_target_label(target, gd_predicted_class(target, prediction, row)));
    for (int64_t c = 0; gd_target_task(target) == GD_MULTILABEL && c < width; ++c)
        fprintf(file, "%s%d", c > 0 ? "," : "", gd_predicted_label(prediction, row, c));
    for (int64_t c = 0; options->prob && c < width; ++c)
        fprintf(file, ",%.9g", values[c]);
    fputc('\n', file);
}

static int print_all(const cli_options *options, const gd_model *model, const gd_table *table,
                     const bool *passed, char *const *names, const gd_prediction *prediction)
{
    cli_output output;
    if (!cli_output_open(&output, options->output))
        return CLI_RUNTIME;
    print_header(output.file, table, passed, names);
    for (int64_t row = 0; row < gd_table_rows(table); ++row) {
        char buffer[32];
        for (int j = 0; j < gd_table_columns(table); ++j)
            if (passed[j]) {
                print_field(output.file, gd_table_text(table, row, j, buffer));
                fputc(',', output.file);
            }
        print_row(output.file, options, model, prediction, row);
    }
    return cli_output_finish(&output);
}

static int predict(const cli_options *options, gd_model *model)
{
    int code;
    cli_bytes list = verbatim_list(options, model);
    gd_table *table = cli_model_read_table(
        model, options, options->count > 1 ? options->operands[1] : "-", list.data, &code);
    free(list.data);
    if (table == NULL)
        return code;
    gd_prediction prediction = {.values = NULL};
    bool *passed = cli_calloc((size_t)gd_table_columns(table) + 1, sizeof *passed);
    char **names = name_columns(options, gd_model_target(model));
    code = choose_passed(options, model, table, passed);
    if (code == CLI_OK)
        code = check_names(table, passed, names);
    if (code == CLI_OK)
        code = cli_model_predict(model, table, NULL, &prediction);
    if (code == CLI_OK)
        code = print_all(options, model, table, passed, names, &prediction);
    for (int i = 0; names[i] != NULL; ++i)
        free(names[i]);
    free(names);
    gd_prediction_free(&prediction);
    free(passed);
    gd_table_destroy(table);
    return code;
}

int cli_predict(const cli_options *options)
{
    gd_model *model = NULL;
    size_t length = options->output != NULL ? strlen(options->output) : 0;
    if (length > 3 && strcmp(options->output + length - 3, ".gz") == 0)
        return cli_usage_error(
            options, "--output writes plain CSV; to compress it: gradus predict ... | gzip >%s",
            options->output);
    if (cli_check_output(options, "output", options->output) != CLI_OK)
        return CLI_USAGE;
    int code = cli_output_check(options->output) ? cli_model_load(&model, options) : CLI_RUNTIME;
    if (code == CLI_OK && options->prob && gd_target_task(gd_model_target(model)) == GD_REGRESSION)
        code = cli_usage_error(options,
                               "--prob applies to classes and labels; the model predicts a number");
    if (code == CLI_OK)
        code = predict(options, model);
    gd_model_destroy(model);
    return code;
}
