/* gradus eval: how good a model is on a table whose targets are known. */
#include "cli/cli.h"
#include "cli/commands/eval_text.h"
#include "cli/dataset.h"
#include "cli/report/page.h"
#include "cli/thresholds.h"

#include <inttypes.h>
#include <stdlib.h>

static int write_report(const cli_options *options, const cli_model *model, const gd_table *table,
                        const cli_truth *truth, const cli_prediction *prediction,
                        const gd__json *scores)
{
    char how[256];
    size_t i;
    gd__json *name;
    bool *targets = cli_calloc((size_t)gd_table_columns(table) + 1, sizeof *targets);
    if (targets == NULL)
        return cli_error(CLI_RUNTIME, "no memory");
    for (i = 0; (name = gd__json_at(model->target.columns, i)) != NULL; ++i) {
        int column = gd_table_find(table, gd__json_string_of(name));
        if (column >= 0)
            targets[column] = true;
    }
    snprintf(how, sizeof how, "Scores on %" PRId64 " rows of %.150s.", truth->y->shape[0],
             gd_table_path(table));
    int code = cli_report_write(&(cli_report){.model = model,
                                              .path = options->operands[0],
                                              .table = table,
                                              .targets = targets,
                                              .judged = table,
                                              .truth = truth,
                                              .prediction = prediction,
                                              .scores = scores,
                                              .how = how},
                                options->report);
    free(targets);
    return code;
}

static int print(const cli_options *options, const cli_model *model, const gd_table *table,
                 const cli_truth *truth, const cli_prediction *prediction)
{
    cli_prediction baseline;
    int code = cli_model_baseline(model, 1, &baseline);
    gd__json *scores =
        code == CLI_OK ? cli_scores(&model->target, truth, prediction, &baseline) : NULL;
    gd_tensor_destroy(baseline.values);
    if (scores == NULL)
        return CLI_RUNTIME;
    if (truth->unseen > 0)
        gd__json_set(scores, "unseen", gd__json_integer(truth->unseen));
    code = options->report != NULL ? write_report(options, model, table, truth, prediction, scores)
                                   : CLI_OK;
    if (code == CLI_OK && options->json)
        code = cli_print_json(scores);
    else if (code == CLI_OK)
        code = cli_print_score_report(model, truth, prediction, scores, stdout);
    gd__json_destroy(scores);
    return code;
}

static int eval(const cli_options *options, const cli_model *model, const gd_table *table)
{
    cli_truth truth;
    cli_prediction prediction = {.values = NULL};
    int code = cli_truth_read_some(&truth, &model->target, table);
    int64_t without = code == CLI_OK ? gd_table_rows(table) - truth.y->shape[0] - truth.unseen : 0;
    if (without > 0)
        cli_warn("%s: %" PRId64 " rows without a target are left out", gd_table_path(table),
                 without);
    if (code == CLI_OK)
        code = cli_model_predict(model, table, truth.rows, &prediction);
    if (code == CLI_OK)
        code = print(options, model, table, &truth, &prediction);
    gd_tensor_destroy(prediction.values);
    cli_truth_free(&truth);
    return code;
}

int cli_eval(const cli_options *options)
{
    cli_model model;
    int code = cli_check_report(options);
    if (code != CLI_OK)
        return code;
    code = cli_model_load_operand(&model, options);
    if (code != CLI_OK)
        return code;
    code = cli_thresholds_set(&model, options);
    gd_table *table =
        code == CLI_OK ? cli_model_read_judged(&model, options, options->operands[1], &code) : NULL;
    if (table != NULL)
        code = eval(options, &model, table);
    gd_table_destroy(table);
    cli_model_free(&model);
    return code;
}
