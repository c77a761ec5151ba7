/* From target columns to a task, and from cells to what is true. */
#include "cli/target.h"
#include "cli/options/tables.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static const char *const task_names[] = {"binary", "multiclass", "multilabel", "regression"};

const char *cli_task_name(cli_task task)
{
    return task_names[task];
}

static bool find_task(const char *name, cli_task *task)
{
    for (int i = 0; i < 4; ++i)
        if (strcmp(name, task_names[i]) == 0) {
            *task = (cli_task)i;
            return true;
        }
    return false;
}

int64_t cli_target_width(const cli_target *target)
{
    switch (target->task) {
    case CLI_REGRESSION:
        return 1;
    case CLI_MULTILABEL:
        return (int64_t)gd__json_size(target->columns);
    default:
        return (int64_t)gd__json_size(target->classes);
    }
}

const char *cli_target_label(const cli_target *target, int64_t i)
{
    const gd__json *names = target->classes != NULL ? target->classes : target->columns;
    return gd__json_string_of(gd__json_at(names, (size_t)i));
}

int cli_target_index(const cli_target *target, const char *name, size_t length)
{
    for (int i = 0; i < (int)cli_target_width(target); ++i) {
        const char *label = cli_target_label(target, i);
        if (strlen(label) == length && memcmp(label, name, length) == 0)
            return i;
    }
    return -1;
}

/* ---- yes and no ---- */

static const struct {
    const char *text;
    double value;
} answers[] = {{"no", 0},    {"yes", 1},  {"false", 0}, {"true", 1}, {"n", 0},
               {"y", 1},     {"f", 0},    {"t", 1},     {"No", 0},   {"Yes", 1},
               {"False", 0}, {"True", 1}, {"NO", 0},    {"YES", 1},  {"FALSE", 0},
               {"TRUE", 1},  {"N", 0},    {"Y", 1},     {"F", 0},    {"T", 1}};

double cli_label_of(const gd_table *table, int64_t row, int column)
{
    char buffer[32];
    double number = gd_table_number(table, row, column);
    if (!isnan(number))
        return number == 0 || number == 1 ? number : -1;
    const char *text = gd_table_text(table, row, column, buffer);
    for (size_t i = 0; i < sizeof answers / sizeof *answers; ++i)
        if (strcmp(text, answers[i].text) == 0)
            return answers[i].value;
    return text[0] == '\0' ? NAN : -1;
}

/* ---- the task ---- */

static cli_task guess_task(const gd_table *table, int column, bool categorical)
{
    if (!categorical && !cli_is_classes(table, column))
        return CLI_REGRESSION;
    return gd_table_level_count(table, column) == 2 ? CLI_BINARY : CLI_MULTICLASS;
}

/* Decimal, as tables have it: neither hexadecimal nor inf. */
static bool is_number(const char *text)
{
    char *end;
    double number = strtod(text, &end);
    return text[0] != '\0' && text[strspn(text, "0123456789+-.eE")] == '\0' && *end == '\0' &&
           isfinite(number);
}

static void compare_by_value(cli_target *target)
{
    target->by_value = target->classes != NULL && !target->categorical;
    for (size_t i = 0; i < gd__json_size(target->classes); ++i)
        target->by_value &= is_number(gd__json_string_of(gd__json_at(target->classes, i)));
}

static int find_classes(cli_target *target, const gd_table *table, int column, bool categorical)
{
    const char *name = gd_table_name(table, column);
    int64_t levels = gd_table_level_count(table, column);
    if (levels < 0)
        return cli_error(CLI_DATA,
                         "%s: the target \"%s\" has more than 1024 different numbers, too many for "
                         "classes; use --task regression to predict the number",
                         gd_table_path(table), name);
    if (levels < 2)
        return cli_error(CLI_DATA,
                         "%s: the target \"%s\" has %s; expected at least two different values",
                         gd_table_path(table), name,
                         levels == 1 ? "only one value in all rows" : "no value in any row");
    if (target->task == CLI_BINARY && levels != 2)
        return cli_error(CLI_DATA,
                         "%s: --task binary needs a target of two values; \"%s\" has %" PRId64,
                         gd_table_path(table), name, levels);
    target->categorical = categorical;
    target->classes = gd__json_array();
    for (int64_t i = 0; i < levels; ++i)
        gd__json_append(target->classes, gd__json_string(gd_table_level(table, column, i)));
    if (gd__json_check(target->classes) != GD_OK)
        return cli_error(CLI_RUNTIME, "%s", gd_message());
    compare_by_value(target);
    return CLI_OK;
}

