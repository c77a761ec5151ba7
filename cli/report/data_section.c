/* The report's section Data: the columns, their preprocessing, and likely problems. */
#include "cli/cli.h"
#include "cli/commands/inspect.h"
#include "cli/report/html.h"
#include "cli/report/page.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_SHOWN = 500, MOST_LEVELS = 8 };

/* The encoder's column of this name; NULL: it uses none. */
static const gd_json *find_column(const gd_json *columns, const char *name)
{
    size_t i;
    gd_json *column;
    for (i = 0; (column = gd_json_at(columns, i)) != NULL; ++i) {
        if (strcmp(gd_json_string_at(column, "name"), name) == 0)
            return column;
    }
    return NULL;
}

static void put_levels(FILE *file, const gd_json *levels)
{
    for (size_t i = 0; i < gd_json_size(levels) && i < MOST_LEVELS; ++i) {
        fputs(i > 0 ? ", " : "", file);
        cli_put_text(file, gd_json_key(levels, i), 40);
        fprintf(file, " %" PRId64, gd_json_integer_of(gd_json_at(levels, i)));
    }
    fputs(gd_json_size(levels) > MOST_LEVELS ? ", …" : "", file);
}

/* "4.3 to 7.9, mean 5.84", or the levels with how often they come. */
static void put_contents(FILE *file, const gd_json *column)
{
    const gd_json *levels = gd_json_get(column, "levels");
    fputs("<td class=\"text\">", file);
    if (gd_json_get(column, "min") != NULL)
        fprintf(file, "%.6g to %.6g, mean %.6g", gd_json_number_at(column, "min"),
                gd_json_number_at(column, "max"), gd_json_number_at(column, "mean"));
    else if (levels == NULL && gd_json_get(column, "distinct") != NULL)
        fprintf(file, "%.0f distinct values", gd_json_number_at(column, "distinct"));
    else
        put_levels(file, levels);
    fputs("</td>", file);
}

/* The column's preprocessing in the model. */
static void put_use(FILE *file, const gd_json *column, const gd_json *encoded)
{
    const char *kind = encoded != NULL ? gd_json_string_at(encoded, "kind") : NULL;
    size_t levels = gd_json_size(gd_json_get(encoded, "levels"));
    const char *missing =
        gd_json_is_true(gd_json_get(encoded, "missing")) ? "; missing-value indicator" : "";
    fputs("<td class=\"text\">", file);
    if (gd_json_is_true(gd_json_get(column, "target")))
        fputs("target", file);
    else if (kind == NULL)
        fputs("not used", file);
    else if (strcmp(kind, "number") == 0)
        fprintf(file, "standardised (mean %.6g, std. dev. %.6g); missing values become the mean%s",
                gd_json_number_at(encoded, "mean"), gd_json_number_at(encoded, "deviation"),
                missing);
    else if (strcmp(kind, "missing") == 0)
        fputs("missing-value indicator only", file);
    else
        fprintf(file, "%s: %zu feature%s%s",
                strcmp(kind, "words") == 0 ? "bag of words" : "one-hot encoded", levels,
                levels == 1 ? "" : "s", missing);
    fputs("</td>", file);
}

static void put_columns(FILE *file, const gd_json *columns, const gd_json *encoded)
{
    static const char *const heads[] = {"column", "type",          "missing",
                                        "values", "preprocessing", NULL};
    size_t i;
    gd_json *column;
    cli_open_table(file, "Columns", heads);
    for (i = 0; (column = gd_json_at(columns, i)) != NULL; ++i) {
        if (i == MOST_SHOWN)
            break;
        cli_open_row(file, gd_json_string_at(column, "name"));
        cli_put_text_cell(file, gd_json_string_at(column, "type"));
        cli_put_cell(file, gd_json_number_at(column, "missing"));
        put_contents(file, column);
        put_use(file, column, find_column(encoded, gd_json_string_at(column, "name")));
        cli_close_row(file);
    }
    cli_close_table(file);
    if (gd_json_size(columns) > MOST_SHOWN)
        fprintf(file, "<p class=\"note\">Only the first %d of %zu are shown.</p>\n", MOST_SHOWN,
                gd_json_size(columns));
}

static void put_items(FILE *file, const char *id, const char *title, const gd_json *texts,
                      const char *none)
{
    size_t i;
    gd_json *item;
    fprintf(file, "<h3 id=\"%s\">%s</h3>\n", id, title);
    if (gd_json_size(texts) == 0) {
        fprintf(file, "<p>%s</p>\n", none);
        return;
    }
    fputs("<ul>\n", file);
    for (i = 0; (item = gd_json_at(texts, i)) != NULL; ++i) {
        fputs("<li>", file);
        cli_put_text(file,
                     gd_json_is(item, GD_JSON_OBJECT) ? gd_json_string_at(item, "message")
                                                      : gd_json_string_of(item),
                     0);
        fputs("</li>\n", file);
    }
    fputs("</ul>\n", file);
}

/* The table as inspect has it, knowing which columns the encoder uses and which are predicted. */
static gd_json *describe_table(const cli_report *report)
{
    gd_encoded_column column;
    const gd_target *target = gd_model_target(report->model);
    size_t count = (size_t)gd_table_columns(report->table) + 1;
    bool *used = cli_calloc(2 * count, sizeof *used);
    const char *name;
    bool *targets = used + count;
    for (int64_t i = 0; gd_encoder_column(gd_model_encoder(report->model), i, &column); ++i) {
        int j = gd_table_find(report->table, column.name);
        if (j >= 0)
            used[j] = true;
    }
    for (int64_t i = 0; (name = gd_target_column(target, i)) != NULL; ++i) {
        int j = gd_table_find(report->table, name);
        if (j >= 0)
            targets[j] = true;
    }
    gd_json *table = cli_table_report(report->table, targets, used);
    free(used);
    return table;
}

void cli_report_data(FILE *file, const cli_report *report)
{
    gd_json *model = cli_model_json(report->model), *encoder = gd_json_get(model, "encoder");
    gd_json *table = describe_table(report), *columns = gd_json_get(table, "columns");
    fputs("<p>", file);
    cli_put_text(file, gd_table_path(report->table), 0);
    fprintf(file, ": %" PRId64 " rows, %zu columns.</p>\n", gd_table_rows(report->table),
            gd_json_size(columns));
    put_items(file, "warnings", "Warnings", gd_json_get(table, "warnings"),
              "No likely problems found.");
    put_items(file, "notes", "Training notes", gd_json_get(encoder, "notes"), "None.");
    put_columns(file, columns, gd_json_get(encoder, "columns"));
    gd_json_destroy(table);
    gd_json_destroy(model);
}
