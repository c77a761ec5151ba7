/* Of the report: the table's columns, what the model makes of them, and what is odd. */
#include "cli/cli.h"
#include "cli/html.h"
#include "cli/inspect.h"
#include "cli/report_page.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_SHOWN = 500, MOST_LEVELS = 8 };

static const char *text_at(const json_t *object, const char *key)
{
    return json_string_value(json_object_get(object, key));
}

static double number_at(const json_t *object, const char *key)
{
    const json_t *value = json_object_get(object, key);
    return json_is_number(value) ? json_number_value(value) : (double)NAN;
}

/* The encoder's column of this name; NULL: it uses none. */
static const json_t *find_column(const json_t *columns, const char *name)
{
    size_t i;
    json_t *column;
    json_array_foreach((json_t *)columns, i, column)
    {
        if (strcmp(text_at(column, "name"), name) == 0)
            return column;
    }
    return NULL;
}

/* "4.3 to 7.9, mean 5.84", or the levels with how often they come. */
static void put_contents(FILE *file, const json_t *column)
{
    const json_t *levels = json_object_get(column, "levels");
    const char *name;
    json_t *count;
    int shown = 0;
    fputs("<td class=\"text\">", file);
    if (json_object_get(column, "min") != NULL)
        fprintf(file, "%.6g to %.6g, mean %.6g", number_at(column, "min"), number_at(column, "max"),
                number_at(column, "mean"));
    else if (levels == NULL && json_object_get(column, "distinct") != NULL)
        fprintf(file, "%.0f different", number_at(column, "distinct"));
    else
        json_object_foreach((json_t *)levels, name, count)
        {
            if (shown++ == MOST_LEVELS) {
                fputs(", …", file);
                break;
            }
            fputs(shown > 1 ? ", " : "", file);
            cli_put_text(file, name, 40);
            fprintf(file, " %" JSON_INTEGER_FORMAT, json_integer_value(count));
        }
    fputs("</td>", file);
}

/* What the model makes of it. */
static void put_use(FILE *file, const json_t *column, const json_t *encoded)
{
    const char *kind = encoded != NULL ? text_at(encoded, "kind") : NULL;
    const char *missing = json_is_true(json_object_get(encoded, "missing"))
                              ? "; a feature says where it is missing"
                              : "";
    fputs("<td class=\"text\">", file);
    if (json_is_true(json_object_get(column, "target")))
        fputs("target", file);
    else if (kind == NULL)
        fputs("not used", file);
    else if (strcmp(kind, "number") == 0)
        fprintf(file, "standardised by mean %.6g and deviation %.6g; a missing one is the mean%s",
                number_at(encoded, "mean"), number_at(encoded, "deviation"), missing);
    else if (strcmp(kind, "missing") == 0)
        fputs("a feature says where it is missing", file);
    else
        fprintf(file, "%zu features of 0 and 1, one for each %s%s",
                json_array_size(json_object_get(encoded, "levels")),
                strcmp(kind, "words") == 0 ? "word" : "text", missing);
    fputs("</td>", file);
}

static void put_columns(FILE *file, const json_t *columns, const json_t *encoded)
{
    static const char *const heads[] = {"column",          "type", "missing", "holds",
                                        "the model's use", NULL};
    size_t i;
    json_t *column;
    cli_open_table(file, "Columns", heads);
    json_array_foreach((json_t *)columns, i, column)
    {
        if (i == MOST_SHOWN)
            break;
        fputs("<tr>", file);
        cli_put_head(file, text_at(column, "name"));
        cli_put_text_cell(file, text_at(column, "type"));
        cli_put_cell(file, number_at(column, "missing"));
        put_contents(file, column);
        put_use(file, column, find_column(encoded, text_at(column, "name")));
        fputs("</tr>\n", file);
    }
    cli_close_table(file);
    if (json_array_size(columns) > MOST_SHOWN)
        fprintf(file, "<p class=\"note\">The first %d of %zu are shown.</p>\n", MOST_SHOWN,
                json_array_size(columns));
}

static void put_items(FILE *file, const char *id, const char *title, const json_t *texts,
                      const char *none)
{
    size_t i;
    json_t *item;
    fprintf(file, "<h3 id=\"%s\">%s</h3>\n", id, title);
    if (json_array_size(texts) == 0) {
        fprintf(file, "<p>%s</p>\n", none);
        return;
    }
    fputs("<ul>\n", file);
    json_array_foreach((json_t *)texts, i, item)
    {
        fputs("<li>", file);
        cli_put_text(file,
                     json_is_object(item) ? text_at(item, "message") : json_string_value(item), 0);
        fputs("</li>\n", file);
    }
    fputs("</ul>\n", file);
}

/* The table as inspect has it, knowing which columns the encoder uses; NULL: no memory. */
static json_t *describe_table(const cli_report *report, const json_t *columns)
{
    size_t i;
    json_t *column;
    bool *used = calloc((size_t)gd_table_columns(report->table) + 1, sizeof *used);
    if (used == NULL)
        return NULL;
    json_array_foreach((json_t *)columns, i, column)
    {
        int j = gd_table_find(report->table, text_at(column, "name"));
        if (j >= 0)
            used[j] = true;
    }
    json_t *table = cli_table_report(report->table, report->targets, used);
    free(used);
    return table;
}

int cli_report_data(FILE *file, const cli_report *report)
{
    char *text = gd_encoder_json(report->model->encoder);
    json_t *encoder = text != NULL ? json_loads(text, 0, NULL) : NULL;
    json_t *table = describe_table(report, json_object_get(encoder, "columns"));
    gd_encoder_json_destroy(text);
    bool whole = encoder != NULL && table != NULL;
    if (whole) {
        fputs("<p>", file);
        cli_put_text(file, text_at(table, "path"), 0);
        fprintf(file, ": %.0f rows, %zu columns.</p>\n", number_at(table, "rows"),
                json_array_size(json_object_get(table, "columns")));
        put_items(file, "warnings", "Warnings", json_object_get(table, "warnings"),
                  "Nothing odd was found.");
        put_items(file, "notes", "Notes of training", json_object_get(encoder, "notes"), "None.");
        put_columns(file, json_object_get(table, "columns"), json_object_get(encoder, "columns"));
    }
    json_decref(table);
    json_decref(encoder);
    return whole ? CLI_OK : cli_error(CLI_RUNTIME, "no memory for the description of the data");
}
