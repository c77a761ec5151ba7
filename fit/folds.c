/* Folds: which rows are trained on, and which are for validation. */
#include "fit/fit_state.h"

#include <inttypes.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

/* Memory and time of cross-validation grow with the number of folds, so large tables are split
 * once. */
enum { FOLDS = 5, MOST_FOLDED_ROWS = 20000, MOST_FOLDED_CELLS = 4000000 };
static const int64_t most_folded_features = 1 << 25; /* features times rows: 128 MB for each fold */
static const double default_fraction = 0.1;          /* held out of a large table */

/* ---- features ---- */

/* Names the reasons, those of the first columns. */
static bool fail_no_features(const gd_encoder *encoder, const gd_examples *examples,
                             const gd_table *table)
{
    enum { SHOWN = 3 };
    char reasons[1200] = "";
    int64_t count = 0;
    size_t end = 0;
    for (const char *note; (note = gd_encoder_note(encoder, count)) != NULL; ++count)
        if (count < SHOWN && end < sizeof reasons)
            end += (size_t)snprintf(reasons + end, sizeof reasons - end, "%s%s",
                                    count > 0 ? "; " : "", note);
    if (count > SHOWN && end < sizeof reasons)
        snprintf(reasons + end, sizeof reasons - end, "; and %" PRId64 " more", count - SHOWN);
    return gd__fail_false(GD_ERROR_VALUE,
                          "%s: no column can be used as a feature (training rows: %" PRId64 "): %s",
                          gd_table_path(table), gd__examples_rows(examples), reasons);
}

static gd_encoder *fit_encoder(const gd__fit *fit, const gd_tensor *rows)
{
    const gd__columns *c = &fit->columns;
    return gd_encoder_fit(fit->table, c->features, rows,
                          &(gd_encoder_options){.words = c->text,
                                                .categorical = c->categorical,
                                                .numeric = c->numeric});
}

static bool make_batch(gd_batch *batch, const gd__fit *fit, const gd_encoder *encoder,
                       const gd_table *table, const gd_examples *examples)
{
    batch->x = gd_encoder_apply(encoder, table, examples->rows, NULL);
    if (batch->x == NULL)
        return gd__data_failure();
    if (gd_encoder_width(encoder) == 0)
        return fail_no_features(encoder, examples, table);
    return gd__batch_of(batch, &fit->loss, &fit->model->target, examples);
}

bool gd__fold_encode(gd__fold *fold, const gd__fit *fit)
{
    if (fold->encoder == NULL)
        fold->encoder = fit_encoder(fit, fold->train.rows);
    if (fold->encoder == NULL)
        return gd__data_failure();
    return make_batch(&fold->train_batch, fit, fold->encoder, fit->table, &fold->train) &&
           (fold->valid.y == NULL ||
            make_batch(&fold->valid_batch, fit, fold->encoder, fold->valid_table, &fold->valid));
}

/* The features of the whole table; 0 if the encoder cannot be learnt, which is an error later. */
static int64_t count_features(gd__fit *fit)
{
    fit->all.encoder = fit_encoder(fit, fit->all.train.rows);
    return fit->all.encoder != NULL ? gd_encoder_width(fit->all.encoder) : 0;
}

/* ---- how many ---- */

