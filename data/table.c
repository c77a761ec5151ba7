/* Columns of a table as tensors. */
#include "data/table.h"

#include <inttypes.h>
#include <locale.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

void gd_table_destroy(gd_table *table)
{
    if (table == NULL)
        return;
    size_t columns = (size_t)table->columns;
    for (int i = 0; table->levels != NULL && i < table->columns; ++i)
        if (table->levels[i] != NULL)
            gd__free(table->levels[i], table->levels_size[i]);
    gd__free(table->levels, columns * sizeof *table->levels);
    gd__free(table->levels_size, columns * sizeof *table->levels_size);
    gd__free(table->fields, table->fields_size);
    gd__free(table->row, table->row_size);
    gd__free(table->text, table->text_size);
    gd__free(table->path, table->path_size);
    gd__free(table, sizeof *table);
}

int64_t gd_table_rows(const gd_table *table)
{
    return table->rows;
}

int gd_table_columns(const gd_table *table)
{
    return table->columns;
}

const char *gd__field(const gd_table *table, int64_t row, int column)
{
    size_t index = (size_t)(row + 1) * (size_t)table->columns + (size_t)column;
    return table->text + table->fields[index];
}

const char *gd_table_name(const gd_table *table, int column)
{
    return column >= 0 && column < table->columns ? gd__field(table, -1, column) : NULL;
}

int gd_table_find(const gd_table *table, const char *name)
{
    for (int i = 0; i < table->columns; ++i)
        if (strcmp(gd__field(table, -1, i), name) == 0)
            return i;
    return -1;
}

void *gd__fail_field(const gd_table *table, int64_t row, int column, const char *expected)
{
    const gd__row *place = &table->row[row + 1];
    const char *field = gd__field(table, row, column);
    size_t at = (size_t)(field - table->text) - place->start + 1;
    return gd__fail_null("%s:%" PRId64 ":%zu: %s in column \"%s\", found \"%.40s\"", table->path,
                         place->line, at, expected, gd_table_name(table, column), field);
}

/* ---- numbers ---- */

static const char *skip_digits(const char *s)
{
    while (*s >= '0' && *s <= '9')
        ++s;
    return s;
}

static const char *skip_blanks(const char *s)
{
    while (*s == ' ' || *s == '\t')
        ++s;
    return s;
}

/* A decimal number, as in 12, -.5, 1e-3: its end, or NULL. strtod would take hexadecimal, inf and
 * nan too. */
static const char *end_of_number(const char *s)
{
    s += *s == '-' || *s == '+';
    const char *digits = s, *end = skip_digits(s);
    bool some = end > digits;
    if (*end == '.') {
        digits = end + 1;
        end = skip_digits(digits);
        some |= end > digits;
    }
    if (!some)
        return NULL;
    if (*end != 'e' && *end != 'E')
        return end;
    const char *exponent = end + 1;
    exponent += *exponent == '-' || *exponent == '+';
    end = skip_digits(exponent);
    return end > exponent ? end : NULL;
}

/* Most numbers in files: at most 15 digits and a small power of ten. Both are exact doubles, so
 * that one division or product is the only rounding. False for others. */
static bool parse_short(const char *s, double *value)
{
    static const double powers[] = {1e0, 1e1, 1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                    1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15};
    bool negative = *s == '-';
    int64_t digits = 0;
    int count = 0, after_point = 0;
    bool point = false;
    for (s += *s == '-' || *s == '+'; (*s >= '0' && *s <= '9') || *s == '.'; ++s) {
        if (*s == '.') {
            point = true;
            continue;
        }
        if (++count > 15)
            return false;
        digits = 10 * digits + (*s - '0');
        after_point += point;
    }
    if (*s == 'e' || *s == 'E')
        return false;
    double number = (double)digits / powers[after_point];
    *value = negative ? -number : number;
    return true;
}

static bool parse_number(const char *field, double *value)
{
    const char *s = skip_blanks(field), *end = end_of_number(s);
    if (end == NULL || *skip_blanks(end) != '\0')
        return false;
    if (!parse_short(s, value))
        *value = strtod(s, NULL);
    return true;
}

