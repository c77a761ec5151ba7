/* gradus inspect: prints the description of a table as text. */
#include "cli/commands/inspect.h"
#include "cli/system/print.h"

#include <math.h>
#include <string.h>

enum {
    WIDEST_NAME = 30,
    MOST_SHOWN = 6,
    MOST_LISTED = 100 /* columns and warnings, a line each */
};

/* A number; null stands for one that was not finite. */
static double number_at(const gd_json *object, const char *key)
{
    const gd_json *number = gd_json_get(object, key);
    bool is_finite = gd_json_is_number(number);
    return is_finite ? gd_json_number_of(number) : strcmp(key, "min") == 0 ? -INFINITY : INFINITY;
}

static void print_levels(const gd_json *column)
{
    const gd_json *levels = gd_json_get(column, "levels");
    int64_t distinct = gd_json_integer_at(column, "distinct");
    const char *separator = ": ";
    size_t shown = 0;
    cli_print(stdout, "%lld distinct", (long long)distinct);
    for (; shown < gd_json_size(levels) && shown < MOST_SHOWN; ++shown) {
        cli_print(stdout, "%s%.40s %lld", separator, gd_json_key(levels, shown),
                  (long long)gd_json_integer_of(gd_json_at(levels, shown)));
        separator = ", ";
    }
    puts(shown < gd_json_size(levels) ? ", ..." : "");
}

static void print_column(const gd_json *column, int width)
{
    const char *name = gd_json_string_at(column, "name");
    int padding = width - cli_text_width(name);
    cli_print(stdout, "%c %s%*s  %-6s %8lld  ",
              gd_json_is_true(gd_json_get(column, "target")) ? '*' : ' ', name,
              padding > 0 ? padding : 0, "", gd_json_string_at(column, "type"),
              (long long)gd_json_integer_at(column, "missing"));
    if (gd_json_get(column, "min") != NULL)
        cli_print(stdout, "%.6g .. %.6g, mean %.6g%s", number_at(column, "min"),
                  number_at(column, "max"), number_at(column, "mean"),
                  gd_json_get(column, "distinct") != NULL ? "; " : "\n");
    if (gd_json_get(column, "distinct") != NULL)
        print_levels(column);
    else if (gd_json_get(column, "min") == NULL)
        puts("");
}

void cli_print_report(const gd_json *report)
{
    const gd_json *columns = gd_json_get(report, "columns"),
                  *labels = gd_json_get(report, "labels"),
                  *warnings = gd_json_get(report, "warnings");
    size_t i;
    gd_json *item;
    int width = 6;
    for (i = 0; (item = gd_json_at(columns, i)) != NULL; ++i) {
        int w = cli_text_width(gd_json_string_at(item, "name"));
        width = w > width && w <= WIDEST_NAME ? w : width;
    }
    cli_print(stdout, "%s: %lld rows, %zu columns%s\n\n", gd_json_string_at(report, "path"),
              (long long)gd_json_integer_at(report, "rows"), gd_json_size(columns),
              gd_json_is_true(gd_json_get(report, "header")) ? "" : " without names");
    cli_print(stdout, "  %-*s  type    missing\n", width, "column");
    size_t count = gd_json_size(columns);
    for (i = 0; (item = gd_json_at(columns, i)) != NULL; ++i)
        if (i < MOST_LISTED - 1 || i + 1 == count) /* the last is a target often */
            print_column(item, width);
        else if (i == MOST_LISTED - 1)
            cli_print(stdout, "  and %zu more (--json lists all)\n", count - MOST_LISTED);
    puts("* target");
    if (labels != NULL)
        cli_print(stdout,
                  "\n%lld labels: %.4g per row, %lld rows without one; %.4g %% of the cells are "
                  "known, %.4g %% of these are 1\n",
                  (long long)gd_json_integer_at(labels, "count"), number_at(labels, "cardinality"),
                  (long long)gd_json_integer_at(labels, "rows_without"),
                  100 * number_at(labels, "observed"), 100 * number_at(labels, "density"));
    for (i = 0; i < MOST_LISTED && (item = gd_json_at(warnings, i)) != NULL; ++i)
        cli_print(stdout, "%swarning: %s\n", i == 0 ? "\n" : "",
                  gd_json_string_at(item, "message"));
    if (gd_json_size(warnings) > MOST_LISTED)
        cli_print(stdout, "and %zu more warnings\n", gd_json_size(warnings) - MOST_LISTED);
}