/* units: the rows, or groups of rows, that can be split. */
static int folds_wanted(gd__fit *t, int64_t units)
{
    const gd_fit_options *o = t->options;
    int64_t rows = gd__examples_rows(&t->all.train);
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

/* Whether so many bytes can be allocated. (volatile: else the compiler may remove both calls.) */
static bool is_room(double bytes)
{
    void *volatile memory = bytes < (double)(SIZE_MAX / 2) ? malloc((size_t)bytes + 1) : NULL;
    free(memory);
    return memory != NULL;
}

/* Checks before any work that there is memory for the outputs of all rows. */
static bool check_room(const gd__fit *fit, int folds)
{
    const gd_fit_options *o = fit->options;
    double rows = (double)gd__examples_rows(&fit->all.train);
    double outputs = (double)fit->loss.outputs;
    double validated = folds > 1 ? rows : default_fraction * rows;
    bool network = o->model != NULL && strcmp(o->model, "mlp") == 0;
    bool automatic = o->optim == NULL || strcmp(o->optim, "auto") == 0;
    bool whole = automatic ? !network : strcmp(o->optim, "lbfgs") == 0;
    double bytes = outputs * (validated * (2 * sizeof(float) + sizeof(double)) +
                              (whole ? rows * 2 * sizeof(float) : 0));
    return is_room(bytes) ||
           gd__fail_false(GD_ERROR_MEMORY,
                          "%s: %.0f outputs for %.0f rows take %.1f GB of memory in training, more "
                          "than is available; use fewer classes, fewer rows, or .model mlp with "
                          ".valid_frac",
                          gd_table_path(fit->table), outputs, rows, bytes / 1e9);
}

static bool check_folds(const gd__fit *fit, int count, int64_t units)
{
    if (fit->valid == NULL && units < 2)
        return gd__fail_false(
            GD_ERROR_VALUE,
            "%s: column \"%s\" has only one group; validation needs at least two groups, or .valid",
            gd_table_path(fit->table), gd_table_name(fit->table, fit->columns.group));
    if (fit->valid == NULL && count > units)
        return gd__fail_false(
            GD_ERROR_VALUE, "%s: .folds takes at most the number of %s, %" PRId64 ", not %d",
            gd_table_path(fit->table), fit->columns.group >= 0 ? "groups" : "rows", units, count);
    return true;
}

/* ---- folds ---- */

/* Rows of the table as fold k. */
static bool take_fold(gd__fit *fit, int k, const gd_tensor *train, const gd_tensor *valid)
{
    gd__fold *fold = &fit->folds[k];
    fold->valid_table = fit->table;
    return gd__examples_take(&fold->train, &fit->all.train, train) &&
           gd__examples_take(&fold->valid, &fit->all.train, valid);
}

/* What the split is stratified by: the classes; numbers and labels are all of one kind. */
static gd_tensor *create_kinds(const gd_examples *examples)
{
    return examples->y->dtype == GD_I64
               ? gd_tensor_create_copy(examples->y)
               : gd_tensor_create(GD_I64, GD_DIMS(gd__examples_rows(examples)));
}

static bool cross_validate(gd__fit *fit, const gd_tensor *kinds, const gd_tensor *groups)
{
    gd_rng rng = {.key = fit->options->seed};
    gd_tensor *folds = groups != NULL ? gd_folds_grouped(groups, fit->count, &rng)
                                      : gd_folds_stratified(kinds, fit->count, &rng);
    bool ok = folds != NULL || gd__data_failure();
    for (int k = 0; ok && k < fit->count; ++k) {
        gd_tensor *train, *valid;
        ok = gd_fold_rows(folds, k, &train, &valid) == GD_OK && take_fold(fit, k, train, valid);
        gd_tensor_destroy(train);
        gd_tensor_destroy(valid);
    }
    gd_tensor_destroy(folds);
    return ok;
}

static bool hold_out(gd__fit *fit, const gd_tensor *kinds, const gd_tensor *groups)
{
    gd_rng rng = {.key = fit->options->seed};
    double fraction = gd__given(fit->options->valid_frac, default_fraction);
    gd_tensor *train = NULL, *valid = NULL;
    gd_status status = groups != NULL ? gd_split_grouped(groups, fraction, &rng, &train, &valid)
                                      : gd_split_stratified(kinds, fraction, &rng, &train, &valid);
    if (status == GD_ERROR_VALUE)
        gd_fail(GD_ERROR_VALUE, "%s: too few rows to hold some out for validation",
                gd_table_path(fit->table));
    bool ok = status == GD_OK && take_fold(fit, 0, train, valid);
    gd_tensor_destroy(train);
    gd_tensor_destroy(valid);
    return ok;
}

/* The table for training, the other one for validation. */
static bool use_tables(gd__fit *fit)
{
    gd__fold *fold = &fit->folds[0];
    gd_tensor *all =
        gd_tensor_create_arange(GD_I64, 0, (double)gd__examples_rows(&fit->all.train), 1);
    fold->valid_table = fit->valid;
    bool ok = all != NULL && gd__examples_take(&fold->train, &fit->all.train, all) &&
              gd_examples_read(&fold->valid, &fit->model->target, fit->valid) == GD_OK;
    gd_tensor_destroy(all);
    if (ok)
        gd__warn_unseen(fit, &fold->valid, fit->valid);
    return ok;
}

static bool make_folds(gd__fit *fit, const gd_tensor *groups)
{
    if (fit->valid != NULL)
        return use_tables(fit);
    gd_tensor *kinds = create_kinds(&fit->all.train);
    bool ok = kinds != NULL &&
              (fit->count > 1 ? cross_validate(fit, kinds, groups) : hold_out(fit, kinds, groups));
    gd_tensor_destroy(kinds);
    return ok;
}

/* One tensor of the validation rows of all folds, at this offset of gd_examples. */
static bool join(gd_tensor **whole, const gd__fit *fit, size_t offset)
{
    int64_t rows = 0, row = 0;
    for (int k = 0; k < fit->count; ++k)
        rows += gd__examples_rows(&fit->folds[k].valid);
    for (int k = 0; k < fit->count; ++k) {
        const gd_tensor *part =
            *(gd_tensor *const *)(const void *)((const char *)&fit->folds[k].valid + offset);
        if (part == NULL)
            return true;
        if (*whole == NULL && (*whole = gd__create_rows_like(part, rows)) == NULL)
            return false;
        gd_tensor to = gd_tensor_slice(*whole, 0, row, row + part->shape[0], 1);
        gd_tensor_copy(&to, part);
        row += part->shape[0];
    }
    return true;
}

static bool encode(void *context, int k)
{
    gd__fit *fit = context;
    return gd__fold_encode(k < fit->count ? &fit->folds[k] : &fit->all, fit);
}

static bool create(gd__fit *fit, const gd_tensor *groups, int64_t units)
{
    int count = folds_wanted(fit, units);
    if (!check_folds(fit, count, units) || !check_room(fit, count))
        return false;
    fit->folds = gd__zeros((size_t)count, sizeof *fit->folds);
    fit->count = fit->folds != NULL ? count : 0;
    gd_examples *e = &fit->examples;
    bool ok = fit->folds != NULL && make_folds(fit, groups) &&
              join(&e->rows, fit, offsetof(gd_examples, rows)) &&
              join(&e->y, fit, offsetof(gd_examples, y)) &&
              join(&e->mask, fit, offsetof(gd_examples, mask));
    bool all = count > 1 && ok; /* all rows will be needed, too */
    return ok && gd__run_tasks(fit->options->pool, count + all, encode, fit);
}

bool gd__folds_create(gd__fit *fit)
{
    gd_tensor *groups;
    int64_t units;
    bool ok = gd__groups_read(&groups, &units, &fit->columns, fit->table, fit->all.train.rows) &&
              create(fit, groups, units);
    gd_tensor_destroy(groups);
    return ok;
}
