/* gradus eval: how good a model is on a table whose targets are known. */
#include "cli/cli.h"
#include "cli/dataset.h"
#include "cli/score_report.h"
#include "cli/thresholds.h"

#include <inttypes.h>

static int print(const cli_options *options, const cli_model *model, const cli_truth *truth,
                 const cli_prediction *prediction)
{
    cli_prediction baseline;
    int code = cli_model_baseline(model, truth->y->shape[0], &baseline);
    json_t *scores =
        code == CLI_OK ? cli_scores(&model->target, truth, prediction, &baseline) : NULL;
    gd_tensor_destroy(baseline.values);
    if (scores == NULL)
        return CLI_RUNTIME;
    if (options->json)
        return cli_print_json(scores);
    code = cli_print_score_report(model, truth, prediction, scores, stdout);
    json_decref(scores);
    return code;
}

static int eval(const cli_options *options, const cli_model *model, const gd_table *table)
{
    cli_truth truth;
    cli_prediction prediction = {.values = NULL};
    int code = cli_truth_read(&truth, &model->target, table);
    if (code == CLI_OK && truth.y->shape[0] == 0)
        code =
            cli_error(CLI_DATA, "%s: there is no row whose target is known", gd_table_path(table));
    if (code == CLI_OK && truth.y->shape[0] < gd_table_rows(table))
        cli_warn("%s: %" PRId64 " rows without a target are left out", gd_table_path(table),
                 gd_table_rows(table) - truth.y->shape[0]);
    if (code == CLI_OK)
        code = cli_model_predict(model, table, truth.rows, &prediction);
    if (code == CLI_OK)
        code = print(options, model, &truth, &prediction);
    gd_tensor_destroy(prediction.values);
    cli_truth_free(&truth);
    return code;
}

int cli_eval(const cli_options *options)
{
    cli_model model;
    int code = cli_model_load(&model, options->operands[0]);
    if (code != CLI_OK)
        return code;
    code = cli_thresholds_set(&model, options);
    gd_table *table =
        code == CLI_OK ? cli_read_table(options, options->operands[1], NULL, &code) : NULL;
    if (table != NULL)
        code = eval(options, &model, table);
    gd_table_destroy(table);
    cli_model_free(&model);
    return code;
}
