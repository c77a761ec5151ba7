/* Column roles from the options; sample weights and groups. */
#include "fit/target/columns.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

/* ---- columns ---- */

/* Adds the columns of the option's list, if there is one. */
static bool choose(const gd_table *table, const char *option, const char *list, bool *chosen)
{
    if (list == NULL || gd_table_select(table, list, chosen) == GD_OK)
        return true;
    gd__data_failure();
    return gd__fail_false(gd_message_status(), ".%s: %s", option, gd_message());
}

gd_status gd_table_choose_column(const gd_table *table, const char *option, const char *list,
                                 int *column)
{
    size_t columns = (size_t)gd_table_columns(table) + 1;
    int count = 0;
    *column = -1;
    bool *chosen = gd__zeros(columns, sizeof *chosen);
    bool ok = chosen != NULL && choose(table, option, list, chosen);
    for (int j = 0; ok && j < gd_table_columns(table); ++j)
        if (chosen[j]) {
            *column = j;
            ++count;
        }
    gd_free(chosen, columns);
    return count <= 1 ? gd__status(ok)
                      : gd_fail(GD_ERROR_VALUE, ".%s takes one column; \"%s\" are %d", option, list,
                                count);
}

gd_status gd_table_choose_targets(const gd_table *table, const char *target, const char *targets,
                                  bool *chosen)
{
    int column;
    gd_status status = gd_table_choose_column(table, "target", target, &column);
    if (status == GD_OK && column >= 0)
        chosen[column] = true;
    else if (status == GD_OK && targets != NULL)
        status = gd__status(choose(table, "targets", targets, chosen));
    else if (status == GD_OK)
        gd_table_default_targets(table, chosen);
    return status;
}

/* No column is both a target and one of this option. */
static bool check_apart(const gd_fit_options *o, const gd_table *table, const bool *targets,
                        const char *option, const bool *named)
{
    int column = 0, count = gd_table_columns(table);
    while (column < count && !(targets[column] && named[column]))
        ++column;
    if (column == count)
        return true;
    const char *name = gd_table_name(table, column);
    if (o->target != NULL || o->targets != NULL)
        return gd__fail_false(GD_ERROR_ARGUMENT, ".%s and .%s both name the column \"%.80s\"",
                              o->target != NULL ? "target" : "targets", option, name);
    return gd__fail_false(
        GD_ERROR_ARGUMENT,
        ".%s names the column \"%.80s\", which is the target unless .target names another column",
        option, name);
}

static bool check_targets(const gd__columns *columns, const gd_table *table)
{
    return memchr(columns->targets, true, (size_t)columns->count) != NULL ||
           gd__fail_false(
               GD_ERROR_VALUE,
               "%s: expected labels, found only images; put the labels into labels-idx1 beside "
               "images-idx3 (IDX) or into the array y (NPZ), or name a column to predict with "
               ".target",
               gd_table_path(table));
}

/* The columns without another purpose; with .only, only those of its list. */
static bool mark_features(gd__columns *c, const gd_fit_options *o, const gd_table *table,
                          const bool *dropped)
{
    int features = 0;
    for (int j = 0; j < c->count; ++j) {
        bool unused =
            !dropped[j] && !c->targets[j] && !c->ids[j] && j != c->weight && j != c->group;
        c->features[j] = unused && (o->only == NULL || c->features[j]);
        features += c->features[j];
    }
    return features > 0 ||
           gd__fail_false(GD_ERROR_VALUE, "%s: no column is left to use as a feature",
                          gd_table_path(table));
}

static size_t lists_size(const gd__columns *columns)
{
    return 7 * ((size_t)columns->count + 1) * sizeof(bool);
}

bool gd__columns_choose(gd__columns *columns, const gd_fit_options *options, const gd_table *table)
{
    const gd_fit_options *o = options;
    gd__columns *c = columns;
    *c = (gd__columns){.count = gd_table_columns(table)};
    size_t n = (size_t)c->count + 1;
    bool *all = gd__zeros(lists_size(c), 1), *dropped = all + 6 * n;
    if (all == NULL)
        return false;
    c->targets = all;
    c->features = all + n;
    c->ids = all + 2 * n;
    c->categorical = all + 3 * n;
    c->numeric = all + 4 * n;
    c->text = all + 5 * n;
    return gd_table_choose_targets(table, o->target, o->targets, c->targets) == GD_OK &&
           check_targets(c, table) && choose(table, "id", o->id, c->ids) &&
           check_apart(o, table, c->targets, "id", c->ids) &&
           gd_table_choose_column(table, "weight", o->weight, &c->weight) == GD_OK &&
           gd_table_choose_column(table, "group", o->group, &c->group) == GD_OK &&
           choose(table, "categorical", o->categorical, c->categorical) &&
           choose(table, "numeric", o->numeric, c->numeric) &&
           choose(table, "text", o->text, c->text) && choose(table, "drop", o->drop, dropped) &&
           check_apart(o, table, c->targets, "drop", dropped) &&
           choose(table, "only", o->only, c->features) && mark_features(c, o, table, dropped);
}

