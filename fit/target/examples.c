/* Examples: the targets of the rows of a table. */
#include "fit/internal.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

/* ---- classes ---- */

/* Reads target columns: each level is looked up once among the classes. */
typedef struct reader {
    const gd_target *target;
    const gd_table *table;
    int *columns;    /* [target columns] of the table */
    int32_t *sorted; /* [classes] by value */
    int32_t *class;  /* [levels] of the column: its class, or -1 */
    int64_t levels;
} reader;

static double class_value(const reader *r, int32_t i)
{
    return r->target->classes.level[r->sorted[i]].value;
}

/* The class of a text or, if classes are numbers, of a number; -1: none. */
static int32_t class_of(const reader *r, const char *text, double number)
{
    const gd__levels *classes = &r->target->classes;
    int32_t class = gd__levels_find(classes, text, strlen(text)), low = 0, high = classes->count;
    if (class >= 0 || !r->target->by_value || isnan(number))
        return class;
    while (low < high) {
        int32_t middle = low + (high - low) / 2;
        if (class_value(r, middle) < number)
            low = middle + 1;
        else
            high = middle;
    }
    return low < classes->count && class_value(r, low) == number ? r->sorted[low] : -1;
}

static int64_t class_of_row(const reader *r, int64_t row)
{
    char buffer[32];
    int64_t code = gd_table_code(r->table, row, r->columns[0]);
    return code >= 0 ? r->class[code]
                     : class_of(r, gd_table_text(r->table, row, r->columns[0], buffer),
                                gd_table_number(r->table, row, r->columns[0]));
}

static bool index_classes(reader *r)
{
    int32_t count = r->target->classes.count;
    r->sorted = gd__zeros((size_t)count + 1, sizeof *r->sorted);
    if (r->sorted == NULL || !gd__levels_sort(&r->target->classes, true, r->sorted))
        return false;
    int64_t levels = gd_table_level_count(r->table, r->columns[0]);
    r->levels = levels > 0 ? levels : 0;
    r->class = gd__zeros((size_t)r->levels + 1, sizeof *r->class);
    for (int64_t i = 0; r->class != NULL && i < r->levels; ++i)
        r->class[i] = class_of(r, gd_table_level(r->table, r->columns[0], i),
                               gd_table_level_number(r->table, r->columns[0], i));
    return r->class != NULL;
}

/* ---- rows ---- */

static bool fail_cell(const reader *r, int64_t row, int column, const char *expected)
{
    char buffer[32], place[32];
    return gd__fail_false(GD_ERROR_VALUE, "%s%s: column \"%s\": %s, found \"%s\"",
                          gd_table_path(r->table), gd_table_place(r->table, row, place),
                          gd_table_name(r->table, column), expected,
                          gd_table_text(r->table, row, column, buffer));
}

/* Writes the target of one row as example `at`. */
static bool read_row(const reader *r, int64_t row, const gd_examples *e, int64_t at)
{
    int64_t width = gd_target_width(r->target);
    if (gd__has_classes(r->target)) {
        ((int64_t *)e->y->data)[at] = class_of_row(r, row);
        return true;
    }
    if (r->target->task == GD_REGRESSION) {
        double value = gd_table_number(r->table, row, r->columns[0]);
        ((double *)e->y->data)[at] = value;
        return isfinite(value) || fail_cell(r, row, r->columns[0], "a number is expected");
    }
    for (int64_t j = 0; j < width; ++j) {
        double value = gd__label_of(r->table, row, r->columns[j]);
        if (value < 0)
            return fail_cell(r, row, r->columns[j], "0 or 1 is expected");
        ((bool *)e->mask->data)[at * width + j] = !isnan(value);
        ((float *)e->y->data)[at * width + j] = isnan(value) ? 0 : (float)value;
    }
    return true;
}

typedef enum target_kind { MISSING, KNOWN, UNSEEN_CLASS } target_kind;

static target_kind kind_of(const reader *r, int64_t row)
{
    char buffer[32];
    int j = 0, count = r->target->columns.count;
    while (j < count && gd_table_text(r->table, row, r->columns[j], buffer)[0] == '\0')
        ++j;
    if (j == count)
        return MISSING;
    return gd__has_classes(r->target) && class_of_row(r, row) < 0 ? UNSEEN_CLASS : KNOWN;
}

