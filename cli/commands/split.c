/* gradus split: splits a table into several files. */
#include "cli/files/tables.h"
#include "cli/system/memory.h"
#include "cli/system/print.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_PARTS = 32 };

typedef struct parts {
    int count;
    double fraction[MOST_PARTS];
    char *path[MOST_PARTS]; /* in `paths` */
    const char *format[MOST_PARTS];
    gd_tensor *rows[MOST_PARTS];
    char *paths; /* what --out says, cut at its commas */
} parts;

static void free_parts(parts *p)
{
    for (int i = 0; i < p->count; ++i)
        gd_tensor_destroy(p->rows[i]);
    free(p->paths);
}

/* ---- options ---- */

static int read_fractions(const cli_options *options, parts *p)
{
    double sum = 0;
    if (options->fractions == NULL || options->out == NULL)
        return cli_usage_error(options, "--%s is missing",
                               options->fractions == NULL ? "fractions" : "out");
    for (const char *at = options->fractions; at != NULL;) {
        char *end;
        double fraction = strtod(at, &end);
        if (end == at || strchr(",", *end) == NULL || !(fraction > 0 && fraction < 1))
            return cli_usage_error(options,
                                   "--fractions takes numbers above 0 and below 1, separated by "
                                   "commas, not \"%s\"",
                                   options->fractions);
        if (p->count == MOST_PARTS)
            return cli_usage_error(options, "--fractions takes at most %d parts", MOST_PARTS);
        p->fraction[p->count++] = fraction;
        sum += fraction;
        at = *end == ',' ? end + 1 : NULL;
    }
    if (sum > 1 + 1e-9) /* 0.7,0.2,0.1 is a little more than 1 */
        return cli_usage_error(options, "--fractions must sum to at most 1, not \"%s\"",
                               options->fractions);
    return CLI_OK;
}

static int read_paths(const cli_options *options, parts *p)
{
    int count = 0;
    p->paths = cli_strdup(options->out);
    for (char *at = p->paths; at != NULL; ++count) {
        char *comma = strchr(at, ',');
        if (comma != NULL)
            *comma = '\0';
        if (count < p->count)
            p->path[count] = at;
        at = comma != NULL ? comma + 1 : NULL;
    }
    if (count != p->count)
        return cli_usage_error(options, "--fractions are %d, but --out names %d files", p->count,
                               count);
    for (int i = 0; i < count; ++i) {
        for (int j = 0; j < i; ++j)
            if (strcmp(p->path[i], p->path[j]) == 0)
                return cli_usage_error(options, "--out names \"%s\" twice", p->path[i]);
        if (cli_check_output(options, "out", p->path[i]) != CLI_OK)
            return CLI_USAGE;
        p->format[i] = cli_format_of(options, p->path[i]);
        if (p->format[i] == NULL)
            return CLI_USAGE;
    }
    return CLI_OK;
}

/* ---- dealing ---- */

/* The class of each row, [rows] int64; missing values are one more class. */
static gd_tensor *classes_of(const gd_table *table, int column)
{
    int64_t rows = gd_table_rows(table), missing = gd_table_level_count(table, column);
    gd_tensor *classes = gd_tensor_create(GD_I64, GD_DIMS(rows));
    for (int64_t row = 0; row < rows; ++row) {
        int64_t code = gd_table_code(table, row, column);
        ((int64_t *)classes->data)[row] = code >= 0 ? code : missing;
    }
    return classes;
}

/* The group of each row, which the split keeps together, or its class, by which it stratifies:
 * [rows] int64. All are 0 without classes or with several targets. NULL after a message. */
static gd_tensor *kinds_of_rows(const cli_options *options, const gd_table *table)
{
    int group;
    if (options->fit.group != NULL) {
        gd_status status = gd_table_choose_column(table, "group", options->fit.group, &group);
        gd_tensor *groups = status == GD_OK ? gd_table_classes(table, group) : NULL;
        if (groups == NULL)
            cli_check(gd_message_status());
        return groups;
    }
    bool *targets = cli_choose_targets(options, table);
    if (targets == NULL)
        return NULL;
    int target = cli_only_target(table, targets);
    free(targets);
    return target >= 0 && gd_table_is_classes(table, target)
               ? classes_of(table, target)
               : gd_tensor_create(GD_I64, GD_DIMS(gd_table_rows(table)));
}

