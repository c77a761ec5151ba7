/* The report of `gradus inspect` as text. */
#include "cli/commands/inspect.h"
#include "cli/system/print.h"

#include <math.h>
#include <string.h>

enum {
    WIDEST_NAME = 30,
    MOST_SHOWN = 6,
    MOST_LISTED = 100 /* columns and warnings, a line each */
};

/* What is null was not finite. */
static double number_at(const gd__json *object, const char *key)
{
    const gd__json *number = gd__json_get(object, key);
    bool is_finite = gd__json_is_number(number);
    return is_finite ? gd__json_number_of(number) : strcmp(key, "min") == 0 ? -INFINITY : INFINITY;
}

static void print_levels(const gd__json *column)
{
    const gd__json *levels = gd__json_get(column, "levels");
    int64_t distinct = gd__json_integer_at(column, "distinct");
    const char *separator = ": ";
    size_t shown = 0;
    cli_print(stdout, "%lld distinct", (long long)distinct);
    for (; shown < gd__json_size(levels) && shown < MOST_SHOWN; ++shown) {
        cli_print(stdout, "%s%.40s %lld", separator, gd__json_key(levels, shown),
                  (long long)gd__json_integer_of(gd__json_at(levels, shown)));
        separator = ", ";
    }
    puts(shown < gd__json_size(levels) ? ", ..." : "");
}

static void print_column(const gd__json *column, int width)
{
    const char *name = gd__json_string_at(column, "name");
    int padding = width - cli_text_width(name);
    cli_print(stdout, "%c %s%*s  %-6s %8lld  ",
              gd__json_is_true(gd__json_get(column, "target")) ? '*' : ' ', name,
              padding > 0 ? padding : 0, "", gd__json_string_at(column, "type"),
              (long long)gd__json_integer_at(column, "missing"));
    if (gd__json_get(column, "min") != NULL)
        cli_print(stdout, "%.6g .. %.6g, mean %.6g%s", number_at(column, "min"),
                  number_at(column, "max"), number_at(column, "mean"),
                  gd__json_get(column, "distinct") != NULL ? "; " : "\n");
    if (gd__json_get(column, "distinct") != NULL)
        print_levels(column);
    else if (gd__json_get(column, "min") == NULL)
        puts("");
}

void cli_print_report(const gd__json *report)
{
    const gd__json *columns = gd__json_get(report, "columns"),
                   *labels = gd__json_get(report, "labels"),
                   *warnings = gd__json_get(report, "warnings");
    size_t i;
    gd__json *item;
    int width = 6;
    for (i = 0; (item = gd__json_at(columns, i)) != NULL; ++i) {
        int w = cli_text_width(gd__json_string_at(item, "name"));
        width = w > width && w <= WIDEST_NAME ? w : width;
    }
    cli_print(stdout, "%s: %lld rows, %zu columns%s\n\n", gd__json_string_at(report, "path"),
              (long long)gd__json_integer_at(report, "rows"), gd__json_size(columns),
              gd__json_is_true(gd__json_get(report, "header")) ? "" : " without names");
    cli_print(stdout, "  %-*s  type    missing\n", width, "column");
    size_t count = gd__json_size(columns);
    for (i = 0; (item = gd__json_at(columns, i)) != NULL; ++i)
        if (i < MOST_LISTED - 1 || i + 1 == count) /* the last is a target often */
            print_column(item, width);
        else if (i == MOST_LISTED - 1)
            cli_print(stdout, "  and %zu more (--json lists all)\n", count - MOST_LISTED);
    puts("* target");
    if (labels != NULL)
        cli_print(stdout,
                  "\n%lld labels: %.4g per row, %lld rows without one; %.4g %% of the cells are "
                  "known, %.4g %% of these are 1\n",
                  (long long)gd__json_integer_at(labels, "count"), number_at(labels, "cardinality"),
                  (long long)gd__json_integer_at(labels, "rows_without"),
                  100 * number_at(labels, "observed"), 100 * number_at(labels, "density"));
    for (i = 0; i < MOST_LISTED && (item = gd__json_at(warnings, i)) != NULL; ++i)
        cli_print(stdout, "%swarning: %s\n", i == 0 ? "\n" : "",
                  gd__json_string_at(item, "message"));
    if (gd__json_size(warnings) > MOST_LISTED)
        cli_print(stdout, "and %zu more warnings\n", gd__json_size(warnings) - MOST_LISTED);
}
