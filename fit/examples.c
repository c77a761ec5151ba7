/* What is true of a table's rows, from the cells of its target columns. */
#include "fit/internal.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

/* ---- classes ---- */

/* What the cells of a table say: each level is looked up once. */
typedef struct reader {
    const gd_target *target;
    const gd_table *table;
    int *columns;    /* [target columns]: where they are */
    int32_t *sorted; /* [classes]: by value */
    int32_t *class;  /* [levels]: of each level of the one column, -1: of none */
    int64_t levels;
} reader;

static double class_value(const reader *r, int32_t i)
{
    return r->target->classes.level[r->sorted[i]].value;
}

/* The class of a text or, where classes are numbers, of a number; -1: there is none such. */
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

static gd_status fail_cell(const reader *r, int64_t row, int column, const char *expected)
{
    char buffer[32], place[32];
    return gd__fail(GD_ERROR_VALUE, "%s%s: column \"%s\": %s, found \"%s\"",
                    gd_table_path(r->table), gd_table_place(r->table, row, place),
                    gd_table_name(r->table, column), expected,
                    gd_table_text(r->table, row, column, buffer));
}

/* Writes what is true of one row. */
static gd_status read_row(const reader *r, int64_t row, const gd_examples *e, int64_t at)
{
    int64_t width = gd_target_width(r->target);
    if (gd__has_classes(r->target)) {
        ((int64_t *)e->y->data)[at] = class_of_row(r, row);
        return GD_OK;
    }
    if (r->target->task == GD_REGRESSION) {
        double value = gd_table_number(r->table, row, r->columns[0]);
        ((double *)e->y->data)[at] = value;
        return isfinite(value) ? GD_OK : fail_cell(r, row, r->columns[0], "a number is expected");
    }
    for (int64_t j = 0; j < width; ++j) {
        double value = gd__label_of(r->table, row, r->columns[j]);
        if (value < 0)
            return fail_cell(r, row, r->columns[j], "0 or 1 is expected");
        ((bool *)e->mask->data)[at * width + j] = !isnan(value);
        ((float *)e->y->data)[at * width + j] = isnan(value) ? 0 : (float)value;
    }
    return GD_OK;
}

typedef enum knowledge { NOTHING, SOMETHING, ANOTHER_CLASS } knowledge;

/* What the row says of the targets. */
static knowledge known_of(const reader *r, int64_t row)
{
    char buffer[32];
    int j = 0, count = r->target->columns.count;
    while (j < count && gd_table_text(r->table, row, r->columns[j], buffer)[0] == '\0')
        ++j;
    if (j == count)
        return NOTHING;
    return gd__has_classes(r->target) && class_of_row(r, row) < 0 ? ANOTHER_CLASS : SOMETHING;
}

/* Memory for n rows. */
static gd_status create(gd_examples *e, const gd_target *target, int64_t n)
{
    bool labels = target->task == GD_MULTILABEL;
    gd_dtype dtype = labels ? GD_F32 : gd__has_classes(target) ? GD_I64 : GD_F64;
    e->rows = gd_tensor_create(GD_I64, GD_DIMS(n));
    e->y = gd_tensor_create(dtype, dtype == GD_I64 ? 1 : 2,
                            (const int64_t[]){n, gd_target_width(target)});
    e->mask = labels ? gd_tensor_create(GD_BOOL, GD_DIMS(n, gd_target_width(target))) : NULL;
    bool ok = e->rows != NULL && e->y != NULL && (!labels || e->mask != NULL);
    return ok ? GD_OK : gd_message_status();
}

static gd_status read_rows(const reader *r, gd_examples *e)
{
    int64_t known = 0;
    for (int64_t row = 0; row < gd_table_rows(r->table); ++row) {
        knowledge of_row = known_of(r, row);
        known += of_row == SOMETHING;
        if (of_row == ANOTHER_CLASS && e->unseen++ == 0)
            e->first_unseen = row;
    }
    gd_status status = create(e, r->target, known);
    for (int64_t row = 0, at = 0; status == GD_OK && row < gd_table_rows(r->table); ++row)
        if (known_of(r, row) == SOMETHING) {
            ((int64_t *)e->rows->data)[at] = row;
            status = read_row(r, row, e, at++);
        }
    return status;
}

