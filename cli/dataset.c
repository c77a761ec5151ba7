#include "cli/dataset.h"
#include "cli/cli.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- columns ---- */

/* Marks the columns of a list, or nothing where there is no list; an exit code. */
static int mark(const char *option, const char *list, const gd_table *table, bool *columns)
{
    if (list != NULL && gd_table_select(table, list, columns) != GD_OK)
        return cli_error(CLI_DATA, "--%s: %s", option, gd_message());
    return CLI_OK;
}

/* The one column of a list, or -1 where there is no list; an exit code. */
static int mark_one(const char *option, const char *list, const gd_table *table, int *column)
{
    *column = list != NULL ? cli_choose_column(table, option, list) : -1;
    return list != NULL && *column < 0 ? CLI_DATA : CLI_OK;
}

/* That there is a target; an exit code. */
static int check_targets(const cli_columns *columns, const gd_table *table)
{
    for (int j = 0; j < gd_table_columns(table); ++j)
        if (columns->targets[j])
            return CLI_OK;
    return cli_error(
        CLI_DATA,
        "%s: expected labels, found only images; put the labels into labels-idx1 beside "
        "images-idx3 (IDX) or into the array y (NPZ), or name a column to predict with --target",
        gd_table_path(table));
}

static int mark_targets(cli_columns *columns, const cli_options *options, const gd_table *table)
{
    bool *targets = cli_choose_targets(options, table);
    if (targets == NULL)
        return CLI_DATA;
    memcpy(columns->targets, targets, (size_t)gd_table_columns(table) * sizeof *targets);
    free(targets);
    return check_targets(columns, table);
}

/* A target is not what this option names, too; an exit code. */
static int check_apart(const cli_options *options, const gd_table *table, const bool *targets,
                       const char *option, const bool *named)
{
    int column = 0, count = gd_table_columns(table);
    while (column < count && !(targets[column] && named[column]))
        ++column;
    if (column == count)
        return CLI_OK;
    const char *name = gd_table_name(table, column);
    if (options->target != NULL || options->targets != NULL)
        return cli_usage_error(options, "--%s and --%s both name the column \"%.80s\"",
                               options->target != NULL ? "target" : "targets", option, name);
    return cli_usage_error(
        options,
        "--%s names the column \"%.80s\", which is the target unless --target names another column",
        option, name);
}

/* What is neither the target nor has another purpose; with --only, only those. */
static int mark_features(cli_columns *columns, const cli_options *options, const gd_table *table)
{
    int count = gd_table_columns(table), features = 0;
    bool *dropped = cli_calloc((size_t)count + 1, sizeof *dropped);
    if (dropped == NULL)
        return cli_error(CLI_RUNTIME, "no memory");
    int code = mark("drop", options->drop, table, dropped);
    if (code == CLI_OK)
        code = check_apart(options, table, columns->targets, "drop", dropped);
    if (code == CLI_OK)
        code = mark("only", options->only, table, columns->features);
    for (int j = 0; j < count; ++j) {
        bool free_to_use = !dropped[j] && !columns->targets[j] && !columns->ids[j] &&
                           j != columns->weight && j != columns->group;
        columns->features[j] = free_to_use && (options->only == NULL || columns->features[j]);
        features += columns->features[j];
    }
    free(dropped);
    if (code == CLI_OK && features == 0)
        code =
            cli_error(CLI_DATA, "%s: no column is left to use as a feature", gd_table_path(table));
    return code;
}

int cli_columns_choose(cli_columns *columns, const cli_options *options, const gd_table *table)
{
    size_t count = (size_t)gd_table_columns(table) + 1;
    bool *all = cli_calloc(6 * count, sizeof *all);
    if (all == NULL)
        return cli_error(CLI_RUNTIME, "no memory");
    *columns = (cli_columns){.targets = all,
                             .features = all + count,
                             .ids = all + 2 * count,
                             .categorical = all + 3 * count,
                             .numeric = all + 4 * count,
                             .text = all + 5 * count};
    int code = mark_targets(columns, options, table);
    if (code == CLI_OK)
        code = mark("id", options->id, table, columns->ids);
    if (code == CLI_OK)
        code = check_apart(options, table, columns->targets, "id", columns->ids);
    if (code == CLI_OK)
        code = mark_one("weight", options->weight, table, &columns->weight);
    if (code == CLI_OK)
        code = mark_one("group", options->group, table, &columns->group);
    if (code == CLI_OK)
        code = mark("categorical", options->categorical, table, columns->categorical);
    if (code == CLI_OK)
        code = mark("numeric", options->numeric, table, columns->numeric);
    if (code == CLI_OK)
        code = mark("text", options->text, table, columns->text);
    return code == CLI_OK ? mark_features(columns, options, table) : code;
}

