/* gradus eval: scores a model on a table with known targets. */
#include "cli/cli.h"
#include "cli/report/page.h"
#include "cli/scores/scores.h"

#include <inttypes.h>

/* Curves need all probabilities; the scores did not. */
static int write_report(const cli_options *options, const gd_model *model, const gd_table *table,
                        const gd_examples *truth, const gd_scores *scores)
{
    char how[256];
    gd_prediction prediction;
    if (options->report == NULL)
        return CLI_OK;
    int code = cli_check(gd_model_predict(model, table, truth->rows, &prediction));
    snprintf(how, sizeof how, "Scores on %" PRId64 " rows of %.150s.", truth->y->shape[0],
             gd_table_path(table));
    if (code == CLI_OK)
        code = cli_report_write(&(cli_report){.model = model,
                                              .path = options->operands[0],
                                              .table = table,
                                              .scored = table,
                                              .truth = truth,
                                              .prediction = &prediction,
                                              .scores = scores,
                                              .how = how},
                                options->report);
    gd_prediction_free(&prediction);
    return code;
}

static int eval(const cli_options *options, const gd_model *model, const gd_table *table)
{
    gd_examples truth;
    gd_scores scores;
    gd_tensor *predicted = NULL;
    int code = cli_examples_read(&truth, gd_model_target(model), table);
    int64_t without = code == CLI_OK ? gd_table_rows(table) - truth.y->shape[0] - truth.unseen : 0;
    if (without > 0)
        cli_warn("%s: %" PRId64 " rows without a target are left out", gd_table_path(table),
                 without);
    if (code == CLI_OK)
        code = cli_model_evaluate(model, table, &truth, &scores, &predicted);
    if (code == CLI_OK && truth.unseen > 0) {
        scores.at[scores.count].name = "unseen";
        scores.at[scores.count++].value = (double)truth.unseen;
    }
    if (code == CLI_OK)
        code = write_report(options, model, table, &truth, &scores);
    if (code == CLI_OK && options->json)
        code = cli_print_scores_json(&scores, NULL, 0);
    else if (code == CLI_OK)
        cli_print_scores(model, &truth, predicted, &scores);
    gd_tensor_destroy(predicted);
    gd_examples_free(&truth);
    return code;
}

int cli_eval(const cli_options *options)
{
    gd_model *model = NULL;
    gd_table *table = NULL;
    int code = cli_check_report(options);
    if (code == CLI_OK)
        code = cli_model_load(&model, options);
    if (code == CLI_OK)
        table = cli_model_read_test_table(model, options, options->operands[1], &code);
    if (table != NULL)
        code = eval(options, model, table);
    gd_table_destroy(table);
    gd_model_destroy(model);
    return code;
}
