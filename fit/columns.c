#include "fit/columns.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

/* ---- columns ---- */

gd_status gd_table_choose_columns(const gd_table *table, const char *option, const char *list,
                                  bool *chosen)
{
    if (list == NULL || gd_table_select(table, list, chosen) == GD_OK)
        return GD_OK;
    return gd__fail(gd__data_failure(), ".%s: %s", option, gd_message());
}

gd_status gd_table_choose_column(const gd_table *table, const char *option, const char *list,
                                 int *column)
{
    size_t columns = (size_t)gd_table_columns(table) + 1;
    int count = 0;
    *column = -1;
    if (list == NULL)
        return GD_OK;
    bool *chosen = gd__zeros(columns, sizeof *chosen);
    gd_status status =
        chosen != NULL ? gd_table_choose_columns(table, option, list, chosen) : GD_ERROR_MEMORY;
    for (int j = 0; status == GD_OK && j < gd_table_columns(table); ++j)
        if (chosen[j]) {
            *column = j;
            ++count;
        }
    gd__free(chosen, columns);
    return count <= 1 ? status
                      : gd__fail(GD_ERROR_VALUE, ".%s takes one column; \"%s\" are %d", option,
                                 list, count);
}

gd_status gd_table_choose_targets(const gd_table *table, const char *target, const char *targets,
                                  bool *chosen)
{
    int column;
    gd_status status = gd_table_choose_column(table, "target", target, &column);
    if (status == GD_OK && column >= 0)
        chosen[column] = true;
    else if (status == GD_OK && targets != NULL)
        status = gd_table_choose_columns(table, "targets", targets, chosen);
    else if (status == GD_OK)
        gd_table_default_targets(table, chosen);
    return status;
}

/* A target is not what this option names, too. */
static gd_status check_apart(const gd_fit_options *o, const gd_table *table, const bool *targets,
                             const char *option, const bool *named)
{
    int column = 0, count = gd_table_columns(table);
    while (column < count && !(targets[column] && named[column]))
        ++column;
    if (column == count)
        return GD_OK;
    const char *name = gd_table_name(table, column);
    if (o->target != NULL || o->targets != NULL)
        return gd__fail(GD_ERROR_ARGUMENT, ".%s and .%s both name the column \"%.80s\"",
                        o->target != NULL ? "target" : "targets", option, name);
    return gd__fail(
        GD_ERROR_ARGUMENT,
        ".%s names the column \"%.80s\", which is the target unless .target names another column",
        option, name);
}

static gd_status check_targets(const gd__columns *columns, const gd_table *table)
{
    if (memchr(columns->targets, true, (size_t)columns->count) != NULL)
        return GD_OK;
    return gd__fail(
        GD_ERROR_VALUE,
        "%s: expected labels, found only images; put the labels into labels-idx1 beside "
        "images-idx3 (IDX) or into the array y (NPZ), or name a column to predict with .target",
        gd_table_path(table));
}

/* What is neither the target nor has another purpose; with .only, only those. */
static gd_status mark_features(gd__columns *columns, const gd_fit_options *o, const gd_table *table,
                               bool *dropped)
{
    int features = 0;
    gd_status status = gd_table_choose_columns(table, "drop", o->drop, dropped);
    if (status == GD_OK)
        status = check_apart(o, table, columns->targets, "drop", dropped);
    if (status == GD_OK)
        status = gd_table_choose_columns(table, "only", o->only, columns->features);
    for (int j = 0; j < columns->count; ++j) {
        bool free_to_use = !dropped[j] && !columns->targets[j] && !columns->ids[j] &&
                           j != columns->weight && j != columns->group;
        columns->features[j] = free_to_use && (o->only == NULL || columns->features[j]);
        features += columns->features[j];
    }
    if (status == GD_OK && features == 0)
        status = gd__fail(GD_ERROR_VALUE, "%s: no column is left to use as a feature",
                          gd_table_path(table));
    return status;
}

static size_t lists_size(const gd__columns *columns)
{
    return 7 * ((size_t)columns->count + 1) * sizeof(bool);
}

