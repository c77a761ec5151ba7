/* The target: its task and classes, from the target columns of a table. */
#include "data/input/number.h"
#include "fit/internal.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

static const char *const task_names[] = {"binary", "multiclass", "multilabel", "regression"};

const char *gd_task_name(gd_task task)
{
    return task_names[task];
}

static bool find_task(const char *name, gd_task *task)
{
    for (int i = 0; name != NULL && i < 4; ++i)
        if (strcmp(name, task_names[i]) == 0) {
            *task = (gd_task)i;
            return true;
        }
    return false;
}

/* ---- its parts ---- */

static const char *text_at(const gd__levels *texts, int64_t i)
{
    return i >= 0 && i < texts->count ? texts->level[i].text : NULL;
}

gd_task gd_target_task(const gd_target *target)
{
    return target->task;
}

int64_t gd_target_width(const gd_target *target)
{
    return gd__has_classes(target) ? target->classes.count : target->columns.count;
}

const char *gd_target_label(const gd_target *target, int64_t i)
{
    return text_at(gd__has_classes(target) ? &target->classes : &target->columns, i);
}

int64_t gd_target_find(const gd_target *target, const char *name, size_t length)
{
    return gd__levels_find(gd__has_classes(target) ? &target->classes : &target->columns, name,
                           length);
}

const char *gd_target_column(const gd_target *target, int64_t i)
{
    return text_at(&target->columns, i);
}

bool gd_target_is_categorical(const gd_target *target)
{
    return target->categorical;
}

double gd_target_mean(const gd_target *target)
{
    return target->mean;
}

double gd_target_deviation(const gd_target *target)
{
    return target->deviation;
}

/* ---- yes and no ---- */

static const struct {
    const char *text;
    double value;
} answers[] = {{"no", 0},    {"yes", 1},  {"false", 0}, {"true", 1}, {"n", 0},
               {"y", 1},     {"f", 0},    {"t", 1},     {"No", 0},   {"Yes", 1},
               {"False", 0}, {"True", 1}, {"NO", 0},    {"YES", 1},  {"FALSE", 0},
               {"TRUE", 1},  {"N", 0},    {"Y", 1},     {"F", 0},    {"T", 1}};

double gd__label_of(const gd_table *table, int64_t row, int column)
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

enum { MOST_CLASSES = 20 }; /* of numbers; with more it is a regression */

bool gd_table_is_classes(const gd_table *table, int column)
{
    int64_t levels = gd_table_level_count(table, column);
    if (gd_table_kind(table, column) == GD_COLUMN_TEXTS)
        return true;
    if (gd_table_kind(table, column) == GD_COLUMN_WORDS || levels < 0 || levels > MOST_CLASSES)
        return false;
    for (int64_t level = 0; level < levels; ++level) {
        double number = gd_table_level_number(table, column, level);
        if (!isnan(number) && number != trunc(number))
            return false;
    }
    return true;
}

static gd_task guess_task(const gd_table *table, int column, bool categorical)
{
    if (!categorical && !gd_table_is_classes(table, column))
        return GD_REGRESSION;
    return gd_table_level_count(table, column) == 2 ? GD_BINARY : GD_MULTICLASS;
}

/* Classes that are all numbers get their values. */
static void compare_by_value(gd_target *target)
{
    target->by_value = gd__has_classes(target) && !target->categorical;
    for (int32_t i = 0; i < target->classes.count; ++i) {
        gd__level *class = &target->classes.level[i];
        const char *end;
        target->by_value &=
            gd__scan_number(class->text, &end, &class->value) == GD__NUMBER && *end == '\0';
    }
}

bool gd__texts_add(gd__levels *texts, const char *text)
{
    return gd__levels_add(texts, text, strlen(text)) >= 0 ||
           gd__fail_false(GD_ERROR_MEMORY, "no memory for the text \"%.80s\"", text);
}

static bool find_classes(gd_target *target, const gd_table *table, int column, bool categorical)
{
    const char *name = gd_table_name(table, column), *path = gd_table_path(table);
    int64_t levels = gd_table_level_count(table, column);
    if (levels < 0)
        return gd__fail_false(GD_ERROR_VALUE,
                              "%s: the target \"%s\" has more than 1024 different numbers, too "
                              "many for classes; use .task regression to predict the number",
                              path, name);
    if (levels < 2)
        return gd__fail_false(
            GD_ERROR_VALUE, "%s: the target \"%s\" has %s; expected at least two different values",
            path, name, levels == 1 ? "only one value in all rows" : "no value in any row");
    if (target->task == GD_BINARY && levels != 2)
        return gd__fail_false(GD_ERROR_VALUE,
                              "%s: .task binary needs a target of two values; \"%s\" has %" PRId64,
                              path, name, levels);
    target->categorical = categorical;
    for (int64_t i = 0; i < levels; ++i)
        if (!gd__texts_add(&target->classes, gd_table_level(table, column, i)))
            return false;
    compare_by_value(target);
    return true;
}