/* Writes the columns to x [rows, count]; false where a field is no number. */
static bool parse_columns(const gd_table *table, int first, gd_tensor *x)
{
    int64_t count = x->shape[1];
    for (int64_t row = 0; row < table->rows; ++row)
        for (int64_t j = 0; j < count; ++j) {
            double value;
            int column = first + (int)j;
            if (!parse_number(gd__field(table, row, column), &value)) {
                gd__fail_field(table, row, column, "a number is expected");
                return false;
            }
            if (!isfinite(x->dtype == GD_F32 ? (double)(float)value : value)) {
                gd__fail_field(table, row, column, "a number that is not too large is expected");
                return false;
            }
            if (x->dtype == GD_F32)
                ((float *)x->data)[row * count + j] = (float)value;
            else
                ((double *)x->data)[row * count + j] = value;
        }
    return true;
}

gd_tensor *gd_table_numbers(const gd_table *table, int first, int count, gd_dtype dtype)
{
    if (table == NULL || first < 0 || count < 0 || count > table->columns - first)
        return gd__fail_null("table_numbers: there are no columns %d to %d", first,
                             first + count - 1);
    if (!gd_dtype_is_float(dtype))
        return gd__fail_null("table_numbers: %s; float32 or float64 is needed",
                             gd_dtype_name(dtype));
    gd_tensor *x = gd_tensor_create(dtype, GD_DIMS(table->rows, count));
    if (x == NULL)
        return NULL;
    /* strtod reads the thread's decimal point: it is to be '.', whatever the program has chosen. */
    locale_t c_locale = newlocale(LC_ALL_MASK, "C", (locale_t)0);
    if (c_locale == (locale_t)0) {
        gd_tensor_destroy(x);
        return gd__fail_null("table_numbers: no memory");
    }
    locale_t before = uselocale(c_locale);
    bool parsed = parse_columns(table, first, x);
    uselocale(before);
    freelocale(c_locale);
    if (parsed)
        return x;
    gd_tensor_destroy(x);
    return NULL;
}

/* ---- classes ---- */

static int compare_texts(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Sorted distinct texts of a column, NULL-ended, kept in the table. */
static const char **find_levels(gd_table *table, int column)
{
    size_t rows = (size_t)table->rows, count = 0, size = (rows + 1) * sizeof(char *);
    if (table->levels[column] != NULL)
        return table->levels[column];
    const char **levels = gd__allocate(size);
    if (levels == NULL)
        return gd__fail_null("table_classes: no memory");
    for (size_t i = 0; i < rows; ++i)
        levels[i] = gd__field(table, (int64_t)i, column);
    qsort(levels, rows, sizeof *levels, compare_texts);
    for (size_t i = 0; i < rows; ++i)
        if (count == 0 || strcmp(levels[count - 1], levels[i]) != 0)
            levels[count++] = levels[i];
    levels[count] = NULL;
    table->levels[column] = levels;
    table->levels_size[column] = size;
    return levels;
}

gd_tensor *gd_table_classes(gd_table *table, int column)
{
    if (table == NULL || gd_table_name(table, column) == NULL)
        return gd__fail_null("table_classes: there is no column %d", column);
    const char **levels = find_levels(table, column);
    gd_tensor *classes = levels != NULL ? gd_tensor_create(GD_I64, GD_DIMS(table->rows)) : NULL;
    if (classes == NULL)
        return NULL;
    size_t count = 0;
    while (levels[count] != NULL)
        ++count;
    for (int64_t row = 0; row < table->rows; ++row) {
        const char *text = gd__field(table, row, column);
        const char **found = bsearch(&text, levels, count, sizeof *levels, compare_texts);
        ((int64_t *)classes->data)[row] = found - levels;
    }
    return classes;
}

const char *gd_table_class_name(const gd_table *table, int column, int64_t index)
{
    if (gd_table_name(table, column) == NULL || table->levels[column] == NULL || index < 0)
        return NULL;
    const char *const *level = table->levels[column];
    for (; index > 0 && *level != NULL; --index)
        ++level;
    return *level;
}
