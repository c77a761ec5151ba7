/* What is true of a table's rows, from the cells of its target columns. */
#include "cli/cli.h"
#include "cli/system/memory.h"
#include "cli/target.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- classes ---- */

/* The classes in the order of their texts, and where they are numbers in that of their values. */
typedef struct class_entry {
    const char *text;
    double value;
    int64_t class;
} class_entry;

typedef struct class_index {
    int64_t count, numbers;          /* numbers: 0 or count */
    class_entry *by_text, *by_value; /* one piece of memory */
} class_index;

static int compare_texts(const void *a, const void *b)
{
    return strcmp(((const class_entry *)a)->text, ((const class_entry *)b)->text);
}

static int compare_values(const void *a, const void *b)
{
    double x = ((const class_entry *)a)->value, y = ((const class_entry *)b)->value;
    return (x > y) - (x < y);
}

/* False: no memory. */
static bool index_classes(class_index *index, const cli_target *target)
{
    size_t count = gd__json_size(target->classes);
    *index =
        (class_index){.count = (int64_t)count, .numbers = target->by_value ? (int64_t)count : 0};
    index->by_text = cli_calloc(2 * count + 1, sizeof *index->by_text);
    if (index->by_text == NULL)
        return false;
    index->by_value = index->by_text + count;
    for (size_t i = 0; i < count; ++i) {
        const char *text = cli_target_label(target, (int64_t)i);
        double value = target->by_value ? strtod(text, NULL) : 0;
        index->by_text[i] = index->by_value[i] = (class_entry){text, value, (int64_t)i};
    }
    qsort(index->by_text, count, sizeof *index->by_text, compare_texts);
    qsort(index->by_value, count, sizeof *index->by_value, compare_values);
    return true;
}

/* The class that a cell says, by its text or, of classes that are numbers, by value; -1: there is none such. */
static int64_t class_of(const class_index *index, const gd_table *table, int64_t row, int column)
{
    char buffer[32];
    const class_entry cell = {.text = gd_table_text(table, row, column, buffer),
                              .value = gd_table_number(table, row, column)};
    const class_entry *found =
        bsearch(&cell, index->by_text, (size_t)index->count, sizeof cell, compare_texts);
    if (found == NULL && !isnan(cell.value))
        found =
            bsearch(&cell, index->by_value, (size_t)index->numbers, sizeof cell, compare_values);
    return found != NULL ? found->class : -1;
}

/* ---- rows ---- */

/* Where the targets are. */
typedef struct source {
    const cli_target *target;
    const gd_table *table;
    int *columns, count; /* [count] */
    class_index classes;
} source;

static int fail_cell(const gd_table *table, int64_t row, int column, const char *expected)
{
    char buffer[32], place[32];
    return cli_error(CLI_DATA, "%s%s: column \"%s\": %s, found \"%s\"", gd_table_path(table),
                     gd_table_place(table, row, place), gd_table_name(table, column), expected,
                     gd_table_text(table, row, column, buffer));
}

/* Writes what is true of one row; an exit code. */
static int read_row(cli_truth *truth, int64_t at, const source *s, int64_t row)
{
    int64_t width = cli_target_width(s->target);
    switch (s->target->task) {
    case CLI_MULTILABEL:
        for (int64_t j = 0; j < width; ++j) {
            double value = cli_label_of(s->table, row, s->columns[j]);
            if (value < 0)
                return fail_cell(s->table, row, s->columns[j], "0 or 1 is expected");
            ((bool *)truth->mask->data)[at * width + j] = !isnan(value);
            ((float *)truth->y->data)[at * width + j] = isnan(value) ? 0 : (float)value;
        }
        return CLI_OK;
    case CLI_REGRESSION: {
        double value = gd_table_number(s->table, row, s->columns[0]);
        ((double *)truth->y->data)[at] = value;
        return isfinite(value) ? CLI_OK
                               : fail_cell(s->table, row, s->columns[0], "a number is expected");
    }
    default:
        ((int64_t *)truth->y->data)[at] = class_of(&s->classes, s->table, row, s->columns[0]);
        return CLI_OK;
    }
}

typedef enum knowledge { NOTHING, SOMETHING, ANOTHER_CLASS } knowledge;

/* What the row says of the targets. */
static knowledge known_of(const source *s, int64_t row)
{
    char buffer[32];
    int j = 0;
    while (j < s->count && gd_table_text(s->table, row, s->columns[j], buffer)[0] == '\0')
        ++j;
    if (j == s->count)
        return NOTHING;
    return s->target->classes != NULL && class_of(&s->classes, s->table, row, s->columns[0]) < 0
               ? ANOTHER_CLASS
               : SOMETHING;
}