static bool check_labels(const gd_table *table, const bool *columns)
{
    for (int j = 0; j < gd_table_columns(table); ++j)
        for (int64_t row = 0; columns[j] && row < gd_table_rows(table); ++row)
            if (gd__label_of(table, row, j) < 0) {
                char buffer[32], place[32];
                return gd__fail_false(
                    GD_ERROR_VALUE,
                    "%s%s: several targets must be 0 or 1 (yes or no), or missing; \"%s\" is "
                    "\"%s\"",
                    gd_table_path(table), gd_table_place(table, row, place),
                    gd_table_name(table, j), gd_table_text(table, row, j, buffer));
            }
    return true;
}

bool gd__target_find(gd_target *target, const gd_table *table, const bool *columns,
                     const bool *categorical, const char *task)
{
    int last = -1;
    *target = (gd_target){.deviation = 1};
    for (int j = 0; j < gd_table_columns(table); ++j)
        if (columns[j]) {
            if (!gd__texts_add(&target->columns, gd_table_name(table, j)))
                return false;
            last = j;
        }
    int count = target->columns.count;
    if (count == 0)
        return gd__fail_false(GD_ERROR_VALUE, "%s: no target column; name it with .target",
                              gd_table_path(table));
    if (!find_task(task, &target->task))
        target->task = count > 1 ? GD_MULTILABEL : guess_task(table, last, categorical[last]);
    if (target->task == GD_MULTILABEL)
        return check_labels(table, columns);
    if (count > 1)
        return gd__fail_false(GD_ERROR_ARGUMENT, ".task %s takes one target, not %d",
                              gd_task_name(target->task), count);
    return target->task == GD_REGRESSION || find_classes(target, table, last, categorical[last]);
}

void gd__target_free(gd_target *target)
{
    gd__levels_destroy(&target->columns);
    gd__levels_destroy(&target->classes);
    *target = (gd_target){.task = GD_BINARY};
}

/* ---- in a model's file ---- */

gd_json *gd__texts_json(const gd__levels *texts)
{
    gd_json *list = gd_json_array();
    for (int32_t i = 0; i < texts->count; ++i)
        gd_json_append(list, gd_json_string(texts->level[i].text));
    return list;
}

bool gd__texts_from_json(gd__levels *texts, const gd_json *list, int64_t least)
{
    size_t count = gd_json_size(list);
    bool ok = gd_json_is(list, GD_JSON_ARRAY) && (int64_t)count >= least;
    for (size_t i = 0; ok && i < count; ++i) {
        const char *text = gd_json_string_of(gd_json_at(list, i));
        ok = text != NULL && gd__levels_find(texts, text, strlen(text)) < 0 &&
             gd__texts_add(texts, text);
    }
    return ok;
}

gd_json *gd__target_json(const gd_target *target)
{
    gd_json *json = gd_json_object();
    gd_json_set(json, "task", gd_json_string(gd_task_name(target->task)));
    gd_json_set(json, "columns", gd__texts_json(&target->columns));
    if (gd__has_classes(target))
        gd_json_set(json, "classes", gd__texts_json(&target->classes));
    if (target->categorical)
        gd_json_set(json, "categorical", gd_json_boolean(true));
    if (target->task == GD_REGRESSION) {
        gd_json_set(json, "mean", gd_json_real(target->mean));
        gd_json_set(json, "deviation", gd_json_real(target->deviation));
    }
    return json;
}

bool gd__target_from_json(gd_target *target, const gd_json *json)
{
    *target = (gd_target){.deviation = 1};
    if (!find_task(gd_json_string_at(json, "task"), &target->task) ||
        !gd__texts_from_json(&target->columns, gd_json_get(json, "columns"), 1) ||
        (target->task != GD_MULTILABEL && target->columns.count != 1))
        return false;
    if (gd__has_classes(target) &&
        (!gd__texts_from_json(&target->classes, gd_json_get(json, "classes"), 2) ||
         (target->task == GD_BINARY && target->classes.count != 2)))
        return false;
    if (target->task == GD_REGRESSION) {
        target->mean = gd_json_number_of(gd_json_get(json, "mean"));
        target->deviation = gd_json_number_of(gd_json_get(json, "deviation"));
        if (!isfinite(target->mean) || !(target->deviation > 0))
            return false;
    }
    target->categorical = gd_json_is_true(gd_json_get(json, "categorical"));
    compare_by_value(target);
    return true;
}
