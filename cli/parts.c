#include "cli/parts.h"
#include "cli/cli.h"

/* What shares are kept of: the classes; of numbers and labels nothing, they all are of one kind. */
static gd_tensor *kinds(const cli_target *target, const cli_truth *truth)
{
    return target->classes != NULL ? gd_tensor_create_copy(truth->y)
                                   : gd_tensor_create(GD_I64, GD_DIMS(truth->y->shape[0]));
}

gd_tensor *cli_parts_fold(const cli_target *target, const cli_truth *truth, const gd_tensor *groups,
                          int k, uint64_t seed)
{
    gd_rng rng = {.key = seed};
    gd_tensor *labels = kinds(target, truth), *folds = NULL;
    if (labels != NULL)
        folds = groups != NULL ? gd_folds_grouped(groups, k, &rng)
                               : gd_folds_stratified(labels, k, &rng);
    gd_tensor_destroy(labels);
    if (folds == NULL)
        cli_error(CLI_RUNTIME, "%s", gd_message());
    return folds;
}

int cli_parts_split(const cli_target *target, const cli_truth *truth, const gd_tensor *groups,
                    double fraction, uint64_t seed, gd_tensor **train, gd_tensor **valid)
{
    gd_rng rng = {.key = seed};
    gd_tensor *labels = kinds(target, truth);
    gd_status status = GD_ERROR_MEMORY;
    if (labels != NULL)
        status = groups != NULL ? gd_split_grouped(groups, fraction, &rng, train, valid)
                                : gd_split_stratified(labels, fraction, &rng, train, valid);
    gd_tensor_destroy(labels);
    return status == GD_OK || status == GD_ERROR_VALUE ? CLI_OK
                                                       : cli_error(CLI_RUNTIME, "%s", gd_message());
}

int cli_part_take(cli_part *part, const gd_table *table, const cli_columns *columns,
                  const cli_truth *truth, const gd_tensor *indices)
{
    *part = (cli_part){.table = table};
    int code = cli_truth_take(&part->truth, truth, indices);
    return code == CLI_OK ? cli_weights_read(&part->weights, columns, table, part->truth.rows)
                          : code;
}

void cli_part_free(cli_part *part)
{
    cli_truth_free(&part->truth);
    gd_tensor_destroy(part->weights);
    *part = (cli_part){.table = NULL};
}
