/* gradus train: which rows train, and which validate. */
#include "cli/cli.h"
#include "cli/training.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* Cross-validation costs as much memory and time as there are folds. */
enum { FOLDS = 5, MOST_FOLDED_ROWS = 20000, MOST_FOLDED_CELLS = 4000000 };
static const int64_t most_folded_features =
    1 << 25; /* in all rows: 128 MB, of which each fold holds its own */
static const double default_fraction = 0.1; /* of a table that is too large for it */

/* Features of the whole table; 0 where they cannot be learnt, which is told where they are needed. */
static int64_t count_features(const cli_training *t)
{
    gd_encoder *encoder = cli_encoder_fit(&t->view, t->table, t->truth.rows);
    int64_t width = encoder != NULL ? gd_encoder_width(encoder) : 0;
    gd_encoder_destroy(encoder);
    return width;
}

/* units: the rows or groups that can be dealt. */
static int folds_wanted(const cli_training *t, int64_t units)
{
    const cli_options *o = t->options;
    int64_t rows = t->truth.y->shape[0];
    if (o->valid != NULL || o->valid_frac.given)
        return 1;
    if (o->folds.given)
        return (int)o->folds.value;
    if (rows > MOST_FOLDED_ROWS || rows * gd_table_columns(t->table) > MOST_FOLDED_CELLS)
        return 1;
    if (rows * count_features(t) > most_folded_features)
        return 1;
    return units < FOLDS ? (int)units : FOLDS;
}

/* Whether so many bytes are to be had. (volatile: else the compiler may leave both calls out.) */
static bool is_room(double bytes)
{
    void *volatile memory = bytes < (double)(SIZE_MAX / 2) ? malloc((size_t)bytes + 1) : NULL;
    free(memory);
    return memory != NULL;
}

/* That there is memory for what is said of each class in each row, before work begins. */
static int check_room(const cli_training *t, int folds)
{
    const cli_options *o = t->options;
    double rows = (double)t->truth.y->shape[0], outputs = (double)t->objective.outputs;
    double judged = folds > 1 ? rows : default_fraction * rows;
    bool network = strcmp(o->model, "mlp") == 0;
    bool whole = strcmp(o->optim, "lbfgs") == 0 || (strcmp(o->optim, "auto") == 0 && !network);
    double bytes = outputs * (judged * (2 * sizeof(float) + sizeof(double)) +
                              (whole ? rows * 2 * sizeof(float) : 0));
    if (is_room(bytes))
        return CLI_OK;
    return cli_error(
        CLI_RUNTIME,
        "%s: %.0f outputs for %.0f rows take %.1f GB of memory in training, more than is "
        "available; use fewer classes, fewer rows, or --model mlp with --valid-frac",
        gd_table_path(t->table), outputs, rows, bytes / 1e9);
}

static int check_folds(const cli_training *t, int count, int64_t units)
{
    const char *what = t->columns.group >= 0 ? "groups" : "rows";
    if (t->options->valid != NULL)
        return CLI_OK;
    if (units < 2)
        return cli_error(CLI_DATA,
                         "%s: column \"%s\" has only one group; validation needs at least two "
                         "groups, or --valid",
                         gd_table_path(t->table), gd_table_name(t->table, t->columns.group));
    if (count > units)
        return cli_error(CLI_DATA,
                         "%s: --folds takes at most the number of %s, %" PRId64 ", not %d",
                         gd_table_path(t->table), what, units, count);
    return CLI_OK;
}

/* Rows of the table as a pair. */
static int take_pair(cli_training *t, int k, const gd_tensor *train, const gd_tensor *valid)
{
    cli_validation *v = &t->validation;
    int code = cli_part_take(&v->train[k], t->table, &t->columns, &t->truth, train);
    return code == CLI_OK ? cli_part_take(&v->valid[k], t->table, &t->columns, &t->truth, valid)
                          : code;
}

static int make_folds(cli_training *t, const gd_tensor *groups, int count)
{
    gd_tensor *folds = cli_parts_fold(&t->model.target, &t->truth, groups, count, t->options->seed);
    int code = folds != NULL ? CLI_OK : CLI_DATA;
    for (int k = 0; code == CLI_OK && k < count; ++k) {
        gd_tensor *train, *valid;
        if (gd_fold_rows(folds, k, &train, &valid) != GD_OK)
            code = cli_error(CLI_DATA, "%s", gd_message());
        else
            code = take_pair(t, k, train, valid);
        gd_tensor_destroy(train);
        gd_tensor_destroy(valid);
    }
    gd_tensor_destroy(folds);
    return code;
}

static int make_split(cli_training *t, const gd_tensor *groups)
{
    gd_optional given = t->options->valid_frac;
    gd_tensor *train = NULL, *valid = NULL;
    int code = cli_parts_split(&t->model.target, &t->truth, groups,
                               given.given ? given.value : default_fraction, t->options->seed,
                               &train, &valid);
    if (code == CLI_OK && train == NULL)
        code = cli_error(CLI_DATA, "%s: too few rows to hold some out for validation",
                         gd_table_path(t->table));
    if (code == CLI_OK)
        code = take_pair(t, 0, train, valid);
    gd_tensor_destroy(train);
    gd_tensor_destroy(valid);
    return code;
}

/* The table trains, the one of --valid validates. */
static int pair_tables(cli_training *t)
{
    cli_validation *v = &t->validation;
    gd_tensor *all = gd_tensor_create_arange(GD_I64, 0, (double)t->truth.y->shape[0], 1);
    int code = all != NULL ? cli_part_take(&v->train[0], t->table, &t->columns, &t->truth, all)
                           : cli_error(CLI_RUNTIME, "%s", gd_message());
    gd_tensor_destroy(all);
    v->valid[0] = (cli_part){.table = t->valid_table};
    if (code == CLI_OK)
        code = cli_truth_read_some(&v->valid[0].truth, &t->model.target, t->valid_table);
    return code;
}

int cli_training_deal_rows(cli_training *t)
{
    gd_tensor *groups;
    int code = cli_groups_read(&groups, &t->columns, t->table, t->truth.rows);
    int64_t units =
        code != CLI_OK || groups == NULL ? t->truth.y->shape[0] : cli_groups_count(groups);
    int count = folds_wanted(t, units);
    if (code == CLI_OK)
        code = units < 0 ? CLI_RUNTIME : check_folds(t, count, units);
    if (code == CLI_OK)
        code = check_room(t, count);
    if (code == CLI_OK)
        code = cli_validation_create(&t->validation, count);
    if (code == CLI_OK && t->valid_table != NULL)
        code = pair_tables(t);
    else if (code == CLI_OK)
        code = count > 1 ? make_folds(t, groups, count) : make_split(t, groups);
    gd_tensor_destroy(groups);
    if (code == CLI_OK)
        code = cli_validation_join(&t->validation);
    return code;
}