static gd_status find_columns(const reader *r)
{
    for (int32_t j = 0; j < r->target->columns.count; ++j) {
        const char *name = gd_target_column(r->target, j);
        r->columns[j] = gd_table_find(r->table, name);
        if (r->columns[j] < 0)
            return gd__fail(GD_ERROR_VALUE, "%s: missing target column \"%s\"",
                            gd_table_path(r->table), name);
    }
    return GD_OK;
}

gd_status gd__examples_read(gd_examples *examples, const gd_target *target, const gd_table *table)
{
    *examples = (gd_examples){.first_unseen = -1};
    reader r = {.target = target, .table = table};
    size_t columns = (size_t)target->columns.count * sizeof *r.columns;
    r.columns = gd__zeros(columns, 1);
    gd_status status = r.columns != NULL ? find_columns(&r) : GD_ERROR_MEMORY;
    if (status == GD_OK && gd__has_classes(target) && !index_classes(&r))
        status = gd__fail(GD_ERROR_MEMORY, "no memory for the classes");
    if (status == GD_OK)
        status = read_rows(&r, examples);
    gd__free(r.columns, columns);
    gd__free(r.sorted, ((size_t)target->classes.count + 1) * sizeof *r.sorted);
    gd__free(r.class, ((size_t)r.levels + 1) * sizeof *r.class);
    return status;
}

gd_status gd_examples_read(gd_examples *examples, const gd_target *target, const gd_table *table)
{
    gd_status status = gd__examples_read(examples, target, table);
    if (status != GD_OK || gd__examples_rows(examples) > 0)
        return status;
    return gd__fail(GD_ERROR_VALUE, "%s: no row has %s", gd_table_path(table),
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

/* ---- some of them ---- */

/* Takes the rows of x, if there are any; false: no memory. */
static bool take(gd_tensor **part, const gd_tensor *x, const gd_tensor *indices)
{
    *part = x != NULL ? gd_take_rows(x, indices) : NULL;
    return x == NULL || *part != NULL;
}

gd_status gd__examples_take(gd_examples *part, const gd_examples *e, const gd_tensor *indices)
{
    *part = (gd_examples){.first_unseen = -1};
    return take(&part->rows, e->rows, indices) && take(&part->y, e->y, indices) &&
                   take(&part->mask, e->mask, indices) && take(&part->weights, e->weights, indices)
               ? GD_OK
               : gd_message_status();
}

/* Whole number k of the tensors of examples. */
static gd_tensor **tensor_at(gd_examples *e, int k)
{
    return k == 0 ? &e->rows : k == 1 ? &e->y : &e->mask;
}

gd_status gd__examples_join(gd_examples *whole, int count, const gd_examples *const *parts)
{
    int64_t rows = 0;
    *whole = (gd_examples){.first_unseen = -1};
    for (int i = 0; i < count; ++i)
        rows += gd__examples_rows(parts[i]);
    for (int k = 0; k < 3; ++k) {
        gd_examples first = *parts[0];
        const gd_tensor *like = *tensor_at(&first, k);
        if (like == NULL)
            continue;
        gd_tensor *x = *tensor_at(whole, k) = gd_tensor_create(
            like->dtype, like->ndim, (const int64_t[]){rows, like->ndim > 1 ? like->shape[1] : 1});
        if (x == NULL)
            return gd_message_status();
        for (int64_t i = 0, row = 0; i < count; ++i) {
            gd_examples part = *parts[i];
            gd_tensor to = gd_tensor_slice(x, 0, row, row + gd__examples_rows(&part), 1);
            gd_tensor_copy(&to, *tensor_at(&part, k));
            row += gd__examples_rows(&part);
        }
    }
    return GD_OK;
}

void gd__examples_count(const gd_examples *examples, int64_t classes, double *counts)
{
    memset(counts, 0, (size_t)classes * sizeof *counts);
    for (int64_t i = 0; i < gd__examples_rows(examples); ++i)
        ++counts[((const int64_t *)examples->y->data)[i]];
}