void gd__columns_free(gd__columns *columns)
{
    gd_free(columns->targets, lists_size(columns));
    *columns = (gd__columns){.targets = NULL};
}

/* ---- weights and groups ---- */

static int64_t row_at(const gd_tensor *rows, int64_t i)
{
    return ((const int64_t *)rows->data)[i];
}

bool gd__weights_read(gd_examples *examples, const gd__columns *columns, const gd_table *table)
{
    const gd_tensor *rows = examples->rows;
    double sum = 0;
    if (columns->weight < 0)
        return true;
    examples->weights = gd_tensor_create(GD_F64, 1, rows->shape);
    if (examples->weights == NULL)
        return false;
    for (int64_t i = 0; i < rows->shape[0]; ++i) {
        double weight = gd_table_number(table, row_at(rows, i), columns->weight);
        char place[32];
        if (!(weight >= 0 && isfinite(weight)))
            return gd__fail_false(
                GD_ERROR_VALUE,
                "%s%s: the weight in column \"%s\" must be a finite number of at least 0",
                gd_table_path(table), gd_table_place(table, row_at(rows, i), place),
                gd_table_name(table, columns->weight));
        ((double *)examples->weights->data)[i] = weight;
        sum += weight;
    }
    return (sum > 0 && isfinite(sum)) ||
           gd__fail_false(GD_ERROR_VALUE,
                          "%s: the sum of the weights in column \"%s\" is %g; expected a finite "
                          "sum above 0",
                          gd_table_path(table), gd_table_name(table, columns->weight), sum);
}

bool gd__drop_weightless(gd_table **without, const gd_table *table, int column)
{
    int64_t n = column >= 0 ? gd_table_rows(table) : 0, kept = 0;
    gd_tensor *rows = gd_tensor_create(GD_I64, GD_DIMS(n));
    *without = NULL;
    for (int64_t row = 0; rows != NULL && row < n; ++row)
        if (gd_table_number(table, row, column) != 0)
            ((int64_t *)rows->data)[kept++] = row;
    bool needed = kept > 0 && kept < n, ok = rows != NULL;
    if (needed) {
        gd_tensor some = gd_tensor_slice(rows, 0, 0, kept, 1);
        *without = gd_table_take_rows(table, &some);
        ok = *without != NULL;
    }
    gd_tensor_destroy(rows);
    return ok;
}

/* The number of different groups; -1 and a message. */
static int64_t count_groups(const gd_tensor *groups)
{
    int64_t n = groups->shape[0], most = 0, count = 0;
    const int64_t *group = groups->data;
    for (int64_t i = 0; i < n; ++i)
        most = group[i] > most ? group[i] : most;
    bool *seen = gd__zeros((size_t)most + 1, sizeof *seen);
    for (int64_t i = 0; seen != NULL && i < n; ++i) {
        count += !seen[group[i]];
        seen[group[i]] = true;
    }
    gd_free(seen, (size_t)most + 1);
    return seen != NULL ? count : -1;
}

bool gd__groups_read(gd_tensor **groups, int64_t *count, const gd__columns *columns,
                     const gd_table *table, const gd_tensor *rows)
{
    *groups = NULL;
    *count = rows->shape[0];
    if (columns->group < 0)
        return true;
    *groups = gd_tensor_create(GD_I64, 1, rows->shape);
    for (int64_t i = 0; *groups != NULL && i < rows->shape[0]; ++i) {
        int64_t row = row_at(rows, i), group = gd_table_code(table, row, columns->group);
        char place[32];
        if (group < 0)
            return gd__fail_false(GD_ERROR_VALUE, "%s%s: the group in column \"%s\" is missing",
                                  gd_table_path(table), gd_table_place(table, row, place),
                                  gd_table_name(table, columns->group));
        ((int64_t *)(*groups)->data)[i] = group;
    }
    *count = *groups != NULL ? count_groups(*groups) : -1;
    return *count >= 0;
}