gd_status gd__columns_choose(gd__columns *columns, const gd_fit_options *options,
                             const gd_table *table)
{
    const gd_fit_options *o = options;
    *columns = (gd__columns){.count = gd_table_columns(table)};
    size_t n = (size_t)columns->count + 1;
    bool *all = gd__zeros(lists_size(columns), 1);
    if (all == NULL)
        return GD_ERROR_MEMORY;
    columns->targets = all;
    columns->features = all + n;
    columns->ids = all + 2 * n;
    columns->categorical = all + 3 * n;
    columns->numeric = all + 4 * n;
    columns->text = all + 5 * n;
    gd_status status = gd_table_choose_targets(table, o->target, o->targets, columns->targets);
    if (status == GD_OK)
        status = check_targets(columns, table);
    if (status == GD_OK)
        status = gd_table_choose_columns(table, "id", o->id, columns->ids);
    if (status == GD_OK)
        status = check_apart(o, table, columns->targets, "id", columns->ids);
    if (status == GD_OK)
        status = gd_table_choose_column(table, "weight", o->weight, &columns->weight);
    if (status == GD_OK)
        status = gd_table_choose_column(table, "group", o->group, &columns->group);
    if (status == GD_OK)
        status =
            gd_table_choose_columns(table, "categorical", o->categorical, columns->categorical);
    if (status == GD_OK)
        status = gd_table_choose_columns(table, "numeric", o->numeric, columns->numeric);
    if (status == GD_OK)
        status = gd_table_choose_columns(table, "text", o->text, columns->text);
    return status == GD_OK ? mark_features(columns, o, table, all + 6 * n) : status;
}

void gd__columns_free(gd__columns *columns)
{
    gd__free(columns->targets, lists_size(columns));
    *columns = (gd__columns){.targets = NULL};
}

/* ---- weights and groups ---- */

static int64_t row_at(const gd_tensor *rows, int64_t i)
{
    return ((const int64_t *)rows->data)[i];
}

gd_status gd__weights_read(gd_examples *examples, const gd__columns *columns, const gd_table *table)
{
    const gd_tensor *rows = examples->rows;
    double sum = 0;
    if (columns->weight < 0)
        return GD_OK;
    examples->weights = gd_tensor_create(GD_F64, 1, rows->shape);
    if (examples->weights == NULL)
        return gd_message_status();
    for (int64_t i = 0; i < rows->shape[0]; ++i) {
        double weight = gd_table_number(table, row_at(rows, i), columns->weight);
        char place[32];
        if (!(weight >= 0 && isfinite(weight)))
            return gd__fail(
                GD_ERROR_VALUE,
                "%s%s: the weight in column \"%s\" must be a finite number of at least 0",
                gd_table_path(table), gd_table_place(table, row_at(rows, i), place),
                gd_table_name(table, columns->weight));
        ((double *)examples->weights->data)[i] = weight;
        sum += weight;
    }
    return sum > 0 && isfinite(sum)
               ? GD_OK
               : gd__fail(GD_ERROR_VALUE,
                          "%s: the sum of the weights in column \"%s\" is %g; expected a finite "
                          "sum above 0",
                          gd_table_path(table), gd_table_name(table, columns->weight), sum);
}

gd_status gd__drop_weightless(gd_table **without, const gd_table *table, int column)
{
    int64_t n = column >= 0 ? gd_table_rows(table) : 0, kept = 0;
    gd_tensor *rows = gd_tensor_create(GD_I64, GD_DIMS(n));
    *without = NULL;
    if (rows == NULL)
        return gd_message_status();
    for (int64_t row = 0; row < n; ++row)
        if (gd_table_number(table, row, column) != 0)
            ((int64_t *)rows->data)[kept++] = row;
    bool needed = kept > 0 && kept < n;
    if (needed) {
        gd_tensor some = gd_tensor_slice(rows, 0, 0, kept, 1);
        *without = gd_table_take_rows(table, &some);
    }
    gd_tensor_destroy(rows);
    return !needed || *without != NULL ? GD_OK : gd_message_status();
}

/* Different ones; -1 and a message. */
static int64_t count_groups(const gd_tensor *groups)
{
    int64_t n = groups->shape[0], most = 0, count = 0;
    const int64_t *group = groups->data;
    for (int64_t i = 0; i < n; ++i)
        most = group[i] > most ? group[i] : most;
    bool *seen = gd__zeros((size_t)most + 1, sizeof *seen);
    if (seen == NULL)
        return -1;
    for (int64_t i = 0; i < n; ++i) {
        count += !seen[group[i]];
        seen[group[i]] = true;
    }
    gd__free(seen, (size_t)most + 1);
    return count;
}

gd_status gd__groups_read(gd_tensor **groups, int64_t *count, const gd__columns *columns,
                          const gd_table *table, const gd_tensor *rows)
{
    *groups = NULL;
    *count = rows->shape[0];
    if (columns->group < 0)
        return GD_OK;
    *groups = gd_tensor_create(GD_I64, 1, rows->shape);
    if (*groups == NULL)
        return gd_message_status();
    for (int64_t i = 0; i < rows->shape[0]; ++i) {
        int64_t row = row_at(rows, i), group = gd_table_code(table, row, columns->group);
        char place[32];
        if (group < 0)
            return gd__fail(GD_ERROR_VALUE, "%s%s: the group in column \"%s\" is missing",
                            gd_table_path(table), gd_table_place(table, row, place),
                            gd_table_name(table, columns->group));
        ((int64_t *)(*groups)->data)[i] = group;
    }
    *count = count_groups(*groups);
    return *count >= 0 ? GD_OK : GD_ERROR_MEMORY;
}