void cli_columns_free(cli_columns *columns)
{
    free(columns->targets);
    *columns = (cli_columns){.targets = NULL};
}

/* ---- weights and groups ---- */

static int64_t row_at(const gd_tensor *rows, int64_t i)
{
    return ((const int64_t *)rows->data)[i];
}

int cli_weights_read(gd_tensor **weights, const cli_columns *columns, const gd_table *table,
                     const gd_tensor *rows)
{
    *weights = NULL;
    if (columns->weight < 0)
        return CLI_OK;
    *weights = gd_tensor_create(GD_F64, GD_DIMS(rows->shape[0]));
    if (*weights == NULL)
        return cli_error(CLI_RUNTIME, "%s", gd_message());
    for (int64_t i = 0; i < rows->shape[0]; ++i) {
        double weight = gd_table_number(table, row_at(rows, i), columns->weight);
        char place[32];
        if (!(weight >= 0 && isfinite(weight)))
            return cli_error(
                CLI_DATA, "%s%s: the weight in column \"%s\" must be a finite number of at least 0",
                gd_table_path(table), gd_table_place(table, row_at(rows, i), place),
                gd_table_name(table, columns->weight));
        ((double *)(*weights)->data)[i] = weight;
    }
    return CLI_OK;
}

int cli_drop_weightless(gd_table **table, int weight)
{
    int64_t n = weight >= 0 ? gd_table_rows(*table) : 0, kept = 0;
    gd_tensor *rows = gd_tensor_create(GD_I64, GD_DIMS(n));
    if (rows == NULL)
        return cli_error(CLI_RUNTIME, "%s", gd_message());
    for (int64_t row = 0; row < n; ++row)
        if (gd_table_number(*table, row, weight) != 0)
            ((int64_t *)rows->data)[kept++] = row;
    gd_table *taken = NULL;
    bool needed = kept > 0 && kept < n;
    if (needed) {
        gd_tensor some = gd_tensor_slice(rows, 0, 0, kept, 1);
        taken = gd_table_take_rows(*table, &some);
    }
    gd_tensor_destroy(rows);
    if (!needed)
        return CLI_OK;
    if (taken == NULL)
        return cli_error(CLI_RUNTIME, "%s", gd_message());
    gd_table_destroy(*table);
    *table = taken;
    return CLI_OK;
}

int cli_weights_check(const cli_columns *columns, const gd_table *table, const gd_tensor *rows)
{
    gd_tensor *weights;
    double sum = 0;
    int code = cli_weights_read(&weights, columns, table, rows);
    for (int64_t i = 0; code == CLI_OK && weights != NULL && i < rows->shape[0]; ++i)
        sum += ((const double *)weights->data)[i];
    if (code == CLI_OK && weights != NULL && !(sum > 0 && isfinite(sum)))
        code = cli_error(
            CLI_DATA,
            "%s: the sum of the weights in column \"%s\" is %g; expected a finite sum above 0",
            gd_table_path(table), gd_table_name(table, columns->weight), sum);
    gd_tensor_destroy(weights);
    return code;
}

int cli_groups_read(gd_tensor **groups, const cli_columns *columns, const gd_table *table,
                    const gd_tensor *rows)
{
    *groups = NULL;
    if (columns->group < 0)
        return CLI_OK;
    *groups = gd_tensor_create(GD_I64, GD_DIMS(rows->shape[0]));
    if (*groups == NULL)
        return cli_error(CLI_RUNTIME, "%s", gd_message());
    for (int64_t i = 0; i < rows->shape[0]; ++i) {
        int64_t row = row_at(rows, i), group = gd_table_code(table, row, columns->group);
        char place[32];
        if (group < 0)
            return cli_error(CLI_DATA, "%s%s: the group in column \"%s\" is missing",
                             gd_table_path(table), gd_table_place(table, row, place),
                             gd_table_name(table, columns->group));
        ((int64_t *)(*groups)->data)[i] = group;
    }
    return CLI_OK;
}

int64_t cli_groups_count(const gd_tensor *groups)
{
    int64_t n = groups->shape[0], most = 0, count = 0;
    const int64_t *group = groups->data;
    for (int64_t i = 0; i < n; ++i)
        most = group[i] > most ? group[i] : most;
    bool *seen = cli_calloc((size_t)most + 1, sizeof *seen);
    if (seen == NULL)
        return cli_error(CLI_RUNTIME, "no memory"), -1;
    for (int64_t i = 0; i < n; ++i) {
        count += !seen[group[i]];
        seen[group[i]] = true;
    }
    free(seen);
    return count;
}