static int compare(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

/* x becomes its rows `indices`, in order. */
static void keep_rows(gd_tensor **x, const gd_tensor *indices)
{
    gd_tensor *kept = gd_take_rows(*x, indices);
    gd_tensor_destroy(*x);
    *x = kept;
}

/* A part: `fraction` of the rows that are left goes to *part, the others stay. */
static gd_status take_part(const cli_options *options, double fraction, gd_rng *rng,
                           gd_tensor **left, gd_tensor **kinds, gd_tensor **part)
{
    gd_tensor *others = NULL, *taken = NULL;
    gd_status status = options->fit.group != NULL
                           ? gd_split_grouped(*kinds, fraction, rng, &others, &taken)
                           : gd_split_stratified(*kinds, fraction, rng, &others, &taken);
    if (status == GD_OK) {
        qsort(others->data, (size_t)others->shape[0], sizeof(int64_t), compare);
        qsort(taken->data, (size_t)taken->shape[0], sizeof(int64_t), compare);
        *part = gd_take_rows(*left, taken);
        keep_rows(left, others);
        keep_rows(kinds, others);
    }
    gd_tensor_destroy(others);
    gd_tensor_destroy(taken);
    return status;
}

/* One part after the other, each from what the ones before have left. */
static int deal(const cli_options *options, const gd_table *table, gd_tensor **kinds, parts *p)
{
    gd_rng rng = {.key = options->fit.seed};
    gd_tensor *left = gd_tensor_create_arange(GD_I64, 0, (double)gd_table_rows(table), 1);
    gd_status status = GD_OK;
    int code = CLI_OK;
    double remaining = 1;
    for (int i = 0; i < p->count && status == GD_OK && code == CLI_OK; ++i) {
        double fraction = p->fraction[i] / remaining;
        if (fraction > 1 - 1e-9) { /* the last part is all that is left */
            p->rows[i] = left;
            left = NULL;
        } else {
            status = take_part(options, fraction, &rng, &left, kinds, &p->rows[i]);
        }
        if (status == GD_ERROR_VALUE || (status == GD_OK && p->rows[i]->shape[0] == 0))
            code = cli_error(CLI_DATA, "%s: too few rows for a fraction of %g",
                             gd_table_path(table), p->fraction[i]);
        remaining -= p->fraction[i];
    }
    gd_tensor_destroy(left);
    if (status == GD_OK || code != CLI_OK)
        return code;
    return cli_error(CLI_DATA, "%s", gd_message());
}

/* ---- writing ---- */

static int write_parts(const cli_options *options, const gd_table *table, const parts *p)
{
    int code = CLI_OK;
    for (int i = 0; i < p->count && code == CLI_OK; ++i)
        code = cli_write_table(options, table, p->rows[i], p->format[i], p->path[i]);
    for (int i = 0; i < p->count && code == CLI_OK; ++i)
        cli_print(stderr, "%s: %" PRId64 " rows\n", p->path[i], p->rows[i]->shape[0]);
    return code;
}

int cli_split(const cli_options *options)
{
    parts p = {.count = 0};
    gd_table *table = NULL;
    gd_tensor *kinds = NULL;
    int code = read_fractions(options, &p);
    if (code == CLI_OK)
        code = read_paths(options, &p);
    if (code == CLI_OK)
        table = cli_read_table(options, options->operands[0], "*", &code);
    if (table != NULL && (kinds = kinds_of_rows(options, table)) == NULL)
        code = CLI_DATA;
    if (kinds != NULL)
        code = deal(options, table, &kinds, &p);
    if (kinds != NULL && code == CLI_OK)
        code = write_parts(options, table, &p);
    gd_tensor_destroy(kinds);
    gd_table_destroy(table);
    free_parts(&p);
    return code;
}