static gd_tensor *create_y(const cli_target *target, int64_t rows)
{
    switch (target->task) {
    case CLI_MULTILABEL:
        return gd_tensor_create(GD_F32, GD_DIMS(rows, cli_target_width(target)));
    case CLI_REGRESSION:
        return gd_tensor_create(GD_F64, GD_DIMS(rows, 1));
    default:
        return gd_tensor_create(GD_I64, GD_DIMS(rows));
    }
}

/* Which column of the table each target is; an exit code. */
static int find_columns(const cli_target *target, const gd_table *table, int *columns)
{
    for (size_t j = 0; j < gd__json_size(target->columns); ++j) {
        const char *name = gd__json_string_of(gd__json_at(target->columns, j));
        columns[j] = gd_table_find(table, name);
        if (columns[j] < 0)
            return cli_error(CLI_DATA, "%s: there is no target column \"%s\"", gd_table_path(table),
                             name);
    }
    return CLI_OK;
}

/* Rows of classes that the model cannot say are counted, and the first is named. */
static void count_rows(cli_truth *truth, const source *s, int64_t *known)
{
    char buffer[32], place[32];
    int64_t first = -1;
    *known = 0;
    for (int64_t row = 0; row < gd_table_rows(s->table); ++row) {
        knowledge of_row = known_of(s, row);
        *known += of_row == SOMETHING;
        if (of_row == ANOTHER_CLASS && truth->unseen++ == 0)
            first = row;
    }
    if (first >= 0)
        cli_warn("%s%s: \"%.80s\" is not a class of the model (rows left out: %" PRId64 ")",
                 gd_table_path(s->table), gd_table_place(s->table, first, place),
                 gd_table_text(s->table, first, s->columns[0], buffer), truth->unseen);
}

static int read_rows(cli_truth *truth, const source *s)
{
    int64_t known;
    int code = CLI_OK;
    bool labels = s->target->task == CLI_MULTILABEL;
    count_rows(truth, s, &known);
    truth->rows = gd_tensor_create(GD_I64, GD_DIMS(known));
    truth->y = create_y(s->target, known);
    if (labels)
        truth->mask = gd_tensor_create(GD_BOOL, GD_DIMS(known, cli_target_width(s->target)));
    if (truth->rows == NULL || truth->y == NULL || (labels && truth->mask == NULL))
        return cli_error(CLI_RUNTIME, "%s", gd_message());
    for (int64_t row = 0, at = 0; row < gd_table_rows(s->table) && code == CLI_OK; ++row)
        if (known_of(s, row) == SOMETHING) {
            ((int64_t *)truth->rows->data)[at] = row;
            code = read_row(truth, at++, s, row);
        }
    return code;
}

int cli_truth_read(cli_truth *truth, const cli_target *target, const gd_table *table)
{
    *truth = (cli_truth){.rows = NULL};
    source s = {.target = target, .table = table, .count = (int)gd__json_size(target->columns)};
    s.columns = cli_calloc((size_t)s.count + 1, sizeof *s.columns);
    int code = s.columns != NULL && index_classes(&s.classes, target)
                   ? find_columns(target, table, s.columns)
                   : cli_error(CLI_RUNTIME, "no memory");
    if (code == CLI_OK)
        code = read_rows(truth, &s);
    free(s.columns);
    free(s.classes.by_text);
    return code;
}

int cli_truth_read_some(cli_truth *truth, const cli_target *target, const gd_table *table)
{
    int code = cli_truth_read(truth, target, table);
    if (code != CLI_OK || truth->y->shape[0] > 0)
        return code;
    return cli_error(CLI_DATA, "%s: no row has %s", gd_table_path(table),
                     truth->unseen > 0 ? "a class of the model" : "a known target");
}

int cli_truth_take(cli_truth *part, const cli_truth *truth, const gd_tensor *indices)
{
    part->rows = gd_take_rows(truth->rows, indices);
    part->y = gd_take_rows(truth->y, indices);
    part->mask = truth->mask != NULL ? gd_take_rows(truth->mask, indices) : NULL;
    bool ok = part->rows != NULL && part->y != NULL && (truth->mask == NULL || part->mask != NULL);
    return ok ? CLI_OK : cli_error(CLI_RUNTIME, "%s", gd_message());
}

void cli_truth_count(const cli_truth *truth, int64_t classes, double *counts)
{
    memset(counts, 0, (size_t)classes * sizeof *counts);
    for (int64_t i = 0; i < truth->y->shape[0]; ++i)
        ++counts[((const int64_t *)truth->y->data)[i]];
}

void cli_truth_free(cli_truth *truth)
{
    gd_tensor_destroy(truth->rows);
    gd_tensor_destroy(truth->y);
    gd_tensor_destroy(truth->mask);
    *truth = (cli_truth){.rows = NULL};
}