/* Memory for n rows. */
static bool create(gd_examples *e, const gd_target *target, int64_t n)
{
    bool labels = target->task == GD_MULTILABEL;
    gd_dtype dtype = labels ? GD_F32 : gd__has_classes(target) ? GD_I64 : GD_F64;
    const int64_t shape[] = {n, gd_target_width(target)};
    e->rows = gd_tensor_create(GD_I64, 1, shape);
    e->y = e->rows != NULL ? gd_tensor_create(dtype, dtype == GD_I64 ? 1 : 2, shape) : NULL;
    e->mask = e->y != NULL && labels ? gd_tensor_create(GD_BOOL, 2, shape) : NULL;
    return e->y != NULL && (!labels || e->mask != NULL);
}

static bool read_rows(const reader *r, gd_examples *e)
{
    int64_t known = 0, at = 0, rows = gd_table_rows(r->table);
    for (int64_t row = 0; row < rows; ++row) {
        target_kind kind = kind_of(r, row);
        known += kind == KNOWN;
        if (kind == UNSEEN_CLASS && e->unseen++ == 0)
            e->first_unseen = row;
    }
    bool ok = create(e, r->target, known);
    for (int64_t row = 0; ok && row < rows; ++row)
        if (kind_of(r, row) == KNOWN) {
            ((int64_t *)e->rows->data)[at] = row;
            ok = read_row(r, row, e, at++);
        }
    return ok;
}

static bool find_columns(const reader *r)
{
    for (int32_t j = 0; j < r->target->columns.count; ++j) {
        const char *name = gd_target_column(r->target, j);
        r->columns[j] = gd_table_find(r->table, name);
        if (r->columns[j] < 0)
            return gd__fail_false(GD_ERROR_VALUE, "%s: missing target column \"%s\"",
                                  gd_table_path(r->table), name);
    }
    return true;
}

bool gd__examples_read(gd_examples *examples, const gd_target *target, const gd_table *table)
{
    *examples = (gd_examples){.first_unseen = -1};
    reader r = {.target = target, .table = table};
    size_t columns = (size_t)target->columns.count * sizeof *r.columns;
    r.columns = gd__zeros(columns, 1);
    bool ok = r.columns != NULL && find_columns(&r);
    if (ok && gd__has_classes(target) && !index_classes(&r))
        ok = gd__fail_false(GD_ERROR_MEMORY, "no memory for the classes");
    ok = ok && read_rows(&r, examples);
    gd_free(r.columns, columns);
    gd_free(r.sorted, ((size_t)target->classes.count + 1) * sizeof *r.sorted);
    gd_free(r.class, ((size_t)r.levels + 1) * sizeof *r.class);
    return ok;
}

gd_status gd_examples_read(gd_examples *examples, const gd_target *target, const gd_table *table)
{
    if (!gd__examples_read(examples, target, table))
        return gd_message_status();
    if (gd__examples_rows(examples) > 0)
        return GD_OK;
    return gd_fail(GD_ERROR_VALUE, "%s: no row has %s", gd_table_path(table),
                   examples->unseen > 0 ? "a class of the model" : "a known target");
}

void gd_examples_free(gd_examples *examples)
{
    gd_tensor_destroy(examples->rows);
    gd_tensor_destroy(examples->y);
    gd_tensor_destroy(examples->mask);
    gd_tensor_destroy(examples->weights);
    *examples = (gd_examples){.first_unseen = -1};
}

/* Takes the rows of x, if there is an x. */
static bool take(gd_tensor **part, const gd_tensor *x, const gd_tensor *indices)
{
    *part = x != NULL ? gd_take_rows(x, indices) : NULL;
    return x == NULL || *part != NULL;
}

bool gd__examples_take(gd_examples *part, const gd_examples *e, const gd_tensor *indices)
{
    *part = (gd_examples){.first_unseen = -1};
    return take(&part->rows, e->rows, indices) && take(&part->y, e->y, indices) &&
           take(&part->mask, e->mask, indices) && take(&part->weights, e->weights, indices);
}