static int check_labels(const gd_table *table, const bool *columns)
{
    for (int j = 0; j < gd_table_columns(table); ++j)
        for (int64_t row = 0; columns[j] && row < gd_table_rows(table); ++row)
            if (cli_label_of(table, row, j) < 0) {
                char buffer[32], place[32];
                return cli_error(CLI_DATA,
                                 "%s%s: several targets must be 0 or 1 (yes or no), or "
                                 "missing; \"%s\" is \"%s\"",
                                 gd_table_path(table), gd_table_place(table, row, place),
                                 gd_table_name(table, j), gd_table_text(table, row, j, buffer));
            }
    return CLI_OK;
}

int cli_target_find(cli_target *target, const gd_table *table, const bool *columns,
                    const bool *categorical, const char *task)
{
    int count = 0, last = -1;
    *target = (cli_target){.columns = gd__json_array(), .deviation = 1};
    for (int j = 0; j < gd_table_columns(table); ++j)
        if (columns[j]) {
            gd__json_append(target->columns, gd__json_string(gd_table_name(table, j)));
            ++count;
            last = j;
        }
    if (gd__json_check(target->columns) != GD_OK)
        return cli_error(CLI_RUNTIME, "%s", gd_message());
    if (count == 0)
        return cli_error(CLI_DATA, "%s: no target column; name it with --target",
                         gd_table_path(table));
    if (task == NULL || strcmp(task, "auto") == 0 || !find_task(task, &target->task))
        target->task = count > 1 ? CLI_MULTILABEL : guess_task(table, last, categorical[last]);
    if (target->task == CLI_MULTILABEL)
        return check_labels(table, columns);
    if (count > 1)
        return cli_error(CLI_USAGE, "--task %s takes one target, not %d",
                         cli_task_name(target->task), count);
    return target->task == CLI_REGRESSION ? CLI_OK
                                          : find_classes(target, table, last, categorical[last]);
}

void cli_target_free(cli_target *target)
{
    gd__json_destroy(target->columns);
    gd__json_destroy(target->classes);
    *target = (cli_target){.columns = NULL};
}

/* ---- in a model's file ---- */

gd__json *cli_target_json(const cli_target *target)
{
    gd__json *json = gd__json_object();
    gd__json_set(json, "task", gd__json_string(cli_task_name(target->task)));
    gd__json_set(json, "columns", gd__json_copy(target->columns));
    if (target->classes != NULL)
        gd__json_set(json, "classes", gd__json_copy(target->classes));
    if (target->categorical)
        gd__json_set(json, "categorical", gd__json_boolean(true));
    if (target->task == CLI_REGRESSION) {
        gd__json_set(json, "mean", gd__json_real(target->mean));
        gd__json_set(json, "deviation", gd__json_real(target->deviation));
    }
    return json;
}

bool cli_all_strings(const gd__json *list, size_t least)
{
    bool ok = gd__json_is(list, GD__JSON_ARRAY) && gd__json_size(list) >= least;
    for (size_t i = 0; i < gd__json_size(list); ++i)
        ok &= gd__json_is(gd__json_at(list, i), GD__JSON_STRING);
    return ok;
}

/* In a table of hashes, as there may be many. */
static bool all_differ(const gd__json *texts)
{
    gd__json *seen = gd__json_object();
    for (size_t i = 0; i < gd__json_size(texts); ++i)
        gd__json_set(seen, gd__json_string_of(gd__json_at(texts, i)), gd__json_null());
    bool differ = gd__json_size(seen) == gd__json_size(texts);
    gd__json_destroy(seen);
    return differ;
}

bool cli_target_from_json(cli_target *target, const gd__json *json)
{
    const char *task = gd__json_string_at(json, "task");
    gd__json *columns = gd__json_get(json, "columns"), *classes = gd__json_get(json, "classes");
    *target = (cli_target){.deviation = 1};
    if (task == NULL || !find_task(task, &target->task) || !cli_all_strings(columns, 1))
        return false;
    bool of_classes = target->task == CLI_BINARY || target->task == CLI_MULTICLASS;
    if (of_classes && !cli_all_strings(classes, 2))
        return false;
    if (target->task == CLI_BINARY && gd__json_size(classes) != 2)
        return false;
    if (target->task == CLI_REGRESSION) {
        target->mean = gd__json_number_of(gd__json_get(json, "mean"));
        target->deviation = gd__json_number_of(gd__json_get(json, "deviation"));
        if (!isfinite(target->mean) || !(target->deviation > 0))
            return false;
    }
    target->columns = gd__json_copy(columns);
    target->classes = of_classes ? gd__json_copy(classes) : NULL;
    target->categorical = gd__json_is_true(gd__json_get(json, "categorical"));
    if (gd__json_check(target->columns) != GD_OK ||
        (of_classes && gd__json_check(target->classes) != GD_OK))
        return false;
    if (!all_differ(columns) || (of_classes && !all_differ(classes)))
        return false;
    compare_by_value(target);
    return target->task == CLI_MULTILABEL || gd__json_size(columns) == 1;
}
