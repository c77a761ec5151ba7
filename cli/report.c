/* The report of `gradus inspect` as text. */
#include "cli/inspect.h"

#include <string.h>

enum { WIDEST_NAME = 30, MOST_SHOWN = 6 };

/* Characters, not bytes. */
static int width_of(const char *text)
{
    int width = 0;
    for (; *text != '\0'; ++text)
        width += ((unsigned char)*text & 0xC0) != 0x80;
    return width;
}

static const char *text_at(const json_t *object, const char *key)
{
    return json_string_value(json_object_get(object, key));
}

static json_int_t count_at(const json_t *object, const char *key)
{
    return json_integer_value(json_object_get(object, key));
}

static double number_at(const json_t *object, const char *key)
{
    return json_real_value(json_object_get(object, key));
}

static void print_levels(const json_t *column)
{
    const json_t *levels = json_object_get(column, "levels");
    json_int_t distinct = count_at(column, "distinct");
    const char *name, *separator = ": ";
    json_t *count;
    int shown = 0;
    printf("%lld different", (long long)distinct);
    json_object_foreach((json_t *)levels, name, count)
    {
        if (shown++ == MOST_SHOWN)
            break;
        printf("%s%.40s %lld", separator, name, (long long)json_integer_value(count));
        separator = ", ";
    }
    puts(shown > MOST_SHOWN ? ", ..." : "");
}

static void print_column(const json_t *column, int width)
{
    const char *name = text_at(column, "name");
    int padding = width - width_of(name);
    printf("%c %s%*s  %-6s %8lld  ", json_is_true(json_object_get(column, "target")) ? '*' : ' ',
           name, padding > 0 ? padding : 0, "", text_at(column, "type"),
           (long long)count_at(column, "missing"));
    if (json_object_get(column, "min") != NULL)
        printf("%.6g .. %.6g, mean %.6g%s", number_at(column, "min"), number_at(column, "max"),
               number_at(column, "mean"),
               json_object_get(column, "distinct") != NULL ? "; " : "\n");
    if (json_object_get(column, "distinct") != NULL)
        print_levels(column);
    else if (json_object_get(column, "min") == NULL)
        puts("");
}

void cli_print_report(const json_t *report)
{
    const json_t *columns = json_object_get(report, "columns"),
                 *labels = json_object_get(report, "labels"),
                 *warnings = json_object_get(report, "warnings");
    size_t i;
    json_t *item;
    int width = 6;
    json_array_foreach(columns, i, item)
    {
        int w = width_of(text_at(item, "name"));
        width = w > width && w <= WIDEST_NAME ? w : width;
    }
    printf("%s: %lld rows, %zu columns%s\n\n", text_at(report, "path"),
           (long long)count_at(report, "rows"), json_array_size(columns),
           json_is_true(json_object_get(report, "header")) ? "" : " without names");
    printf("  %-*s  type    missing\n", width, "column");
    json_array_foreach(columns, i, item) print_column(item, width);
    puts("* is a target");
    if (labels != NULL)
        printf("\n%lld labels: %.4g a row, %lld rows without one; %.4g %% of the cells are known, "
               "%.4g %% of these are 1\n",
               (long long)count_at(labels, "count"), number_at(labels, "cardinality"),
               (long long)count_at(labels, "rows_without"), 100 * number_at(labels, "observed"),
               100 * number_at(labels, "density"));
    json_array_foreach(warnings, i, item)
        printf("%swarning: %s\n", i == 0 ? "\n" : "", text_at(item, "message"));
}
